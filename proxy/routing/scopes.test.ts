import { expect, test } from 'vitest';
import { type BlameScope, OUTCOMES, type Outcome, type OutcomeKind } from '../core/outcome.ts';
import { endpoint, routerOf } from './routing.fixture.ts';
import type { Endpoint, Lease, RouteRequest } from './types.ts';

const CHAT: RouteRequest = { operation: 'chat.completions', model: 'm', credential: 'ann' };

/** The requests that differ from `CHAT` in one scope each. */
const OTHERS: readonly RouteRequest[] = [
  CHAT,
  { ...CHAT, operation: 'images' },
  { ...CHAT, model: 'other' },
  { ...CHAT, credential: 'ben' },
];

/** One endpoint behind a router, asked by different requests. `spare` takes what the first must not get. */
function setUp(target: Partial<Endpoint> = {}) {
  const { router, clock } = routerOf([endpoint('a', target), endpoint('spare', { weight: 0, ...target })]);
  const leaseOn = (request: RouteRequest, id = 'a'): Lease => {
    const lease = router.acquire({ ...request, ownerId: id }, new Set(id === 'a' ? ['spare'] : ['a']));
    if (lease?.endpoint.id !== id) throw new Error(`no lease on ${id}`);
    return lease;
  };
  const run = (request: RouteRequest, outcome: OutcomeKind | Outcome, id = 'a'): void =>
    leaseOn(request, id).release(typeof outcome === 'string' ? { kind: outcome } : outcome);
  /** Where a request would go now: it leaves no trace but a count. */
  const goesTo = (request: RouteRequest): string => {
    const lease = router.acquire(request, new Set());
    lease?.release({ kind: 'client_left' });
    return lease?.endpoint.id ?? 'none';
  };
  return { router, clock, leaseOn, run, goesTo, goTo: () => OTHERS.map(goesTo) };
}

/** Which of `OTHERS` avoid the endpoint after the verdict. */
const AVOIDED_BY: Record<BlameScope, readonly string[]> = {
  none: ['a', 'a', 'a', 'a'],
  endpoint: ['spare', 'spare', 'spare', 'spare'],
  operation: ['spare', 'a', 'spare', 'spare'],
  // With a credential of the caller, whether a model is there depends on both.
  model: ['spare', 'spare', 'a', 'a'],
  credential: ['spare', 'a', 'spare', 'a'],
};

const SCOPES: Record<OutcomeKind, BlameScope> = {
  ok: 'none',
  client_left: 'none',
  hedge_lost: 'none',
  refused: 'endpoint',
  dead_connection: 'none',
  timeout_connect: 'endpoint',
  timeout_first_byte: 'operation',
  timeout_first_content: 'operation',
  timeout_answer: 'operation',
  timeout_total: 'none',
  timeout_idle: 'operation',
  rate_limited: 'operation',
  too_large_for_limit: 'none',
  busy: 'operation',
  insufficient_quota: 'endpoint',
  unauthorized: 'endpoint',
  not_permitted: 'operation',
  credential_limited: 'credential',
  credential_refused: 'none',
  credential_quota: 'none',
  model_not_here: 'model',
  unknown_previous_response: 'none',
  server_error: 'operation',
  context_too_long: 'none',
  content_refused: 'none',
  client_error: 'none',
  untranslatable: 'none',
  bad_answer: 'operation',
  invalid_output: 'none',
  cut: 'operation',
  proxy_fault: 'none',
};

test.each(Object.keys(OUTCOMES) as OutcomeKind[])('outcome %s keeps away the requests of its scope alone', (kind) => {
  const { leaseOn, goTo } = setUp({ credential: { kind: 'forward' } });
  const leases = [leaseOn(CHAT), leaseOn(CHAT), leaseOn(CHAT)];
  for (const lease of leases) lease.release({ kind, retryAfterMs: 5_000 });
  expect(goTo()).toEqual(AVOIDED_BY[SCOPES[kind]]);
});

test('with a credential of its own the endpoint lacks a model for every caller', () => {
  const { run, goTo } = setUp({ credential: { kind: 'key', value: 'k' } });
  run(CHAT, 'model_not_here');
  expect(goTo()).toEqual(['spare', 'spare', 'a', 'spare']);
});

test('a request without an operation meets the endpoint’s health, and is judged by it', () => {
  const { run, goTo, goesTo } = setUp();
  for (let count = 0; count < 3; count += 1) run(CHAT, 'server_error');
  expect(goesTo({})).toBe('a');
  for (let count = 0; count < 3; count += 1) run({}, 'server_error');
  expect([goesTo({}), ...goTo()]).toEqual(['spare', 'spare', 'spare', 'spare', 'spare']);
});

test('failures of different operations are not added up, and a success of one does not excuse the other', () => {
  const { run, goesTo } = setUp();
  const images = { ...CHAT, operation: 'images' };
  run(CHAT, 'server_error');
  run(images, 'server_error');
  run(CHAT, 'server_error');
  run(images, 'ok');
  expect([goesTo(CHAT), goesTo(images)]).toEqual(['a', 'a']);
  run(CHAT, 'server_error');
  expect([goesTo(CHAT), goesTo(images)]).toEqual(['spare', 'a']);
});

test('connections that fail are counted over all operations', () => {
  const { run, goTo } = setUp();
  run(CHAT, 'refused');
  run({ ...CHAT, operation: 'images' }, 'timeout_connect');
  run({}, 'refused');
  expect(goTo()).toEqual(['spare', 'spare', 'spare', 'spare']);
});

test('an operation is probed when its cooldown is over, and the success is that operation’s', () => {
  const { run, router, clock, goesTo } = setUp();
  const images = { ...CHAT, operation: 'images' };
  for (const request of [CHAT, images]) for (let count = 0; count < 3; count += 1) run(request, 'server_error');
  clock.advance(30_000);
  const probe = router.acquire(CHAT, new Set());
  expect([probe?.endpoint.id, probe?.probe]).toEqual(['a', true]);
  // While one probes, the others wait.
  expect(goesTo(CHAT)).toBe('spare');
  probe?.release({ kind: 'ok' });
  expect(router.stats()[0]).toMatchObject({ operations_out: [{ name: 'images' }] });
  // The other operation is still out: its next request is a probe of its own.
  expect(router.acquire(images, new Set())).toMatchObject({ endpoint: { id: 'a' }, probe: true });
});

test('a failure in one operation does not end the ejection of the endpoint, nor does it prolong it', () => {
  const { run, clock, router } = setUp();
  run(CHAT, 'unauthorized');
  clock.advance(300_000);
  run(CHAT, 'server_error');
  expect(router.stats()[0]).toMatchObject({ state: 'ejected', operations_out: [] });
  expect(router.acquire(CHAT, new Set())?.probe).toBe(true);
});

test('both the endpoint and the operation have to be due before a request probes', () => {
  const { run, clock, goesTo } = setUp();
  run(CHAT, { kind: 'rate_limited', retryAfterMs: 20_000 });
  for (let count = 0; count < 3; count += 1) run({}, 'refused');
  clock.advance(20_000);
  expect(goesTo(CHAT)).toBe('spare');
  clock.advance(10_000);
  expect(goesTo(CHAT)).toBe('a');
});

test('a model that is found again is asked for again', () => {
  const { run, goesTo, clock } = setUp();
  run(CHAT, 'model_not_here');
  expect(goesTo(CHAT)).toBe('spare');
  run(CHAT, 'model_not_here', 'spare');
  // Missing everywhere: the first is asked all the same, and now it is there.
  const lacking = setUp();
  lacking.run(CHAT, 'model_not_here');
  lacking.run(CHAT, 'model_not_here', 'spare');
  expect(lacking.goesTo(CHAT)).toBe('a');
  lacking.run({ ...CHAT, credential: 'ben' }, 'ok', 'spare');
  expect(lacking.goesTo(CHAT)).toBe('spare');
  clock.advance(300_000);
  expect(goesTo(CHAT)).toBe('a');
});

test('statistics name the operations and models that are out, and no credential', () => {
  const { run, router, clock } = setUp({ credential: { kind: 'forward' } });
  const at = (ms: number): string => new Date(clock.now() + ms).toISOString();
  run(CHAT, { kind: 'credential_limited', retryAfterMs: 9_000 });
  run({ ...CHAT, operation: 'embeddings' }, 'model_not_here');
  run({ ...CHAT, credential: 'ben', operation: 'images' }, { kind: 'rate_limited', retryAfterMs: 7_000 });
  expect(router.stats()[0]).toMatchObject({
    state: 'admitting',
    ejected_until: null,
    operations_out: [{ name: 'images', state: 'ejected', ejected_until: at(7_000) }],
    models_out: [],
  });
  expect(JSON.stringify(router.stats())).not.toContain('ann');
  const own = setUp();
  own.run({ operation: 'responses', model: 'm' }, { kind: 'rate_limited', retryAfterMs: 7_000 });
  own.run({ model: 'm' }, 'model_not_here');
  expect(own.router.stats()[0]).toMatchObject({
    state: 'ejected',
    ejected_until: at(7_000),
    operations_out: [{ name: 'responses', state: 'ejected', ejected_until: at(7_000) }],
    models_out: [{ name: 'm', state: 'ejected', ejected_until: at(300_000) }],
  });
});

test('the state in statistics is the worst of the endpoint and the operations that are read here', () => {
  const { run, router, clock } = setUp();
  const stateOf = (): unknown => router.stats()[0]?.state;
  run({ operation: 'images' }, { kind: 'rate_limited', retryAfterMs: 1_000 });
  expect(stateOf()).toBe('admitting');
  run(CHAT, { kind: 'rate_limited', retryAfterMs: 1_000 });
  expect(stateOf()).toBe('ejected');
  clock.advance(1_000);
  const probe = router.acquire(CHAT, new Set());
  expect(stateOf()).toBe('probing');
  run({}, 'unauthorized');
  expect(router.stats()[0]).toMatchObject({
    state: 'ejected',
    ejected_until: new Date(clock.now() + 300_000).toISOString(),
  });
  probe?.release({ kind: 'client_left' });
});

test('a limit of the caller’s credential counts neither as a failure of the endpoint nor in its success rate', () => {
  const { run, router } = setUp({ credential: { kind: 'forward' } });
  run(CHAT, 'ok');
  for (const kind of [
    'credential_refused',
    'credential_quota',
    'too_large_for_limit',
    'client_error',
    'credential_limited',
  ] as const)
    run(CHAT, { kind, retryAfterMs: 1 });
  expect(router.stats()[0]).toMatchObject({ requests: 6, failures: 0, success_rate: 1, last_error: null });
  run({ ...CHAT, credential: 'ben' }, 'model_not_here');
  expect(router.stats()[0]).toMatchObject({ failures: 1, last_error: { kind: 'model_not_here' } });
});

test('a caller is refused for its own limit only where the endpoint would serve another', () => {
  const { run, router, clock } = setUp({ credential: { kind: 'forward' } });
  const limited = { kind: 'credential_limited', retryAfterMs: 5_000 } as const;
  run(CHAT, limited);
  expect(router.refusal(CHAT)).toEqual({ retryAfterMs: 0, callersLimit: true });
  run(CHAT, { ...limited, retryAfterMs: 8_000 }, 'spare');
  expect([router.acquire(CHAT, new Set()), router.refusal(CHAT)]).toEqual([
    undefined,
    { retryAfterMs: 5_000, callersLimit: true },
  ]);
  expect(router.refusal({ ...CHAT, credential: 'ben' })).toEqual({ retryAfterMs: 0, callersLimit: false });
  run({}, { kind: 'rate_limited', retryAfterMs: 9_000 });
  run({}, { kind: 'rate_limited', retryAfterMs: 6_000 }, 'spare');
  expect(router.refusal(CHAT)).toEqual({ retryAfterMs: 8_000, callersLimit: false });
  clock.advance(8_000);
  expect(router.acquire(CHAT, new Set())?.endpoint.id).toBe('spare');
});

test('without a time to wait, a limited credential asks again', () => {
  const { run, goesTo } = setUp({ credential: { kind: 'forward' } });
  run(CHAT, 'credential_limited');
  expect(goesTo(CHAT)).toBe('a');
});

test('where the endpoint has a credential of its own, the caller’s plays no part', () => {
  const { run, goTo } = setUp();
  run(CHAT, { kind: 'credential_limited', retryAfterMs: 5_000 });
  expect(goTo()).toEqual(['a', 'a', 'a', 'a']);
});

test('the slow start of one operation is not that of another', () => {
  const { router, clock, run } = setUp();
  for (let count = 0; count < 3; count += 1) run(CHAT, 'server_error');
  clock.advance(30_000);
  run(CHAT, 'ok');
  const share = (request: RouteRequest): number => {
    let own = 0;
    for (let count = 0; count < 20; count += 1) {
      const lease = router.acquire(request, new Set());
      if (lease?.endpoint.id === 'a') own += 1;
      lease?.release({ kind: 'client_left' });
    }
    return own;
  };
  expect(share({ ...CHAT, operation: 'images' })).toBe(20);
});

test('after an unknown previous response only accounts that were not tried are asked', () => {
  const sameAccount = { origin: 'http://one.test', credential: { kind: 'key', value: 'k' } } as const;
  const { router } = routerOf(
    [
      endpoint('a', sameAccount),
      endpoint('b', sameAccount),
      endpoint('c', { ...sameAccount, credential: { kind: 'key', value: 'other' } }),
      endpoint('d', { ...sameAccount, origin: 'http://two.test' }),
      endpoint('e', { ...sameAccount, basePath: '/v2' }),
      endpoint('f', { ...sameAccount, credential: { kind: 'forward' } }),
      endpoint('g', { ...sameAccount, credential: { kind: 'none' } }),
    ],
    { strategy: 'round-robin' },
  );
  const tried = new Set<string>();
  for (let lease = router.acquire({}, tried); lease; lease = router.acquire({ otherAccount: true }, tried)) {
    tried.add(lease.endpoint.id);
    lease.release({ kind: 'unknown_previous_response' });
  }
  expect([...tried].toSorted().join('')).toBe('acdefg');
  expect(router.acquire({}, tried)?.endpoint.id).toBe('b');
});

test('a lease that is released again changes nothing', () => {
  const { router } = setUp();
  const lease = router.acquire(CHAT, new Set())!;
  const other = router.acquire(CHAT, new Set())!;
  lease.release({ kind: 'ok' });
  lease.release({ kind: 'unauthorized' });
  lease.firstEvent(5);
  expect(router.stats()[0]).toMatchObject({ state: 'admitting', in_flight: 1, failures: 0, ttft_ms: null });
  other.release({ kind: 'ok' });
  expect(router.stats()[0]).toMatchObject({ in_flight: 0, requests: 2 });
});

test('a caller who has to wait does not probe', () => {
  const { run, clock, goesTo } = setUp({ credential: { kind: 'forward' } });
  run(CHAT, { kind: 'credential_limited', retryAfterMs: 60_000 });
  for (let count = 0; count < 3; count += 1) run({ ...CHAT, credential: 'ben' }, 'server_error');
  clock.advance(30_000);
  expect([goesTo(CHAT), goesTo({ ...CHAT, credential: 'ben' })]).toEqual(['spare', 'a']);
});

test('a request for a model that is missing does not probe', () => {
  const { run, clock, goesTo } = setUp();
  run(CHAT, 'model_not_here');
  for (let count = 0; count < 3; count += 1) run({ ...CHAT, model: 'other' }, 'server_error');
  clock.advance(30_000);
  expect([goesTo(CHAT), goesTo({ ...CHAT, model: 'other' })]).toEqual(['spare', 'a']);
});

test('of several operations that are out, the statistics date the state by the one that is out for longest', () => {
  for (const [first, second] of [
    [4_000, 9_000],
    [9_000, 4_000],
  ] as const) {
    const { run, router, clock } = setUp();
    run({ operation: 'chat.completions' }, { kind: 'rate_limited', retryAfterMs: first });
    run({ operation: 'responses' }, { kind: 'rate_limited', retryAfterMs: second });
    const ejected_until = new Date(clock.now() + 9_000).toISOString();
    expect(router.stats()[0]).toMatchObject({ state: 'ejected', ejected_until });
  }
});

test('an operation that is out for longer outweighs one that is being probed', () => {
  const { run, router, clock } = setUp();
  run({ operation: 'responses' }, { kind: 'rate_limited', retryAfterMs: 9_000 });
  run({ operation: 'chat.completions' }, { kind: 'rate_limited', retryAfterMs: 4_000 });
  clock.advance(4_000);
  router.acquire({ operation: 'chat.completions' }, new Set());
  expect(router.stats()[0]).toMatchObject({ state: 'ejected' });
});
