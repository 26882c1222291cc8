import { expect, test } from 'vitest';

import { ManualClock } from '../core/clock.ts';
import { OUTCOMES, type Outcome, type OutcomeKind } from '../core/outcome.ts';
import { Health, type HealthState } from './health.ts';

const SETTINGS = { allowedFails: 3, cooldownMs: 30_000 };

function setUp(settings: Partial<typeof SETTINGS> & { slowStartMs?: number } = {}) {
  const clock = new ManualClock();
  const health = new Health({ ...SETTINGS, ...settings }, clock);
  const run = (...outcomes: (OutcomeKind | Outcome)[]): HealthState => {
    for (const outcome of outcomes)
      health.end(health.begin(), typeof outcome === 'string' ? { kind: outcome } : outcome);
    return health.state;
  };
  return { clock, health, run };
}

/** State and remaining milliseconds after one, and after three in a row. */
const EFFECTS: Record<OutcomeKind, readonly [HealthState, number, HealthState, number]> = {
  ok: ['admitting', 0, 'admitting', 0],
  client_left: ['admitting', 0, 'admitting', 0],
  hedge_lost: ['admitting', 0, 'admitting', 0],
  refused: ['admitting', 0, 'ejected', 30_000],
  dead_connection: ['admitting', 0, 'admitting', 0],
  timeout_connect: ['admitting', 0, 'ejected', 30_000],
  timeout_first_byte: ['admitting', 0, 'ejected', 30_000],
  timeout_first_content: ['admitting', 0, 'ejected', 30_000],
  timeout_answer: ['admitting', 0, 'ejected', 30_000],
  timeout_total: ['admitting', 0, 'admitting', 0],
  timeout_idle: ['admitting', 0, 'ejected', 30_000],
  rate_limited: ['ejected', 30_000, 'ejected', 30_000],
  busy: ['admitting', 0, 'ejected', 30_000],
  too_large_for_limit: ['admitting', 0, 'admitting', 0],
  insufficient_quota: ['ejected', 300_000, 'ejected', 300_000],
  unauthorized: ['ejected', 300_000, 'ejected', 300_000],
  not_permitted: ['ejected', 300_000, 'ejected', 300_000],
  credential_limited: ['ejected', 30_000, 'ejected', 30_000],
  credential_refused: ['admitting', 0, 'admitting', 0],
  credential_quota: ['admitting', 0, 'admitting', 0],
  model_not_here: ['ejected', 300_000, 'ejected', 300_000],
  unknown_previous_response: ['admitting', 0, 'admitting', 0],
  server_error: ['admitting', 0, 'ejected', 30_000],
  context_too_long: ['admitting', 0, 'admitting', 0],
  content_refused: ['admitting', 0, 'admitting', 0],
  client_error: ['admitting', 0, 'admitting', 0],
  untranslatable: ['admitting', 0, 'admitting', 0],
  bad_answer: ['admitting', 0, 'ejected', 30_000],
  invalid_output: ['admitting', 0, 'admitting', 0],
  proxy_fault: ['admitting', 0, 'admitting', 0],
  cut: ['admitting', 0, 'ejected', 30_000],
};

test.each(Object.keys(OUTCOMES) as OutcomeKind[])('outcome %s has the effect on health that the table says', (kind) => {
  const [once, onceMs, thrice, thriceMs] = EFFECTS[kind];
  const { health, run } = setUp();
  expect([run(kind), health.remainingMs]).toEqual([once, onceMs]);
  expect([run(kind, kind), health.remainingMs]).toEqual([thrice, thriceMs]);
});

test('only failures in a row count: a success starts the count again, a client that left does not', () => {
  const { health, run } = setUp();
  expect(run('server_error', 'cut', 'ok', 'server_error', 'refused')).toBe('admitting');
  expect(health.failures).toBe(2);
  expect(run('client_left', 'client_error', 'busy')).toBe('ejected');
});

test('a 429 ejects for the time that the endpoint asked for, and blocks it until then', () => {
  const { clock, health, run } = setUp();
  run({ kind: 'rate_limited', retryAfterMs: 1_500 });
  expect([health.remainingMs, health.retryAfterMs, health.blocked]).toEqual([1_500, 1_500, true]);
  clock.advance(1_500);
  expect([health.blocked, health.due]).toEqual([false, true]);
});

test.each([NaN, -5])('a retry-after of %s is none', (retryAfterMs) => {
  const { health, run } = setUp();
  run({ kind: 'rate_limited', retryAfterMs });
  expect([health.remainingMs, health.blocked]).toEqual([30_000, false]);
});

test('no endpoint can ask for more than a day', () => {
  const { health, run } = setUp();
  run({ kind: 'rate_limited', retryAfterMs: Infinity });
  expect(health.remainingMs).toBe(24 * 3_600_000);
});

test('several 429 of the same moment end at the latest time asked for', () => {
  const { health } = setUp();
  const tickets = [health.begin(), health.begin(), health.begin()];
  [2_000, 9_000, 1_000].forEach((retryAfterMs, index) =>
    health.end(tickets[index]!, { kind: 'rate_limited', retryAfterMs }),
  );
  expect(health.remainingMs).toBe(9_000);
});

test('a short retry-after within a longer ejection blocks only for its own time', () => {
  const { clock, health, run } = setUp();
  const late = health.begin();
  run('unauthorized');
  health.end(late, { kind: 'rate_limited', retryAfterMs: 5_000 });
  expect([health.remainingMs, health.retryAfterMs, health.refusing]).toEqual([300_000, 5_000, true]);
  clock.advance(5_000);
  expect([health.blocked, health.remainingMs]).toEqual([false, 295_000]);
});

test('a bad credential keeps the endpoint out for ten cooldowns, at least for five minutes', () => {
  const { health, run } = setUp({ cooldownMs: 60_000 });
  run('unauthorized');
  expect([health.remainingMs, health.refusing, health.blocked]).toEqual([600_000, true, false]);
});

test('after the cooldown one request at a time probes', () => {
  const { clock, health, run } = setUp();
  run('unauthorized');
  clock.advance(299_999);
  expect(health.due).toBe(false);
  clock.advance(1);
  expect([health.due, health.state]).toEqual([true, 'ejected']);
  const probe = health.begin();
  expect([probe.slot, health.due, health.state]).toEqual([true, false, 'probing']);
  expect(health.begin().slot).toBe(false);
  health.end(probe, { kind: 'ok' });
  expect(health.state).toBe('admitting');
});

test.each(['client_left', 'client_error', 'dead_connection', 'context_too_long'] as const)(
  'a probe that ends with %s frees the slot without a verdict',
  (kind) => {
    const { clock, health, run } = setUp();
    run('server_error', 'server_error', 'server_error');
    clock.advance(30_000);
    expect(run(kind)).toBe('ejected');
    expect([health.due, health.remainingMs]).toEqual([true, 0]);
  },
);

test('each failed probe doubles the cooldown, up to ten times', () => {
  const { clock, health, run } = setUp();
  run('cut', 'cut', 'cut');
  const lengths = [];
  for (let round = 0; round < 6; round++) {
    lengths.push(health.remainingMs / 30_000);
    clock.advance(health.remainingMs);
    run('cut');
  }
  expect(lengths).toEqual([1, 2, 4, 8, 10, 10]);
});

test('the cooldown goes on growing for an endpoint that fails in slow start, and starts anew after it', () => {
  const { clock, health, run } = setUp();
  run('cut', 'cut', 'cut');
  clock.advance(30_000);
  run('ok', 'cut', 'cut', 'cut');
  expect(health.remainingMs).toBe(60_000);
  clock.advance(60_000);
  run('ok');
  clock.advance(30_000);
  run('cut', 'cut', 'cut');
  expect(health.remainingMs).toBe(30_000);
});

test('slow start ramps from 10 % to all over the cooldown', () => {
  const { clock, health, run } = setUp();
  run('cut', 'cut', 'cut');
  clock.advance(30_000);
  run('ok');
  const ramps = [health.ramp];
  for (let step = 0; step < 4; step++) {
    clock.advance(10_000);
    ramps.push(health.ramp);
  }
  expect(ramps.map((ramp) => Math.round(ramp * 100))).toEqual([10, 40, 70, 100, 100]);
});

test('a 429 with a retry-after of 0 makes the next request a probe', () => {
  const { health, run } = setUp();
  run({ kind: 'rate_limited', retryAfterMs: 0 });
  expect([health.state, health.remainingMs, health.blocked, health.due]).toEqual(['ejected', 0, false, true]);
});

test('a refused credential stops refusing when its time is over', () => {
  const { clock, health, run } = setUp();
  run('unauthorized');
  clock.advance(299_999);
  expect(health.refusing).toBe(true);
  clock.advance(1);
  expect(health.refusing).toBe(false);
});

test('slow start lasts no longer than the ejection did, and its own setting bounds it', () => {
  const short = setUp();
  short.run({ kind: 'rate_limited', retryAfterMs: 500 });
  short.clock.advance(500);
  short.run('ok');
  short.clock.advance(500);
  expect(short.health.ramp).toBe(1);
  const none = setUp({ slowStartMs: 0 });
  none.run('cut', 'cut', 'cut');
  none.clock.advance(30_000);
  none.run('ok');
  expect(none.health.ramp).toBe(1);
});

test('answers to requests from before an ejection neither readmit nor prolong it', () => {
  const { health, run } = setUp();
  const [slow, broken] = [health.begin(), health.begin()];
  run('cut', 'cut', 'cut');
  health.end(slow, { kind: 'ok' });
  health.end(broken, { kind: 'cut' });
  expect([health.state, health.remainingMs]).toEqual(['ejected', 30_000]);
});

test('failures of requests from before a readmission do not count against it', () => {
  const { clock, health, run } = setUp({ allowedFails: 1 });
  const old = health.begin();
  run('cut');
  clock.advance(30_000);
  run('ok');
  health.end(old, { kind: 'timeout_idle' });
  expect([health.state, health.failures]).toEqual(['admitting', 0]);
});

test('a request that was sent in spite of an ejection readmits by success and changes nothing by failure', () => {
  const { clock, health, run } = setUp();
  run('cut', 'cut', 'cut');
  clock.advance(10_000);
  expect([run('cut'), health.remainingMs]).toEqual(['ejected', 20_000]);
  expect(run('ok')).toBe('admitting');
});

test('a success does not readmit before the time that a 429 asked for', () => {
  const { health, run } = setUp();
  run('cut', 'cut', 'cut');
  const forced = health.begin();
  run({ kind: 'rate_limited', retryAfterMs: 60_000 });
  health.end(forced, { kind: 'ok' });
  expect([health.state, health.remainingMs]).toEqual(['ejected', 60_000]);
});

test('an allowed_fails of 0 ejects at the first failure', () => {
  expect(setUp({ allowedFails: 0 }).run('cut')).toBe('ejected');
});
