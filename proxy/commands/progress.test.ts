import { expect, test } from 'vitest';
import { ProgressBar } from './progress.ts';

const CLEAR = '\r\u001B[2K';

test('the bar comes after a second, ten times a second at the most, and leaves no trace', () => {
  let [now, text] = [0, ''];
  const bar = new ProgressBar({ write: (part) => (text += part) }, { total: 4, now: () => now });
  now = 999;
  bar.update(1, () => 'early');
  bar.end();
  expect(text).toBe('');
  now = 1_000;
  bar.update(2, () => '1 hit');
  now = 1_050;
  bar.update(3, () => 'soon');
  expect(text).toBe(`${CLEAR}[############------------]  50 %  2/4  1 hit`);
  bar.end();
  expect(text.endsWith(CLEAR)).toBe(true);
});

test('where the number of all is not known there is a text alone', () => {
  let [now, text] = [0, ''];
  const bar = new ProgressBar({ write: (part) => (text += part) }, { now: () => now });
  now = 1_000;
  bar.update(7, () => '7 rows');
  expect(text).toBe(`${CLEAR}7 rows`);
});
