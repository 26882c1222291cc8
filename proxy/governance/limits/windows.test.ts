import { assert, constantFrom, integer, property } from 'fast-check';
import { expect, test } from 'vitest';
import type { Window } from './types.ts';
import { isTimeZone, Windows } from './windows.ts';

const at = (text: string): number => Date.parse(text);
const HOUR: Window = { kind: 'fixed', ms: 3_600_000 };
const calendar = (period: 'day' | 'week' | 'month', timeZone: string): Window => ({
  kind: 'calendar',
  period,
  timeZone,
});
const shown = ({ start, end }: { start: number; end: number }): string[] =>
  [start, end].map((time) => new Date(time).toISOString());

test('a fixed window begins anew a whole number of lengths after its anchor', () => {
  const windows = new Windows();
  const start = 1_000;
  expect(windows.at(HOUR, start, start)).toEqual({ start, end: start + 3_600_000 });
  expect(windows.at(HOUR, start, start + 3_599_999).start).toBe(start);
  expect(windows.at(HOUR, start, start + 3_600_000).start).toBe(start + 3_600_000);
  expect(windows.at(HOUR, start, start + 10 * 3_600_000 + 5).start).toBe(start + 10 * 3_600_000);
});

test('a clock that goes back opens no window', () => {
  expect(new Windows().at(HOUR, 10_000_000, 5).start).toBe(10_000_000);
  const day = new Windows().at(calendar('day', 'UTC'), at('2026-03-10T12:00Z'), at('2026-03-08T12:00Z'));
  expect(shown(day)).toEqual(['2026-03-10T12:00:00.000Z', '2026-03-11T00:00:00.000Z']);
});

test.each([
  ['day', 'UTC', '2026-03-10T15:00Z', '2026-03-10T00:00:00.000Z', '2026-03-11T00:00:00.000Z'],
  ['day', 'Europe/Berlin', '2026-03-29T12:00Z', '2026-03-28T23:00:00.000Z', '2026-03-29T22:00:00.000Z'],
  ['day', 'Europe/Berlin', '2026-10-25T12:00Z', '2026-10-24T22:00:00.000Z', '2026-10-25T23:00:00.000Z'],
  ['day', 'America/Sao_Paulo', '2018-11-04T12:00Z', '2018-11-04T03:00:00.000Z', '2018-11-05T02:00:00.000Z'],
  ['day', 'Asia/Kathmandu', '2026-03-10T18:14Z', '2026-03-09T18:15:00.000Z', '2026-03-10T18:15:00.000Z'],
  ['week', 'UTC', '2026-03-15T23:59Z', '2026-03-09T00:00:00.000Z', '2026-03-16T00:00:00.000Z'],
  ['month', 'America/New_York', '2026-03-01T04:59Z', '2026-02-01T05:00:00.000Z', '2026-03-01T05:00:00.000Z'],
  ['month', 'Pacific/Auckland', '2025-12-31T11:00Z', '2025-12-31T11:00:00.000Z', '2026-01-31T11:00:00.000Z'],
  ['month', 'UTC', '2028-02-29T00:00Z', '2028-02-01T00:00:00.000Z', '2028-03-01T00:00:00.000Z'],
] as const)('the calendar %s of %s around %s', (period, zone, now, start, end) => {
  expect(shown(new Windows().at(calendar(period, zone), 0, at(now)))).toEqual([start, end]);
});

test('a counter that was reset within a calendar window keeps its end', () => {
  const reset = at('2026-03-10T12:00Z');
  expect(new Windows().at(calendar('day', 'UTC'), reset, reset + 60_000)).toEqual({
    start: reset,
    end: at('2026-03-11T00:00Z'),
  });
});

test('a moment always lies in the window that is given for it, with or without what was worked out before', () => {
  const kept = new Windows();
  const zones = constantFrom(
    'UTC',
    'Europe/Berlin',
    'America/Sao_Paulo',
    'America/Havana',
    'Africa/Cairo',
    'Pacific/Apia',
  );
  const moments = integer({ min: at('2005-01-01T00:00Z'), max: at('2040-01-01T00:00Z') });
  assert(
    property(constantFrom('day', 'week', 'month'), zones, moments, (period, zone, now) => {
      const window = calendar(period, zone);
      const [one, other] = [kept.at(window, 0, now), new Windows().at(window, 0, now)];
      return one.start <= now && now < one.end && one.start === other.start && one.end === other.end;
    }),
  );
});

test('what is no time zone is told apart', () => {
  expect(['UTC', 'Europe/Berlin', 'Mars/Olympus', ''].map(isTimeZone)).toEqual([true, true, false, false]);
});
