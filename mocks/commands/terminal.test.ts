import { expect, test } from 'vitest';
import { paintFor, Progress } from './terminal.ts';

const GREEN = '\u001B[32mok\u001B[39m';

test.each([
  [true, {}, GREEN],
  [false, {}, 'ok'],
  [true, { NO_COLOR: '1' }, 'ok'],
  [true, { TERM: 'dumb' }, 'ok'],
  [false, { FORCE_COLOR: '1' }, GREEN],
  [true, { FORCE_COLOR: '0' }, 'ok'],
])('a terminal: %s, %j: %j', (isTTY, environment, text) => {
  expect(paintFor({ write: () => {}, isTTY }, environment)('green', 'ok')).toBe(text);
});

function drawn(isTTY: boolean): string {
  let [text, now] = ['', 0];
  const progress = new Progress({ write: (part) => (text += part), isTTY }, 4, () => now);
  now = 999;
  progress.update(1, 'early');
  progress.clear();
  now = 1_000;
  progress.update(2, 'half');
  progress.clear();
  progress.clear();
  return text;
}

test('progress comes after a second, on a terminal alone, and leaves no trace', () => {
  expect(drawn(true)).toBe('\r\u001B[2K[############------------] 2/4  half\r\u001B[2K');
  expect(drawn(false)).toBe('');
});
