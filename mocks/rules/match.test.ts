import { expect, test } from 'vitest';
import { parseMatch, parseTimes } from './match.ts';
import type { RequestFacts } from './match.ts';

const facts: RequestFacts = {
  operation: 'chat.completions',
  model: 'gpt-4o-mini',
  stream: true,
  headers: { 'x-team': 'blue', authorization: 'Bearer sk-blue' },
  text: () => 'What is the Capital of France?',
  conversation: () => ({
    system: 'Be brief.',
    tools: ['get_weather', 'web_search'],
    turn: 2,
    toolResults: [{ tool: 'get_weather', text: 'sunny' }],
  }),
  body: { metadata: { team: 'blue' }, messages: [{ content: 'a' }, { content: 'b' }] },
};

test.each([
  [undefined],
  [{}],
  [{ text: 'capital of france' }],
  [{ text: { regex: '^What .* France' } }],
  [{ text: { regex: 'CAPITAL', flags: 'i' } }],
  [{ model: 'gpt-4o-mini', operation: 'chat.completions', stream: true, header: { 'X-Team': 'blue' } }],
  [{ text: { is: 'What is the Capital of France?' } }],
  [{ model: { regex: '^gpt-4' }, header: { 'x-team': { regex: '^bl' } } }],
  [{ system: 'be BRIEF', turn: 2, key: 'sk-blue' }],
  [{ tools: 'web_search' }],
  [{ tools: ['web_search', 'get_weather'] }],
  [{ toolResult: 'SUN', toolResultOf: 'get_weather' }],
  [{ json: { '$.metadata.team': 'blue', '$.messages[*].content': 'b', '$.stop': { exists: false } } }],
  [{ json: { '$.metadata': { team: 'blue' }, '$..content': { regex: '^a$' }, '$.metadata.team': { contains: 'BL' } } }],
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
  [{ text: { is: 'France' } }],
  [{ system: 'verbose' }],
  [{ turn: 1 }],
  [{ key: 'sk-b' }],
  [{ tools: ['web_search', 'other'] }],
  [{ toolResult: 'rain' }],
  [{ toolResultOf: 'web_search' }],
  [{ json: { '$.metadata.team': 'red' } }],
  [{ json: { '$.metadata.team': { exists: false } } }],
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
  [{ txt: 'x' }, 'found "txt"; did you mean "text"?'],
  [{ json: { model: 'x' } }, 'match.json.model: expected a JSONPath that begins with $, found "model"'],
  [{ turn: 0 }, 'match.turn: expected a whole number of at least 1, found 0'],
  [{ text: 7 }, 'match.text: expected a string, found 7'],
  [
    { text: { regex: '(' } },
    'match.text.regex: expected a regular expression in RE2 syntax (missing closing ): `(`), found "/(/"',
  ],
  [{ text: { pattern: 'x' } }, 'match.text.pattern: expected one of the fields is, regex, found "pattern"'],
  [{ stream: 'yes' }, 'match.stream: expected true or false, found "yes"'],
  [{ header: { a: 1 } }, 'match.header.a: expected a string or {regex}, found 1'],
  ['x', 'match: expected an object, found "x"'],
])('a match that cannot be used is refused in one sentence: %j', (match, sentence) => {
  expect(() => parseMatch(match, 'match')).toThrow(sentence);
});

test('a number of uses is a whole number from 1 on', () => {
  expect(parseTimes(undefined, 'times')).toBeUndefined();
  expect(parseTimes(3, 'times')).toBe(3);
  expect(() => parseTimes(0, 'times')).toThrow('times: expected a whole number of at least 1, found 0');
});

test('a request without a conversation is at its first turn and has no results of tools', () => {
  const { conversation: _none, ...without } = facts;
  expect(parseMatch({ turn: 1 }, 'match')(without)).toBe(true);
  expect(parseMatch({ toolResult: '' }, 'match')(without)).toBe(false);
});
