import { expect, test } from 'vitest';
import { textForPattern } from './pattern-text.ts';

test.each([
  '^[A-Z]{2,4}\\d+$',
  '^(?:\\+\\d{1,3} )?\\(\\d{3}\\) \\d{3}-\\d{4}$',
  '^[^\\s@]+@[^\\s@]+\\.[a-z]{2,}$',
  '^\\d{4}-(0[1-9]|1[0-2])-\\d{2}$',
  '^(?<year>\\d{4})|never$',
  '^[\\w.-]*?x\\.$',
  '^\\u0041\\x42[\\]\\\\]$',
  '^$',
  'free text',
])('a text is found that %s matches', (pattern) => {
  expect(textForPattern(pattern)).toMatch(new RegExp(pattern, 'u'));
});

test('repetitions are stretched to the wanted length', () => {
  expect(textForPattern('^[a-z]+$', 12)?.length).toBe(12);
});

test.each(['(', '^(a)\\1b(?=z)$', '^a(?!a)a$'])('%s has no text rather than a wrong one', (pattern) => {
  expect(textForPattern(pattern)).toBeUndefined();
});
