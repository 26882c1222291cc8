import { expect, test } from 'vitest';

import { parseBytes } from './bytes.ts';

test.each([
  ['256MiB', 268_435_456],
  ['1KiB', 1_024],
  ['10MB', 10_000_000],
  ['1.5GiB', 1_610_612_736],
  ['512', 512],
  ['0', 0],
  ['32 MiB', 33_554_432],
])('%s is %d bytes', (text, bytes) => {
  expect(parseBytes(text)).toBe(bytes);
});

test.each(['', 'MiB', '-1B', '1TiBs', '10mb', '99999999999GiB'])('%j is no size', (text) => {
  expect(parseBytes(text)).toBeUndefined();
});
