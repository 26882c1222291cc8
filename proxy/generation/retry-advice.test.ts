import { expect, test } from 'vitest';
import type { Outcome } from '../core/outcome.ts';
import type { FailedAttempt } from './failure.ts';
import { isPointless, pauseHeaders, type Prospects, withAdvice } from './retry-advice.ts';

type Pairs = readonly (readonly [string, string])[];

const prospects = (ms: number, isOverBudget = false): Prospects => ({
  subject: "model 'm'",
  isOverBudget,
  retryAfterMs: () => ms,
});

const refused = (outcome: Outcome, headers: Pairs = []): FailedAttempt => ({
  outcome,
  endpoint: 'm/a',
  answer: { status: 429, headers, body: Buffer.from('{}') },
});

const limited = (retryAfterMs?: number): Outcome => ({
  kind: 'rate_limited',
  ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
});

test.each<[what: string, Outcome, Pairs, at: { least: number; attempts: number }, shown: Pairs]>([
  [
    'the least pause of all endpoints',
    limited(30_000),
    [['retry-after', '30']],
    { least: 5_000, attempts: 2 },
    [['retry-after', '5']],
  ],
  [
    'a pause below a second',
    limited(30_000),
    [['retry-after', '30']],
    { least: 20, attempts: 2 },
    [['retry-after', '1']],
  ],
  [
    'the endpoint’s own while it is the least',
    limited(5_000),
    [['retry-after', '5']],
    { least: 4_990, attempts: 2 },
    [['retry-after', '5']],
  ],
  [
    'the endpoint’s own while another is free',
    limited(5_000),
    [['retry-after', '5']],
    { least: 0, attempts: 2 },
    [['retry-after', '5']],
  ],
  ['nothing where one endpoint names no time', limited(), [], { least: 30_000, attempts: 1 }, []],
  [
    'the pause of another where the last names none',
    limited(),
    [],
    { least: 7_001, attempts: 2 },
    [['retry-after', '8']],
  ],
  [
    'a time that stands in no pause header',
    limited(12_000),
    [],
    { least: 12_000, attempts: 1 },
    [['retry-after', '12']],
  ],
  [
    'the failure as it came',
    { kind: 'server_error' },
    [['retry-after', '9']],
    { least: 2_000, attempts: 2 },
    [['retry-after', '9']],
  ],
])('shown is %s', (_what, outcome, headers, { least, attempts }, shown) => {
  expect(withAdvice(refused(outcome, headers), prospects(least), attempts)).toEqual(shown);
});

test('a precise pause is replaced precisely, and other headers stay', () => {
  const headers: Pairs = [
    ['content-type', 'application/json'],
    ['retry-after-ms', '9000'],
    ['retry-after', '9'],
  ];
  expect(withAdvice(refused(limited(9_000), headers), prospects(1_500.4), 2)).toEqual([
    ['content-type', 'application/json'],
    ['retry-after', '2'],
    ['retry-after-ms', '1501'],
  ]);
});

test('a pause that the SDKs would not wait for comes with the advice not to repeat', () => {
  const shown = (ms: number): string[] =>
    withAdvice(refused(limited(ms), [['retry-after', String(ms / 1_000)]]), prospects(ms), 1).map(([name]) => name);
  expect(shown(60_000)).toEqual(['retry-after']);
  expect(shown(61_000)).toEqual(['retry-after', 'x-should-retry']);
  expect(pauseHeaders(60_000)).toEqual({ 'retry-after': '60' });
  expect(pauseHeaders(60_001)).toEqual({ 'retry-after': '61', 'x-should-retry': 'false' });
  expect(pauseHeaders(0)).toEqual({ 'retry-after': '1' });
});

test('how long the limits of an endpoint run says nothing about an error of another kind', () => {
  expect(withAdvice(refused({ kind: 'server_error', retryAfterMs: 3_600_000 }), prospects(0), 1)).toEqual([]);
});

test('once the least pause is short, a repeated request helps', () => {
  const shown = withAdvice(refused(limited(600_000), [['retry-after', '600']]), prospects(10_000), 2);
  expect(shown).toEqual([['retry-after', '10']]);
});

test('what the endpoint says about repeating stands', () => {
  const headers: Pairs = [['x-should-retry', 'true']];
  expect(withAdvice(refused({ kind: 'unauthorized' }, headers), prospects(0, true), 1)).toEqual(headers);
});

test.each<[Outcome['kind'], boolean, boolean]>([
  ['timeout_answer', false, true],
  ['timeout_first_content', false, true],
  ['timeout_total', false, true],
  ['insufficient_quota', false, true],
  ['server_error', false, false],
  ['server_error', true, true],
])('after %s, with a spent budget: %s, repeating is pointless: %s', (kind, overBudget, pointless) => {
  expect(isPointless(refused({ kind }), prospects(0, overBudget))).toBe(pointless);
});
