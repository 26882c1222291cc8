import { assert, nat, property } from 'fast-check';
import { expect, test } from 'vitest';

import { formatDuration, parseDuration } from './duration.ts';

test.each([
  ['250ms', 250],
  ['30s', 30_000],
  ['1h30m', 5_400_000],
  ['7d', 604_800_000],
  ['1.5s', 1_500],
  ['0', 0],
  ['0s', 0],
])('%s is %d milliseconds', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

test.each(['', '30', 's', '30 s', '-1s', '1h 30m', '30S', '1w', '1e3s'])('%j is no duration', (text) => {
  expect(parseDuration(text)).toBeUndefined();
});

test('what is written can be read back', () => {
  assert(property(nat(2 ** 40), (ms) => parseDuration(formatDuration(ms)) === ms));
});
