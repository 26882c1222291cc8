import { expect, test } from 'vitest';
import { askOf, chargesOf, limitsOfLevel, type LevelSettings } from './chain.ts';
import { LimitBook } from './limit-book.ts';
import { LimitUsage, snapshotFrom } from './limit-usage.ts';
import { START } from './limits.fixture.ts';
import { MemoryCounters } from './memory-counters.ts';

const window = { ms: 3_600_000, anchor: START };
const KEY: LevelSettings = {
  id: 'k',
  budget: { id: 'b', max: 50_000_000n, window },
  rateLimit: { id: 'r', tokens: { max: 100n, window }, requests: { max: 5n, window } },
  modelLimits: new Map([['gpt-4', { rateLimit: { id: 'rg', requests: { max: 4n, window } } }]]),
  providerLimits: new Map([['openai', { budget: { id: 'bo', max: 50_000_000n, window } }]]),
};
const TARGET = { model: 'gpt-4', provider: 'openai' };

/** A key that was used once: 7 tokens, 3 nano-dollars. */
function makeUsed() {
  const counters = new MemoryCounters({ now: () => START });
  const book = new LimitBook();
  const limits = limitsOfLevel('key', KEY);
  book.put('k', 'key', KEY);
  counters.reserve(askOf([limits], TARGET));
  counters.charge(chargesOf([limits], TARGET, { tokens: 7n, costNano: 3n }));
  let isLocal = false;
  const usage = new LimitUsage({ counters, book, isLocal: () => isLocal });
  return { counters, book, usage, goLocal: () => (isLocal = true) };
}

const SCOPES = ['b', 'r', 'rg', 'bo'];

test('usage is read by the ids of budgets and rate limits, and unknown ones are left out', async () => {
  const { usage } = makeUsed();
  expect(Object.fromEntries(await usage.read(['b', 'r', 'rg', 'unknown']))).toEqual({
    b: { cost: 3n, tokens: 0, requests: 0, costLastReset: START },
    r: { cost: 0n, tokens: 7, requests: 1, tokensLastReset: START, requestsLastReset: START },
    rg: { cost: 0n, tokens: 0, requests: 1, requestsLastReset: START },
  });
});

test.each([
  [{}, ['b', 'r', 'rg', 'bo']],
  [{ model: 'gpt-4' }, ['rg']],
  [{ provider: 'OpenAI' }, ['bo']],
  [{ model: 'gpt-4', provider: 'openai' }, ['rg', 'bo']],
  [{ model: 'other' }, []],
])('a reset with %j concerns %j', async (filter, cleared) => {
  const { usage } = makeUsed();
  await usage.reset({ keyId: 'k', ...filter });
  const read = await usage.read(SCOPES);
  const zero = [...read].filter(([, { cost, tokens, requests }]) => cost === 0n && tokens + requests === 0);
  expect(zero.map(([id]) => id)).toEqual(cleared);
});

test('an entity that is put again keeps its usage, and gives back the limits that it has no more', async () => {
  const { usage, book, counters } = makeUsed();
  const { budget: _gone, ...rest } = KEY;
  const raised = { ...rest, rateLimit: { id: 'r', requests: { max: 9n, window: { ms: 60_000, anchor: 0 } } } };
  const removed = book.put('k', 'key', raised);
  expect(removed.map(({ id }) => id)).toEqual(['r/tokens', 'b/cost']);
  counters.forget(removed);
  expect((await usage.read(['r', 'b'])).get('r')).toEqual({
    cost: 0n,
    tokens: 0,
    requests: 1,
    requestsLastReset: START,
  });
  expect(counters.snapshot().counters.map(({ limit }) => limit.id)).not.toContain('b/cost');
  expect([book.remove('k').length, book.ofScope('r').length, book.limitsOf('k')]).toEqual([3, 0, undefined]);
});

test('usage of keys: in all and for what has limits of its own, without what was never used', async () => {
  const { usage, book } = makeUsed();
  book.put('unused', 'key', { ...KEY, id: 'unused', budget: { id: 'bu', max: 1n, window }, createdAt: START });
  book.put('t', 'team', { id: 't', budget: { id: 'bt', max: 1n, window } });
  const times = { tokensLastReset: START, requestsLastReset: START };
  const all = [
    { keyId: 'k', tokens: 7, requests: 1, ...times },
    { keyId: 'k', model: 'gpt-4', tokens: 0, requests: 1, ...times },
  ];
  expect(await usage.usage(['k'])).toEqual(all);
  expect(await usage.usage(['nowhere', 't'])).toEqual([]);
  book.remove('unused');
  expect(await usage.usage()).toEqual(all);
});

test('what was forgotten begins anew', async () => {
  const { usage } = makeUsed();
  await usage.forget({ keyId: 'k', scopeIds: ['r'] });
  const read = await usage.read(['r', 'b']);
  expect([read.get('r')?.tokens, read.get('b')?.cost]).toEqual([0, 3n]);
});

test('rows that were kept are joined with the limits of today', async () => {
  const { counters, book } = makeUsed();
  const rows = counters.changed().counters.map(({ limit, used, start }) => ({ id: limit.id, used, start }));
  const fresh = new MemoryCounters({ now: () => START });
  fresh.restore(snapshotFrom(book, { epoch: undefined, rows: [...rows, { id: 'gone/cost', used: 5n, start: START }] }));
  expect(rows.map(({ id }) => id).toSorted()).toEqual(['b/cost', 'bo/cost', 'r/requests', 'r/tokens', 'rg/requests']);
  expect(await new LimitUsage({ counters: fresh, book, isLocal: () => false }).read(['r'])).toEqual(
    new Map([['r', { cost: 0n, tokens: 7, requests: 1, tokensLastReset: START, requestsLastReset: START }]]),
  );
});

test('counters can be looked into, and say when they are those of one process', async () => {
  const { usage, goLocal } = makeUsed();
  expect(await usage.dump()).toContainEqual({
    id: 'rg/requests',
    level: 'key',
    model: 'gpt-4',
    unit: 'requests',
    used: '1',
    max: '4',
    window: '1h',
    last_reset: '2026-03-10T12:00:00.000Z',
  });
  expect(await usage.trouble()).toBeUndefined();
  goLocal();
  expect(await usage.trouble()).toMatch(/Redis is unreachable/);
});
