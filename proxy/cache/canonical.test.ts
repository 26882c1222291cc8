import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Json } from '../core/json.ts';
import { canonicalize } from './canonical.ts';

function canonical(value: unknown): string {
  let text = '';
  canonicalize(value as Json, (piece) => (text += piece));
  return text;
}

test('keys are sorted by UTF-16 code units at every depth', () => {
  expect(canonical({ b: 1, a: { '\u{1f600}': 1, '\ufb33': 2, é: 3, '\r': 4 } })).toBe(
    '{"a":{"\\r":4,"é":3,"\u{1f600}":1,"\ufb33":2},"b":1}',
  );
});

test('numbers count by value, not by spelling', () => {
  const spellings = ['[0, 1, 0.1, 100]', '[-0, 1.0, 1e-1, 1E2]', '[0.0, 1.00, 0.10, 100.0]'];
  expect(new Set(spellings.map((text) => canonical(JSON.parse(text)))).size).toBe(1);
});

test('a value is never taken for one of another type', () => {
  const values = [null, true, false, 0, '0', 'null', 'true', '', [], {}, [null], [[]], [{}], { '': null }];
  expect(new Set(values.map(canonical)).size).toBe(values.length);
});

test('strings are exact, lone surrogates included', () => {
  const values = ['\ud800', '\udc00', '\ufffd', 'é', 'e\u0301', '"', '\\"', '\u0000'];
  expect(new Set(values.map(canonical)).size).toBe(values.length);
});

test('the order of an array matters', () => {
  expect(canonical([1, 2])).not.toBe(canonical([2, 1]));
});

test('a key named __proto__ is a key like any other', () => {
  expect(canonical(JSON.parse('{"__proto__":{"a":1}}'))).toBe('{"__proto__":{"a":1}}');
});

test('the members of any properties keep their order, all others are sorted', () => {
  expect(canonical({ z: { properties: { b: { y: 1, x: 2 }, a: { properties: { d: 0, c: 0 } } } }, a: 0 })).toBe(
    '{"a":0,"z":{"properties":{"b":{"x":2,"y":1},"a":{"properties":{"d":0,"c":0}}}}}',
  );
});

test.each([
  ['{"properties":{"b":1,"a":2}}', true],
  ['{"properties":{"b":1,"01":2}}', true],
  ['{"properties":["1"]}', true],
  ['{"1":{"properties":{"a":{"1":0}}}}', true],
  ['{"properties":{"b":1,"0":2}}', false],
  ['{"a":[{"properties":{"b":1,"4294967294":2}}],"c":1}', false],
])('the order of the properties in %s is known: %s', (text, known) => {
  expect(canonicalize(JSON.parse(text) as Json, () => undefined)).toBe(known);
});

test('a long text is handed on in pieces that give the same whole', () => {
  const value = { messages: Array.from({ length: 50 }, (_, index) => ({ content: `${index}`.repeat(900) })) };
  const pieces: string[] = [];
  canonicalize(value, (piece) => pieces.push(piece));
  expect(pieces.length).toBeGreaterThan(2);
  expect(pieces.join('')).toBe(canonical(structuredClone(value)));
});

test('the canonical form of a value with short strings is JSON for the same value', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const short = JSON.parse(JSON.stringify(value), (_key, member: unknown) =>
        typeof member === 'string' ? member.slice(0, 32) : member,
      ) as Json;
      expect(JSON.parse(canonical(short))).toStrictEqual(short);
    }),
  );
});

test('long strings are told apart from each other and from what surrounds them', () => {
  const long = 'x'.repeat(40);
  const values = [
    [long],
    [`${long} `],
    [long, long],
    [`${long},#40:${long}`],
    [`#40:${long}`],
    [`${long.slice(1)}\ud800`],
    [`${long.slice(1)}\ufffd`],
    [`${long.slice(1)}\u{1f600}`],
    long,
  ];
  const digests = values.map((value) => {
    const bytes: Buffer[] = [];
    canonicalize(value, (piece) => bytes.push(Buffer.from(piece)));
    return Buffer.concat(bytes).toString('hex');
  });
  expect(new Set(digests).size).toBe(values.length);
});
