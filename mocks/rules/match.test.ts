import { expect, test } from 'vitest';
import { parseMatch, parseTimes } from './match.ts';
import type { RequestFacts } from './match.ts';

const facts: RequestFacts = {
  operation: 'chat.completions',
  model: 'gpt-4o-mini',
  stream: true,
  headers: { 'x-team': 'blue' },
  text: () => 'What is the Capital of France?',
};

test.each([
  [undefined],
  [{}],
  [{ text: 'capital of france' }],
  [{ text: { regex: '^What .* France' } }],
  [{ text: { regex: 'CAPITAL', flags: 'i' } }],
  [{ model: 'gpt-4o-mini', operation: 'chat.completions', stream: true, header: { 'X-Team': 'blue' } }],
])('a match fits when every field that it gives fits: %j', (match) => {
  expect(parseMatch(match, 'match')(facts)).toBe(true);
});

test.each([
  [{ text: 'capital of Spain' }],
  [{ text: { regex: 'CAPITAL' } }],
  [{ model: 'gpt-4o' }],
  [{ operation: 'responses' }],
  [{ stream: false }],
  [{ header: { 'x-team': 'Blue' } }],
  [{ header: { 'x-other': 'blue' } }],
  [{ model: 'gpt-4o-mini', stream: false }],
])('a match with one field that does not fit does not fit: %j', (match) => {
  expect(parseMatch(match, 'match')(facts)).toBe(false);
});

test('the text is not read when a cheaper field already decides', () => {
  const untouchable = {
    ...facts,
    text: () => {
      throw new Error('read');
    },
  };
  expect(parseMatch({ text: 'x', model: 'other' }, 'match')(untouchable)).toBe(false);
});

test('a pattern with the global flag fits as often as it is asked', () => {
  const matches = parseMatch({ text: { regex: 'What', flags: 'g' } }, 'match');
  expect([matches(facts), matches(facts), matches(facts)]).toEqual([true, true, true]);
});

test.each([
  [{ txt: 'x' }, 'match.txt: expected one of the fields operation, stream, model, header, text, found "txt"'],
  [{ text: 7 }, 'match.text: expected a string, found 7'],
  [{ text: { regex: '(' } }, 'match.text.regex: expected a regular expression, found "/(/"'],
  [{ text: { pattern: 'x' } }, 'match.text.pattern: expected one of the fields regex, flags, found "pattern"'],
  [{ stream: 'yes' }, 'match.stream: expected true or false, found "yes"'],
  [{ header: { a: 1 } }, 'match.header.a: expected a string, found 1'],
  ['x', 'match: expected an object, found "x"'],
])('a match that cannot be used is refused in one sentence: %j', (match, sentence) => {
  expect(() => parseMatch(match, 'match')).toThrow(sentence);
});

test('a number of uses is a whole number from 1 on', () => {
  expect(parseTimes(undefined, 'times')).toBeUndefined();
  expect(parseTimes(3, 'times')).toBe(3);
  expect(() => parseTimes(0, 'times')).toThrow('times: expected a whole number of at least 1, found 0');
});
