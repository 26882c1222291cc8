import type { IncomingHttpHeaders } from 'node:http';
import { expect, test } from 'vitest';
import { ManualClock } from '../core/clock.ts';
import { seededRandom } from '../core/random.ts';
import type { OutcomeKind } from '../core/outcome.ts';
import type { RequestFacts } from '../protocols/types.ts';
import { Affinity } from '../routing/affinity.ts';
import { RetryBudget } from '../routing/retry-budget.ts';
import { createRouter, type RouterOptions } from '../routing/router.ts';
import { endpoint } from '../routing/routing.fixture.ts';
import type { Endpoint } from '../routing/types.ts';
import { FairQueue } from '../routing/fair-queue.ts';
import { Hedging, type HedgingSettings } from '../routing/hedging.ts';
import { ModelCandidates } from './candidates.ts';

const FACTS: RequestFacts = {
  model: 'm',
  stream: false,
  includeUsage: false,
  includeObfuscation: true,
  stateful: false,
  store: true,
  encryptedItems: [],
};

const TIMEOUTS = { connectMs: 1, firstByteMs: 2, idleMs: 3, firstContentMs: 4, answerMs: 5, totalMs: 6 };

interface Options {
  readonly endpoints?: readonly Endpoint[];
  readonly attempts?: number;
  readonly facts?: Partial<RequestFacts>;
  readonly headers?: IncomingHttpHeaders;
  readonly operation?: string;
  readonly router?: Partial<RouterOptions>;
  readonly hedging?: Hedging;
}

function setUp(options: Options = {}) {
  const clock = new ManualClock();
  const { endpoints = [endpoint('a'), endpoint('b'), endpoint('c')], attempts = 2 } = options;
  const settings = { allowedFails: 1, cooldownMs: 30_000 };
  const random = seededRandom(1);
  const router = createRouter({
    model: 'm',
    strategy: 'round-robin',
    endpoints,
    settings,
    clock,
    random,
    ...options.router,
  });
  const affinity = new Affinity({ clock });
  const of = ({ facts, headers = {}, operation = 'responses', hedging, ...rest }: Options = {}): ModelCandidates =>
    new ModelCandidates(
      {
        name: 'm',
        router,
        hedging,
        attempts: rest.attempts ?? attempts,
        timeouts: TIMEOUTS,
        retries: new RetryBudget(20),
      },
      { operation, facts: { ...FACTS, ...facts }, headers },
      affinity,
    );
  return { clock, router, affinity, of, candidates: of(options) };
}

/** Asks one endpoint after the other, each of which ends like this; returns their ids. */
function tour(candidates: ModelCandidates, kind: OutcomeKind, retryAfterMs?: number): string {
  let asked = '';
  for (let next = candidates.next(); next; next = candidates.next()) {
    const { endpoint: target } = next.lease;
    asked += target.id;
    const outcome = { kind, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
    next.lease.release(outcome);
    if (!candidates.mayGoOn(outcome, target)) break;
  }
  return asked;
}

test.each<[OutcomeKind, string]>([
  ['server_error', 'ab'],
  ['model_not_here', 'ab'],
  ['dead_connection', 'ab'],
  ['credential_limited', 'ab'],
  ['client_error', 'a'],
  ['credential_refused', 'a'],
  ['credential_quota', 'a'],
  ['cut', 'a'],
  ['invalid_output', 'a'],
  ['unknown_previous_response', 'abc'],
])('after %s the endpoints asked are %s, with two attempts', (kind, asked) => {
  expect(tour(setUp().candidates, kind)).toBe(asked);
});

test('each endpoint comes with the timeouts of its model', () => {
  const { candidates } = setUp();
  expect([candidates.subject, candidates.next()?.timeouts]).toEqual(["model 'm'", TIMEOUTS]);
});

test('a prompt that was too long goes to a larger window than the one that refused it', () => {
  const endpoints = [
    endpoint('a', { contextWindow: 8 }),
    endpoint('b', { contextWindow: 8 }),
    endpoint('c', { contextWindow: 9 }),
  ];
  expect(tour(setUp({ endpoints, attempts: 3 }).candidates, 'context_too_long')).toBe('ac');
  expect(tour(setUp({ attempts: 3 }).candidates, 'context_too_long')).toBe('a');
});

test('asking accounts for a response counts for no attempt, what fails otherwise does', () => {
  const { candidates } = setUp({ attempts: 1 });
  const first = candidates.next()!.lease;
  expect(candidates.mayGoOn({ kind: 'unknown_previous_response' }, first.endpoint)).toBe(true);
  const second = candidates.next()!.lease;
  expect(candidates.mayGoOn({ kind: 'server_error' }, second.endpoint)).toBe(true);
  expect(candidates.next()).toBeUndefined();
});

test('the owner of an id is asked first, whichever of the ids it is', () => {
  for (const facts of [{ previousResponseId: 'resp_1' }, { encryptedItems: ['resp_1'] }]) {
    const { affinity, of } = setUp();
    affinity.remember(['resp_1'], 'c');
    const candidates = of({ facts });
    expect([candidates.prepare(), candidates.next()?.lease.endpoint.id]).toEqual([undefined, 'c']);
  }
});

test('the owner is also found where it has to be waited for', async () => {
  const clock = new ManualClock();
  const affinity = new Affinity({ clock, shared: { get: async () => 'b', set: () => undefined } });
  const { router } = setUp();
  const candidates = new ModelCandidates(
    { name: 'm', router, attempts: 2, timeouts: TIMEOUTS, retries: new RetryBudget(20) },
    { operation: 'responses', facts: { ...FACTS, previousResponseId: 'resp_1' }, headers: {} },
    affinity,
  );
  await candidates.prepare();
  expect(candidates.next()?.lease.endpoint.id).toBe('b');
});

test('an owner that has to be left alone is untried; one that was asked, is unknown or is gone is not', () => {
  const { affinity, of } = setUp();
  affinity.remember(['resp_c'], 'c');
  affinity.remember(['resp_gone'], 'gone');
  const known = of({ facts: { previousResponseId: 'resp_c' } });
  void known.prepare();
  expect(known.ownerUntried).toBe(true);
  known.next();
  expect(known.ownerUntried).toBe(false);
  const gone = of({ facts: { previousResponseId: 'resp_gone' } });
  void gone.prepare();
  expect([gone.ownerUntried, of().ownerUntried]).toEqual([false, false]);
});

test('sticky requests are told apart by their header', () => {
  const router = { strategy: 'sticky', stickyBy: { kind: 'header', name: 'x-session' } } as const;
  const { of } = setUp({ router });
  const target = (value: string | string[]): string | undefined => {
    const candidates = of({ headers: { 'x-session': value } });
    void candidates.prepare();
    const lease = candidates.next()?.lease;
    lease?.release({ kind: 'client_left' });
    return lease?.endpoint.id;
  };
  const targets = Array.from({ length: 12 }, (_, index) => target(`s${index}`));
  expect(new Set(targets).size).toBe(3);
  expect(Array.from({ length: 12 }, (_, index) => target(`s${index}`))).toEqual(targets);
  expect(new Set(Array.from({ length: 6 }, () => target(['s1', 's2']))).size).toBeGreaterThan(1);
});

test('trouble of one operation, model or credential is no other request’s', () => {
  const forwarding = [endpoint('a', { credential: { kind: 'forward' } })];
  const ann = { authorization: 'Bearer ann' };
  const { of } = setUp({ endpoints: forwarding });
  expect(tour(of({ headers: ann }), 'credential_limited', 9_000)).toBe('a');
  expect(of({ headers: ann }).next()).toBeUndefined();
  expect(of({ headers: ann, operation: 'embeddings' }).next()).toBeDefined();
  expect(of({ headers: { authorization: 'Bearer ben' } }).next()).toBeDefined();
  expect(of({ headers: { ...ann, 'openai-project': 'other' } }).next()).toBeDefined();
});

test('the sentence for a request that no endpoint may take says for how long, and whose the limit is', () => {
  const { of } = setUp({ endpoints: [endpoint('a', { credential: { kind: 'forward' } })] });
  const ann = of({ headers: { authorization: 'Bearer ann' } });
  tour(ann, 'credential_limited', 8_001);
  expect(ann.unavailable()).toMatchObject({
    code: 'credential_rate_limited',
    status: 429,
    headers: { 'retry-after': '9' },
    message: "Your credential is rate limited for model 'm'. Try again in 9 s.",
  });
  const all = setUp({ endpoints: [endpoint('a')] });
  tour(all.candidates, 'rate_limited', 4_000);
  expect(all.of().unavailable()).toMatchObject({
    code: 'no_endpoint_available',
    status: 503,
    headers: { 'retry-after': '4' },
    message: "No endpoint of model 'm' can take a request now. Try again in 4 s.",
  });
  expect(setUp().candidates.unavailable()).toMatchObject({ headers: { 'retry-after': '1' } });
});

test('the first move to another endpoint is free; further ones are made while the budget has room', () => {
  const retries = new RetryBudget(0);
  const running = [1, 2, 3].map(() => retries.spend(setUp().candidates.next()!.lease));
  const { router, of } = setUp({ attempts: 3 });
  const model = { name: 'm', router, attempts: 3, timeouts: TIMEOUTS, retries };
  const request = { operation: 'responses', facts: FACTS, headers: {} };
  const candidates = new ModelCandidates(model, request, new Affinity({ clock: new ManualClock() }));
  expect(tour(candidates, 'server_error')).toBe('ab');
  expect(candidates.isOverBudget).toBe(true);
  running[0]?.release({ kind: 'ok' });
  const next = new ModelCandidates(model, request, new Affinity({ clock: new ManualClock() }));
  expect([tour(next, 'client_left').length, next.isOverBudget]).toEqual([1, false]);
  const leases = [next.next(), next.next()];
  expect([leases.map((lease) => lease !== undefined), retries.inFlight]).toEqual([[true, true], 3]);
  expect(of({}).isOverBudget).toBe(false);
});

test('the model says for how long no endpoint takes a request, and how long a request may take', () => {
  const { candidates } = setUp({ attempts: 3 });
  expect([candidates.totalMs, candidates.retryAfterMs()]).toEqual([6, 0]);
  tour(candidates, 'rate_limited', 4_000);
  expect(candidates.retryAfterMs()).toBe(4_000);
});

test('a pause that no SDK would wait for is told with the advice not to repeat', () => {
  const { candidates } = setUp({ attempts: 3 });
  tour(candidates, 'rate_limited', 90_000);
  expect(candidates.unavailable().headers).toEqual({ 'retry-after': '90', 'x-should-retry': 'false' });
});

/** One generation has begun, and one second attempt is in the budget. */
function hedged(options: Options = {}, settings: Partial<HedgingSettings> = {}) {
  const built = setUp(options);
  const hedging = new Hedging({ after: 50, atLeastMs: 1, percent: 5, ...settings }, built.clock);
  const chat = { store: false, ...options.facts };
  const candidates = built.of({ ...options, attempts: 3, facts: chat, hedging });
  return { ...built, candidates, hedging };
}

test('a second attempt goes to another endpoint that admits, and counts as one', () => {
  const { candidates, router } = hedged({ endpoints: [endpoint('a'), endpoint('b')] });
  const hedger = candidates.hedger();
  expect(candidates.next()?.lease.endpoint.id).toBe('a');
  expect(hedger?.afterMs).toBe(50);
  expect(hedger?.take()?.lease.endpoint.id).toBe('b');
  expect(router.inFlight).toBe(2);
  expect([hedger?.afterMs, hedger?.take(), candidates.next()]).toEqual([undefined, undefined, undefined]);
});

test.each<[string, Options]>([
  [
    'none has room',
    {
      endpoints: [endpoint('a'), endpoint('b', { maxConcurrency: 1 })],
      router: { queue: new FairQueue({ size: 0, timeoutMs: 1 }, new ManualClock()) },
    },
  ],
  ['those that are left are out', { endpoints: [endpoint('a'), endpoint('b')] }],
])('a second attempt does not happen where %s', (why, options) => {
  const { candidates, router, hedging } = hedged(options);
  const hedger = candidates.hedger();
  expect(candidates.next()?.lease.endpoint.id).toBe('a');
  const other = router.acquire({}, new Set(['a']));
  if (why !== 'none has room') other?.release({ kind: 'unauthorized' });
  expect(hedger?.take()).toBeUndefined();
  expect(hedging.allows).toBe(true);
});

test('a second attempt does not happen while others wait for the endpoints, nor past `attempts`', () => {
  const queue = new FairQueue({ size: 1, timeoutMs: 1_000 }, new ManualClock());
  queue.hasRoom = () => false;
  const endpoints = [endpoint('a'), endpoint('b', { maxConcurrency: 5 })];
  const { candidates } = hedged({ endpoints, router: { queue } });
  const hedger = candidates.hedger();
  candidates.next();
  queue.hasRoom = () => false;
  const leave = queue.enter({ caller: 'x', take: () => false, refused: () => undefined });
  expect(hedger?.take()).toBeUndefined();
  leave?.();
  const bounded = setUp();
  const hedging = new Hedging({ after: 50, atLeastMs: 1, percent: 5 }, bounded.clock);
  const one = bounded.of({ facts: { store: false }, attempts: 1, hedging });
  one.next();
  expect(one.hedger()?.take()).toBeUndefined();
});

test('the budget bounds second attempts', () => {
  const { of, hedging } = hedged();
  const took = Array.from({ length: 41 }, () => {
    const candidates = of({ facts: { store: false }, attempts: 3, hedging });
    const hedger = candidates.hedger();
    candidates.next();
    return hedger?.take() === undefined ? 0 : 1;
  });
  expect(took.reduce<number>((sum, one) => sum + one, 0)).toBe(3);
});

test.each<[string, Partial<RequestFacts>, IncomingHttpHeaders?]>([
  ['is kept by the provider', { store: true }],
  ['runs in the background', { store: false, background: true }],
  ['belongs to a conversation', { store: false, stateful: true }],
  ['goes on from a response', { store: false, previousResponseId: 'resp_1' }],
  ['brings encrypted reasoning back', { store: false, encryptedItems: ['rs_1'] }],
  ['has a key of idempotency', { store: false }, { 'idempotency-key': 'k' }],
])('a request that %s has one attempt at a time', (_what, facts, headers = {}) => {
  const { of, hedging } = hedged();
  expect(of({ facts: { store: false }, hedging }).hedger()).toBeDefined();
  expect(of({ facts, headers, hedging }).hedger()).toBeUndefined();
});
