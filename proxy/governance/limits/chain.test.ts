import { expect, test } from 'vitest';
import { allOf, askOf, chargesOf, limitsOfLevel, limitsOfScope, limitsToReset, type LevelSettings } from './chain.ts';
import { MemoryCounters } from './memory-counters.ts';
import { START } from './limits.fixture.ts';

const window = { ms: 3_600_000, anchor: START };
const CENT = 10_000_000n;

const keySettings: LevelSettings = {
  id: 'k',
  budget: { id: 'b-key', max: 5n * CENT, window },
  rateLimit: { id: 'r-key', tokens: { max: 100n, window }, requests: { max: 2n, window } },
  modelLimits: new Map([
    ['gpt-4', { rateLimit: { id: 'r-gpt', requests: { max: 1n, window } } }],
    ['claude-*', { budget: { id: 'b-claude', max: CENT, window } }],
  ]),
  providerLimits: new Map([['OpenAI', { budget: { id: 'b-openai', max: CENT, window } }]]),
  maxConcurrency: 3,
};
const chain = [
  limitsOfLevel('key', keySettings),
  limitsOfLevel('user', { id: 'u', budget: { id: 'b-user', max: CENT, window } }),
  limitsOfLevel('team', { id: 't', budget: { id: 'b-team', max: CENT, window } }),
  limitsOfLevel('customer', { id: 'c', budget: { id: 'b-cust', max: CENT, window } }),
];
const ids = (...from: Parameters<typeof askOf>) =>
  askOf(...from).claims.map(({ limit, mode }) => `${limit.id} ${mode}`);

test('every level of the chain counts, in its order', () => {
  expect(ids(chain, {})).toEqual([
    'r-key/tokens check',
    'r-key/requests take',
    'b-key/cost check',
    'b-user/cost check',
    'b-team/cost check',
    'b-cust/cost check',
  ]);
  expect(askOf(chain, {}).slots).toEqual([{ id: 'key/k', level: 'key', max: 3 }]);
});

test('limits of a model or provider concern requests for it alone', () => {
  const named = (target: Parameters<typeof askOf>[1]) =>
    askOf(chain, target).claims.flatMap(({ limit }) => (limit.scope === null ? [] : [limit.id]));
  expect(named({ model: 'gpt-4', provider: 'openai' })).toEqual(['r-gpt/requests', 'b-openai/cost']);
  expect(named({ model: 'openai/gpt-4' })).toEqual(['r-gpt/requests']);
  expect(named({ model: 'gpt-4o', provider: 'azure' })).toEqual([]);
  expect(named({ model: 'anthropic/claude-3', provider: 'anthropic' })).toEqual(['b-claude/cost']);
  expect(named({ model: 'Claude-3' })).toEqual([]);
});

test('budgets are only watched where the own credential of the caller pays', () => {
  expect(ids(chain.slice(0, 1), {}, 'watch')).toEqual([
    'r-key/tokens check',
    'r-key/requests take',
    'b-key/cost watch',
  ]);
});

test('the same cost is charged to every budget of the chain, and an unknown one to none', () => {
  const target = { model: 'claude-3', provider: 'anthropic' };
  const charged = (usage: Parameters<typeof chargesOf>[2]) =>
    chargesOf(chain, target, usage).map(({ limit, amount }) => [limit.id, amount]);
  expect(charged({ tokens: 12n, costNano: 7n })).toEqual([
    ['r-key/tokens', 12n],
    ...['b-key', 'b-claude', 'b-user', 'b-team', 'b-cust'].map((id) => [`${id}/cost`, 7n]),
  ]);
  expect(charged({ tokens: 12n, costNano: null })).toEqual([['r-key/tokens', 12n]]);
  expect(charged({ tokens: 0n, costNano: 0n })).toEqual([]);
});

test('a calendar moves the budgets of a key and leaves its rate limits alone', () => {
  const { general, models } = limitsOfLevel('key', { ...keySettings, calendar: 'month', timeZone: 'Europe/Berlin' });
  const windows = [...general, ...models.flatMap(([, limits]) => limits)].map(({ id, windowText }) => [id, windowText]);
  expect(windows).toEqual([
    ['r-key/tokens', '1h'],
    ['r-key/requests', '1h'],
    ['b-key/cost', 'calendar month'],
    ['r-gpt/requests', '1h'],
    ['b-claude/cost', 'calendar month'],
  ]);
});

test('a window shorter than a millisecond is one millisecond long', () => {
  const [tiny] = limitsOfLevel('team', {
    id: 't',
    budget: { id: 'b', max: 0n, window: { ms: 1e-6, anchor: 0 } },
  }).general;
  expect([tiny?.window, tiny?.max]).toEqual([{ kind: 'fixed', ms: 1 }, 0n]);
});

test('what a budget or rate limit has made is found by its id', () => {
  expect(limitsOfScope(chain, 'r-key').map(({ id }) => id)).toEqual(['r-key/tokens', 'r-key/requests']);
  expect(limitsOfScope(chain, 'b-openai').map(({ id }) => id)).toEqual(['b-openai/cost']);
  expect(limitsOfScope(chain, 'b-').length + allOf(chain[1]!).length).toBe(1);
});

test('moving a key to another team acts on the next request and leaves both usages', async () => {
  const counters = new MemoryCounters({ now: () => START });
  const other = limitsOfLevel('team', { id: 't2', budget: { id: 'b-team2', max: CENT, window } });
  const [key, , team] = chain as [(typeof chain)[0], (typeof chain)[0], (typeof chain)[0]];
  counters.charge(chargesOf([key, team], {}, { tokens: 1n, costNano: CENT }));
  expect(counters.reserve(askOf([key, team], {})).reservation).toBeUndefined();
  expect(counters.reserve(askOf([key, other], {})).reservation).toBeDefined();
  expect(counters.reserve(askOf([key, team], {})).reservation).toBeUndefined();
});

test('a reset of a key concerns all of it, or what a model or provider has', () => {
  const reset = (target: Parameters<typeof limitsToReset>[1]) => limitsToReset(chain[0]!, target).map(({ id }) => id);
  expect(reset({})).toEqual([
    'r-key/tokens',
    'r-key/requests',
    'b-key/cost',
    'r-gpt/requests',
    'b-claude/cost',
    'b-openai/cost',
  ]);
  expect(reset({ model: 'gpt-4' })).toEqual(['r-gpt/requests']);
  expect(reset({ provider: 'openai' })).toEqual(['b-openai/cost']);
  expect(reset({ model: 'unknown' })).toEqual([]);
});

test('requests and tokens are counted without a limit where that is asked for', () => {
  const key = limitsOfLevel('key', {
    id: 'k2',
    rateLimit: { id: 'r', requests: { max: 1n, window } },
    createdAt: START,
  });
  const counters = new MemoryCounters({ now: () => START + 1e12 });
  counters.reserve(askOf([key], {}));
  counters.charge(chargesOf([key], {}, { tokens: 9n, costNano: null }));
  expect(counters.read(allOf(key)).map(({ limit, used }) => [limit.id, limit.max, used])).toEqual([
    ['r/requests', 1n, 1n],
    ['key/k2/tokens', null, 9n],
  ]);
});
