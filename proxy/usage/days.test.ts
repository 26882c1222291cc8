import fc from 'fast-check';
import { expect, test } from 'vitest';

import { calendarOf } from './days.ts';

const HOUR = 3_600_000;
const at = (text: string): number => Date.parse(text);

function lengthsOf(zone: string, from: string, to: string): [string, number][] {
  const days = calendarOf(zone)!.daysBetween(at(from), at(to), 100)!;
  return days.map(({ day, start, end }) => [day, (end - start) / HOUR]);
}

test('days of UTC begin at midnight, the first and the last are cut', () => {
  expect(lengthsOf('UTC', '2026-02-27T18:00:00Z', '2026-03-02T06:00:00Z')).toEqual([
    ['2026-02-27', 6],
    ['2026-02-28', 24],
    ['2026-03-01', 24],
    ['2026-03-02', 6],
  ]);
});

test.each([
  ['a day of 23 hours', 'Europe/Berlin', '2026-03-28T23:00:00Z', '2026-03-29T22:00:00Z', [['2026-03-29', 23]]],
  ['a day of 25 hours', 'Europe/Berlin', '2026-10-24T22:00:00Z', '2026-10-25T23:00:00Z', [['2026-10-25', 25]]],
  [
    'a day that begins at one',
    'America/Sao_Paulo',
    '2018-11-04T03:00:00Z',
    '2018-11-05T02:00:00Z',
    [['2018-11-04', 23]],
  ],
  [
    'a zone of three quarters',
    'Asia/Kathmandu',
    '2026-01-01T18:00:00Z',
    '2026-01-02T18:15:00Z',
    [
      ['2026-01-01', 0.25],
      ['2026-01-02', 24],
    ],
  ],
  [
    'a day that was left out',
    'Pacific/Apia',
    '2011-12-29T10:00:00Z',
    '2011-12-31T10:00:00Z',
    [
      ['2011-12-29', 24],
      ['2011-12-31', 24],
    ],
  ],
])('%s', (_what, zone, from, to, expected) => {
  expect(lengthsOf(zone, from, to)).toEqual(expected);
});

test('a zone that does not exist is none', () => {
  expect(calendarOf('Mars/Olympus')).toBeUndefined();
  expect(calendarOf('')).toBeUndefined();
});

test('more days than allowed are refused, a moment has no day', () => {
  const calendar = calendarOf('UTC')!;
  expect(calendar.daysBetween(0, 3 * 24 * HOUR, 2)).toBeUndefined();
  expect(calendar.daysBetween(0, 3 * 24 * HOUR, 3)).toHaveLength(3);
  expect(calendar.daysBetween(5, 5, 1)).toEqual([]);
});

test('days cover the time without gap or overlap, and an instant is of its day', () => {
  const zones = fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kolkata');
  const starts = fc.integer({ min: at('2015-01-01T00:00:00Z'), max: at('2030-01-01T00:00:00Z') });
  fc.assert(
    fc.property(zones, starts, fc.integer({ min: 1, max: 20 * 24 * HOUR }), (zone, from, length) => {
      const calendar = calendarOf(zone)!;
      const days = calendar.daysBetween(from, from + length, 100)!;
      expect(days[0]!.start).toBe(from);
      expect(days.at(-1)!.end).toBe(from + length);
      days.slice(1).forEach(({ start }, index) => expect(start).toBe(days[index]!.end));
      for (const { day, start, end } of days) {
        expect([calendar.dayOf(start), calendar.dayOf(end - 1)]).toEqual([day, day]);
      }
      expect(new Set(days.map(({ day }) => day)).size).toBe(days.length);
    }),
    { numRuns: 50 },
  );
});
