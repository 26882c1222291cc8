import { expect, test } from 'vitest';
import { rateLimitResetMs, readRateLimits } from './rate-limit-reset.ts';
import { retryAfterMs } from './retry-after.ts';

const NOW = 1_750_000_000_000;

test.each([
  ['1s', 1_000],
  ['6m0s', 360_000],
  ['20ms', 20],
  ['1h2m3.5s', 3_723_500],
  ['1d', 86_400_000],
  ['12', 12_000],
  ['33011.382867', 33_011_382.867],
  ['0', 0],
  [' 2 ', 2_000],
  [String(NOW / 1_000 + 30), 30_000],
  [String(NOW + 45_000), 45_000],
  [String(NOW - 45_000), 0],
  [String(NOW / 1_000 - 1), 0],
  [new Date(NOW + 5_000).toISOString(), 5_000],
  [new Date(NOW - 5_000).toISOString(), 0],
  ['', undefined],
  ['-1', undefined],
  ['soon', undefined],
  ['1s later', undefined],
])('a limit that begins anew at "%s" does so in %d ms', (text, ms) => {
  const read = rateLimitResetMs({ 'x-ratelimit-reset': text }, NOW);
  if (ms === undefined) expect(read).toBeUndefined();
  else expect(read).toBeCloseTo(ms, 3);
});

test.each([
  ['the exhausted one counts', { requests: ['8ms', '4999', '5000'], tokens: ['40s', '0', '30000'] }, 40_000],
  ['of several exhausted ones the last', { requests: ['5s', '0', '10'], tokens: ['3s', '0', '10'] }, 5_000],
  ['else the scarcest', { requests: ['8ms', '4999', '5000'], tokens: ['40s', '50', '30000'] }, 40_000],
  ['else the first', { requests: ['9s', '', ''], 'tokens-day': ['3h', '', ''] }, 9_000],
  ['a limit of 0 says nothing', { requests: ['9s', '5', '0'], tokens: ['7s', '', ''] }, 7_000],
  ['one that is scarce before one that is silent', { requests: ['1s', '', ''], tokens: ['7s', '1', '100'] }, 7_000],
  ['one with much left was not met', { requests: ['8ms', '20', '100'], tokens: ['7s', '', ''] }, 7_000],
  ['none of them', { requests: ['8ms', '4999', '5000'], tokens: ['20ms', '30000', '30000'] }, undefined],
] as const)('of several limits: %s', (_what, limits: Readonly<Record<string, readonly string[]>>, ms) => {
  const headers: Record<string, string> = {};
  for (const [name, [reset = '', remaining = '', limit = '']] of Object.entries(limits)) {
    headers[`x-ratelimit-reset-${name}`] = reset;
    headers[`x-ratelimit-remaining-${name}`] = remaining;
    headers[`x-ratelimit-limit-${name}`] = limit;
  }
  expect(rateLimitResetMs(headers, NOW)).toBe(ms);
});

test('retry-after decides where it is given; without it the limit that is exhausted', () => {
  const reset = { 'x-ratelimit-reset-requests': '30s' };
  expect(retryAfterMs({ ...reset, 'retry-after': '2' }, NOW)).toBe(2_000);
  expect(retryAfterMs({ ...reset, 'retry-after-ms': '0' }, NOW)).toBe(0);
  expect(retryAfterMs(reset, NOW)).toBe(30_000);
  expect(retryAfterMs({ 'x-ratelimit-remaining-requests': '0' }, NOW)).toBeUndefined();
});

test('what is left of each limit is read in the words of every provider', () => {
  const openai = {
    'x-ratelimit-limit-requests': '5000',
    'x-ratelimit-remaining-requests': '4999',
    'x-ratelimit-reset-requests': '12ms',
    'x-ratelimit-limit-tokens': '30000',
    'x-ratelimit-remaining-tokens': '0',
    'x-ratelimit-reset-tokens': '6m0s',
  };
  expect(readRateLimits(openai, NOW)).toEqual([
    { name: 'requests', limit: 5000, remaining: 4999, resetMs: 12 },
    { name: 'tokens', limit: 30000, remaining: 0, resetMs: 360_000 },
  ]);
  const azure = {
    'x-ratelimit-limit-requests': '500',
    'x-ratelimit-remaining-requests': '499',
    'x-ratelimit-reset-requests': '7',
    'x-ratelimit-renewalperiod-requests': '60',
  };
  expect(readRateLimits(azure, NOW)).toEqual([{ name: 'requests', limit: 500, remaining: 499, resetMs: 7_000 }]);
  const anthropic = {
    'anthropic-ratelimit-input-tokens-limit': '2000000',
    'anthropic-ratelimit-input-tokens-remaining': '1999000',
    'anthropic-ratelimit-input-tokens-reset': new Date(NOW + 3_000).toISOString(),
  };
  expect(readRateLimits(anthropic, NOW)).toEqual([
    { name: 'input-tokens', limit: 2_000_000, remaining: 1_999_000, resetMs: 3_000 },
  ]);
});

test.each([
  ['no number of what is left', { 'x-ratelimit-limit-requests': '5', 'x-ratelimit-reset-requests': '1s' }],
  ['a limit of 0', { remaining: '0', limit: '0' }],
  ['a negative rest', { remaining: '-1', limit: '5' }],
  ['words', { remaining: 'many', limit: '5' }],
  ['no time', { 'x-ratelimit-limit-requests': '5', 'x-ratelimit-remaining-requests': '1' }],
])('a limit with %s is not read', (_what, given: Record<string, string>) => {
  const { remaining, limit, ...headers } = given;
  const made =
    limit === undefined
      ? headers
      : { 'x-ratelimit-limit': limit, 'x-ratelimit-remaining': remaining ?? '', 'x-ratelimit-reset': '1s' };
  expect(readRateLimits(made, NOW)).toEqual([]);
});
