import { expect, test } from 'vitest';

import { ManualClock } from '../core/clock.ts';
import { Health } from './health.ts';
import type { HealthChange } from './shared-health.ts';

function setUp() {
  const clock = new ManualClock();
  const health = new Health({ allowedFails: 1, cooldownMs: 30_000 }, clock);
  const changes: [HealthChange, string][] = [];
  health.onChange = (change, origin) => changes.push([change, origin]);
  const ejection = (rest: Partial<HealthChange & { state: 'ejected' }> = {}): HealthChange => ({
    state: 'ejected',
    at: clock.now(),
    until: clock.now() + 20_000,
    hard: false,
    level: 1,
    kind: 'server_error',
    ...rest,
  });
  return { clock, health, changes, ejection };
}

test('an ejection elsewhere takes effect here until its own end, and is reported as remote', () => {
  const { health, changes, ejection } = setUp();
  const change = ejection();
  health.apply(change);
  expect([health.state, health.remainingMs]).toEqual(['ejected', 20_000]);
  expect(changes).toEqual([[change, 'remote']]);
});

test('a retry-after that another replica met blocks here as well', () => {
  const { clock, health, ejection } = setUp();
  health.apply(ejection({ notBefore: clock.now() + 5_000 }));
  expect([health.blocked, health.retryAfterMs]).toEqual([true, 5_000]);
});

test('a readmission elsewhere readmits here, with slow start', () => {
  const { clock, health, ejection } = setUp();
  health.apply(ejection());
  clock.advance(20_000);
  health.apply({ state: 'admitting', at: clock.now() });
  expect([health.state, Math.round(health.ramp * 100)]).toEqual(['admitting', 10]);
});

test('own messages that come back change nothing, not even after the next decision', () => {
  const { clock, health, changes } = setUp();
  health.end(health.begin(), { kind: 'cut' });
  const [[ejected]] = changes as [[HealthChange, string]];
  health.apply(ejected);
  clock.advance(30_000);
  health.end(health.begin(), { kind: 'ok' });
  health.apply(ejected);
  expect(health.state).toBe('admitting');
  expect(changes.map(([change, origin]) => `${change.state} ${origin}`)).toEqual(['ejected local', 'admitting local']);
});

test('a local change is later than every change known, even if the clock elsewhere is ahead', () => {
  const { clock, health, changes, ejection } = setUp();
  const ahead = clock.now() + 60_000;
  health.apply(ejection({ at: ahead }));
  health.end(health.begin(), { kind: 'ok' });
  expect(changes.at(-1)).toEqual([{ state: 'admitting', at: ahead + 1 }, 'local']);
});

test('an ejection that is over when it arrives is ignored', () => {
  const { clock, health, changes, ejection } = setUp();
  health.apply(ejection({ until: clock.now() }));
  expect([health.state, changes]).toEqual(['admitting', []]);
});

test('an absurd end is cut to a day', () => {
  const { health, ejection } = setUp();
  health.apply(ejection({ until: 9e15, notBefore: 9e15 }));
  expect([health.remainingMs, health.retryAfterMs]).toEqual([24 * 3_600_000, 24 * 3_600_000]);
});

test('the next cooldown here grows with the ejections seen elsewhere', () => {
  const { clock, health, ejection } = setUp();
  health.apply(ejection({ level: 2 }));
  clock.advance(20_000);
  expect(health.due).toBe(false);
  clock.advance(10_000);
  health.end(health.begin(), { kind: 'cut' });
  expect(health.remainingMs).toBe(120_000);
});

test('after a readmission elsewhere failures are counted from the beginning', () => {
  const clock = new ManualClock();
  const health = new Health({ allowedFails: 2, cooldownMs: 30_000 }, clock);
  for (let count = 0; count < 2; count += 1) health.end(health.begin(), { kind: 'cut' });
  clock.advance(30_000);
  health.apply({ state: 'admitting', at: clock.now() });
  health.end(health.begin(), { kind: 'cut' });
  expect([health.state, health.failures]).toEqual(['admitting', 1]);
});
