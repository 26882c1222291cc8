import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { JsonObject } from '../core/json.ts';
import { cacheKey, isCacheKey, modelTag, tagPrefix } from './key.ts';
import type { KeyInput } from './key.ts';

const IGNORE = ['user', 'metadata', 'safety_identifier', 'prompt_cache_key'];

function keyOf(body: object, rest: Partial<KeyInput> = {}): string {
  return cacheKey({
    scope: 'shared',
    namespace: 'default',
    operation: 'chat.completions',
    model: 'gpt-4o',
    body: body as JsonObject,
    raw: Buffer.from(JSON.stringify(body)),
    ignore: IGNORE,
    ...rest,
  });
}

const BODY = { model: 'gpt-4o', messages: [{ role: 'user', content: 'hi' }], temperature: 0 };

test('a key is the tag of its model and a digest', () => {
  const key = keyOf(BODY);
  expect(isCacheKey(key)).toBe(true);
  expect(tagPrefix(key)).toBe(`${modelTag('gpt-4o')}.`);
  expect(isCacheKey(key.slice(1))).toBe(false);
  expect(isCacheKey('*')).toBe(false);
});

test.each([
  ['stream', { stream: true }],
  ['stream_options', { stream_options: { include_usage: true } }],
  ['cache', { cache: { ttl: 5 } }],
  ['user', { user: 'u1' }],
  ['metadata', { metadata: { a: 'b' } }],
  ['safety_identifier', { safety_identifier: 's' }],
  ['prompt_cache_key', { prompt_cache_key: 'p' }],
])('%s does not count', (_name, extra) => {
  expect(keyOf({ ...BODY, ...extra })).toBe(keyOf(BODY));
});

test.each(['user', 'metadata', 'safety_identifier', 'prompt_cache_key'])('%s counts when policy says so', (name) => {
  expect(keyOf({ ...BODY, [name]: 'x' }, { ignore: [] })).not.toBe(keyOf(BODY, { ignore: [] }));
});

test.each([
  ['a field nobody knows', { frobnicate: 0 }],
  ['a field of the excluded name inside another', { tools: [{ stream: true }] }],
  ['seed', { seed: 0 }],
  ['null', { stop: null }],
])('%s counts', (_name, extra) => {
  expect(keyOf({ ...BODY, ...extra })).not.toBe(keyOf(BODY));
});

test.each([
  ['scope', { scope: 'other' }],
  ['namespace', { namespace: 'other' }],
  ['operation', { operation: 'completions' as const }],
  ['model', { model: 'other' }],
  ['variant', { variant: '?beta=true' }],
])('%s keeps entries apart', (_name, rest) => {
  expect(keyOf(BODY, rest)).not.toBe(keyOf(BODY));
});

test('text cannot move from one part of the identity to the next', () => {
  expect(keyOf(BODY, { scope: 'a', namespace: 'bc' })).not.toBe(keyOf(BODY, { scope: 'ab', namespace: 'c' }));
});

test('cache controls inside a literal extra_body do not count, its other members do', () => {
  const bare = keyOf({ ...BODY, extra_body: { top_k: 1 } });
  expect(keyOf({ ...BODY, extra_body: { top_k: 1, cache: { ttl: 1 } } })).toBe(bare);
  expect(keyOf({ ...BODY, extra_body: { top_k: 2 } })).not.toBe(bare);
});

test('seeds beyond 2^53 that JSON.parse makes equal stay apart', () => {
  const keyOfText = (text: string): string => keyOf(JSON.parse(text) as object, { raw: Buffer.from(text) });
  const one = keyOfText('{"model":"gpt-4o","seed":9007199254740993}');
  expect(keyOfText('{"model":"gpt-4o","seed":9007199254740992}')).not.toBe(one);
  expect(keyOfText('{"model":"gpt-4o","seed":9007199254740993}')).toBe(one);
});

const json = fc.jsonValue({ maxDepth: 4 });
const object = fc.dictionary(fc.string(), json, { maxKeys: 8 });

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([name, member]) => [name, reversed(member)]),
  );
}

test('the order of keys never matters', () => {
  fc.assert(
    fc.property(object, (body) => {
      expect(keyOf(reversed(body) as object, { raw: Buffer.alloc(0) })).toBe(keyOf(body, { raw: Buffer.alloc(0) }));
    }),
  );
});

test('any change of a value anywhere matters', () => {
  fc.assert(
    fc.property(object, fc.string(), json, json, (body, name, left, right) => {
      const nested = (value: unknown): object => ({ ...body, nested: { list: [0, { [name]: value }] } });
      const equal = JSON.stringify(sorted(left)) === JSON.stringify(sorted(right));
      expect(keyOf(nested(left)) === keyOf(nested(right))).toBe(equal);
    }),
  );
});

/** An independent canonical form: enough to tell whether two values are one. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return Object.is(value, -0) ? 0 : value;
  const members = Object.entries(value).map(([name, member]): [string, unknown] => [name, sorted(member)]);
  return { members: members.toSorted(([a], [b]) => (a < b ? -1 : 1)) };
}
