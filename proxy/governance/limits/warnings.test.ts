import { array, assert, bigInt, property } from 'fast-check';
import { expect, test } from 'vitest';
import { makeLimit, START } from './limits.fixture.ts';
import { MemoryCounters } from './memory-counters.ts';
import { crossedBy, highestWarning } from './warnings.ts';

const limit = makeLimit('cost', 10);
const CENT = 10_000_000n;

function charged(...amounts: bigint[]): number[][] {
  const counters = new MemoryCounters({ now: () => START });
  return amounts.map((amount) =>
    counters.charge([{ limit, amount }]).flatMap((one) => crossedBy(one).map(({ threshold }) => threshold)),
  );
}

test('a charge reports the thresholds that it crosses, each once', () => {
  expect(charged(5n * CENT - 1n, 1n, 0n, 2n * CENT, CENT, 2n * CENT - 1n, 1n, CENT)).toEqual([
    [],
    [50],
    [],
    [],
    [80],
    [],
    [100],
    [],
  ]);
  expect(charged(11n * CENT)).toEqual([[50, 80, 100]]);
});

test('however a budget is used up, every threshold is reported once', () => {
  assert(
    property(array(bigInt({ min: 0n, max: 4n * CENT }), { maxLength: 30 }), (amounts) => {
      const all = charged(...amounts, 10n * CENT).flat();
      return all.length === 3 && all.join() === '50,80,100';
    }),
  );
});

test('the highest threshold of all budgets is known, and other limits and budgets of 0 have none', () => {
  const counters = new MemoryCounters({ now: () => START });
  const team = makeLimit('cost', 1, { id: 't', level: 'team' });
  const other = makeLimit('tokens', 1);
  counters.charge([
    { limit, amount: 5n * CENT },
    { limit: team, amount: CENT - 1n },
    { limit: other, amount: 5n },
  ]);
  expect(highestWarning(counters.read([limit, other]))).toMatchObject({ level: 'key', threshold: 50, max: 10n * CENT });
  expect(highestWarning(counters.read([limit, team]))).toMatchObject({
    level: 'team',
    threshold: 80,
    windowStart: START,
  });
  expect(highestWarning(counters.read([other, makeLimit('cost', 9, { id: 'x' })]))).toBeUndefined();
  expect(crossedBy({ ...counters.read([makeLimit('cost', 0, { id: 'z' })])[0]!, amount: 0n })).toEqual([]);
});
