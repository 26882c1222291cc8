import { expect, test } from 'vitest';
import { patternAt } from './pattern.ts';

test('a pattern finds groups by number and by name', () => {
  const pattern = patternAt({ regex: '(?<city>par\\w+) (x|y)?', flags: 'i' }, 'text');
  expect(pattern.find('I like Paris a lot')).toEqual({ groups: ['Paris ', 'Paris', ''], named: { city: 'Paris' } });
  expect(pattern.find('I like Rome')).toBeUndefined();
});

test('a regular expression of JavaScript is taken with its flags', () => {
  const pattern = patternAt(/^b\/\d+$/gm, 'text');
  expect([pattern.test('a\nb/12\nc'), pattern.test('a\nb/12\nc'), pattern.test('b/')]).toEqual([true, true, false]);
  expect(pattern.source).toBe('/^b\\/\\d+$/gm');
});

test.each([
  [
    { regex: '(?=a)' },
    'text.regex: expected a regular expression in RE2 syntax (invalid or unsupported Perl syntax: `(?=`)',
  ],
  [{ regex: '(a)\\1' }, 'invalid escape sequence: `\\1`'],
  [{ regex: '(' }, 'missing closing )'],
  [{ regex: 'a', flags: 'q' }, 'text.flags: expected flags of a regular expression, found "q"'],
  [{ regex: 'a'.repeat(1001) }, 'text.regex: expected at most 1000 characters'],
])('%j is refused with the reason', (input, sentence) => {
  expect(() => patternAt(input, 'text')).toThrow(sentence);
});
