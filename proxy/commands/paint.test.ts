import { expect, test } from 'vitest';
import { paintFor } from './paint.ts';

const RED = '\u001B[31mno\u001B[39m';

test.each([
  [true, {}, RED],
  [false, {}, 'no'],
  [true, { NO_COLOR: '1' }, 'no'],
  [true, { NO_COLOR: '' }, RED],
  [true, { TERM: 'dumb' }, 'no'],
  [false, { FORCE_COLOR: '1' }, RED],
  [false, { FORCE_COLOR: '' }, RED],
  [true, { FORCE_COLOR: '0' }, 'no'],
  [false, { FORCE_COLOR: '3', NO_COLOR: '1' }, RED],
])('a terminal: %s, %j: %j', (isTTY, environment, text) => {
  expect(paintFor({ write: () => {}, isTTY }, environment)('red', 'no')).toBe(text);
});
