import { expect, test } from 'vitest';
import { LimitLease } from './limit-lease.ts';
import { makeLimit, START } from './limits.fixture.ts';
import { MemoryCounters } from './memory-counters.ts';
import type { SlotLimit } from './types.ts';

const [requests, tokens] = [makeLimit('requests', 5), makeLimit('tokens', 50)];
const slot: SlotLimit = { id: 'key/k', level: 'key', max: 1 };

function admitted() {
  const counters = new MemoryCounters({ now: () => START });
  const { reservation } = counters.reserve({ claims: [{ limit: requests, mode: 'take' }], slots: [slot] });
  return { counters, lease: new LimitLease(counters, reservation!) };
}

const state = (counters: MemoryCounters) => [
  ...counters.read([requests, tokens]).map(({ used }) => used),
  counters.reserve({ claims: [], slots: [{ ...slot, max: 0 }] }).slots[0]?.used,
];

test('a request that is settled counts and frees its slot, whatever comes later', async () => {
  const { counters, lease } = admitted();
  const charges = [{ limit: tokens, amount: 7n }];
  const [first, again] = [await lease.settle(charges), await lease.settle(charges)];
  await lease.giveBack();
  expect([first.length, again.length, ...state(counters)]).toEqual([1, 0, 1n, 7n, 0]);
});

test('a request that is given back leaves nothing, whatever comes later', async () => {
  const { counters, lease } = admitted();
  await Promise.all([lease.giveBack(), lease.giveBack()]);
  await lease.settle([{ limit: tokens, amount: 7n }]);
  expect(state(counters)).toEqual([0n, 0n, 0]);
});

test('a request of no cost still counts', async () => {
  const { counters, lease } = admitted();
  await lease.settle([]);
  expect(state(counters)).toEqual([1n, 0n, 0]);
});
