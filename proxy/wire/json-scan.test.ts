import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { ProxyError } from '../core/errors.ts';
import { MAX_DEPTH, MAX_KEYS, MAX_NAMES, scanAnswer, scanJson, stringEnd } from './json-scan.ts';

function membersOf(text: string): [string, string][] {
  const bytes = Buffer.from(text);
  return scanJson(bytes).members.map(({ key, valueStart, valueEnd }) => [
    key,
    bytes.toString('utf8', valueStart, valueEnd),
  ]);
}

function complexity(text: string): string | undefined {
  try {
    scanJson(Buffer.from(text));
    return undefined;
  } catch (error) {
    return error instanceof ProxyError ? `${error.code}: ${error.message}` : 'another error';
  }
}

test('the members of any object are found where JSON.parse finds them', () => {
  const object = fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue({ maxDepth: 4 }));
  fc.assert(
    fc.property(object, fc.constantFrom(undefined, 2, '\t'), (value, indent) => {
      const text = JSON.stringify(value, null, indent);
      const found = membersOf(text).map(([key, raw]) => [key, JSON.parse(raw)]);
      expect(found).toEqual(Object.entries(JSON.parse(text) as object));
    }),
  );
});

test('names are unescaped, repeated ones are all listed, spelling and spaces do not matter', () => {
  expect(membersOf(' { "\\u0061" : 1.0 ,"a":[{"a":2}],\n"b\\"":"x\\\\" } ')).toEqual([
    ['a', '1.0'],
    ['a', '[{"a":2}]'],
    ['b"', '"x\\\\"'],
  ]);
});

test('the end of a string is found behind any number of backslashes and quotes', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('\\', '"', 'a', 'é', '\n'), maxLength: 80 }), (text) => {
      const json = JSON.stringify(text);
      expect(stringEnd(Buffer.from(`${json},"x"`), 0)).toBe(Buffer.byteLength(json));
    }),
    { numRuns: 2000 },
  );
  expect(stringEnd(Buffer.from(`"${'\\\\'.repeat(40)}" "`), 0)).toBe(82);
  expect(stringEnd(Buffer.from('"open'), 0)).toBe(5);
});

test('the deepest allowed nesting passes and one level more does not', () => {
  const nested = (levels: number) => `{"a":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`;
  expect(complexity(nested(MAX_DEPTH))).toBeUndefined();
  expect(complexity(nested(MAX_DEPTH + 1))).toBe('body_too_complex: The JSON body is nested deeper than 64 levels.');
  expect(complexity('['.repeat(1000))).toMatch('body_too_complex');
  expect(complexity(`{"a":"${'['.repeat(1000)}"}`)).toBeUndefined();
});

test('the largest allowed number of keys passes and one more does not, at any level', () => {
  const keys = (count: number) => `{${Array.from({ length: count }, () => '"k":1').join(',')}}`;
  expect(complexity(keys(MAX_KEYS))).toBeUndefined();
  expect(complexity(keys(MAX_KEYS + 1))).toBe('body_too_complex: The JSON body has more than 200000 keys.');
  expect(complexity(`{"a":[${keys(MAX_KEYS)}]}`)).toMatch('body_too_complex');
});

test('many different names are refused at any level, repeated ones are not, and an answer may have them', () => {
  const members = (count: number) => Array.from({ length: count }, (_, index) => `"name ${index}":1`).join(',');
  const spread = (count: number) => Array.from({ length: count }, (_, index) => `{"k${index}" : ":"}`).join(',');
  const fits = MAX_NAMES - 1_000;
  const tooMany = MAX_NAMES + 4_000;
  for (const text of [
    members,
    (count: number) => `"a":{${members(count)}}`,
    (count: number) => `"a":[${spread(count)}]`,
  ]) {
    expect(complexity(`{${text(fits)}}`)).toBeUndefined();
    expect(complexity(`{${text(tooMany)}}`)).toBe(
      'body_too_complex: The JSON body has more than 20000 different keys.',
    );
    expect(scanAnswer(Buffer.from(`{${text(tooMany)}}`)).keys).toBeGreaterThanOrEqual(tooMany);
  }
  const thousand = `{${members(1_000)}}`;
  expect(complexity(`{"a":[${Array.from({ length: 150 }, () => thousand).join(',')}]}`)).toBeUndefined();
});

test.each([
  '',
  '[]',
  '"x"',
  '1',
  'null',
  '{',
  '{"a"',
  '{"a":',
  '{"a":1',
  '{"a":1,',
  '{"a":1,}',
  '{"a":"x',
  '{"a":[1',
  '{,}',
  '\u00ff',
])('what is no whole object, such as %j, does not disturb the scan', (text) => {
  const { open, members } = scanJson(Buffer.from(text));
  expect(open).toBe(text.startsWith('{') ? 1 : -1);
  expect(members.length).toBeLessThanOrEqual(1);
});
