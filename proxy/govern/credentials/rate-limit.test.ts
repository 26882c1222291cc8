import { expect, test } from 'vitest';
import { ManualClock } from '../../core/clock.ts';
import { MemoryCounters } from '../../governance/limits/memory-counters.ts';
import { takeRequest } from './rate-limit.ts';

const HOUR_MS = 3_600_000;

test('the fewest that are left are told, of the minute or of the hour', async () => {
  const clock = new ManualClock(HOUR_MS * 1_000);
  const counters = new MemoryCounters({ now: () => clock.now() });
  const take = (user: string) => takeRequest(counters, user, { perMinute: 2, perHour: 3 });
  expect(await take('a')).toEqual({ limit: 2, remaining: 1, resetsAt: clock.now() + 60_000 });
  clock.advance(1_000);
  expect(await take('a')).toMatchObject({ remaining: 0 });
  expect(await take('a')).toMatchObject({ limit: 2, remaining: 0, retryAfterMs: 59_000 });
  expect(await take('b')).toMatchObject({ limit: 2, remaining: 1 });
  // What was refused is not counted.
  clock.advance(59_000);
  expect(await take('a')).toMatchObject({ limit: 3, remaining: 0 });
  expect(await take('a')).toMatchObject({ limit: 3, remaining: 0, retryAfterMs: HOUR_MS - 60_000 });
  clock.advance(HOUR_MS - 60_000);
  expect(await take('a')).toMatchObject({ limit: 2, remaining: 1 });
});
