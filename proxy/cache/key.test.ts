import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { JsonObject } from '../core/json.ts';
import { SLICE_BYTES, type Steps } from '../core/slices.ts';
import { losesDigits } from '../wire/json-exact.ts';
import { jsonTexts } from '../wire/json-texts.fixture.ts';
import { cacheKey, cacheKeySteps, contextText, isCacheKey, modelTag, tagPrefix } from './key.ts';
import type { KeyContext } from './key.ts';

const IGNORE = ['user', 'metadata', 'safety_identifier', 'prompt_cache_key'];

const CONTEXT: KeyContext = {
  scope: 'shared',
  namespace: 'default',
  operation: 'chat.completions',
  model: 'gpt-4o',
  mocksOnly: false,
  headers: {},
  forwardsCredential: false,
  query: '',
  ignore: IGNORE,
};

function keyOf(body: object, change: Partial<KeyContext> = {}): string {
  const text = JSON.stringify(body);
  return cacheKey({ ...CONTEXT, ...change }, { parsed: body as JsonObject, raw: Buffer.from(text) });
}

function keyOfText(text: string): string {
  return cacheKey(CONTEXT, { parsed: JSON.parse(text) as JsonObject, raw: Buffer.from(text) });
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
  ['an unknown field', { frobnicate: 0 }],
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
  ['query', { query: 'beta=true' }],
  ['whether mocks alone answer', { mocksOnly: true }],
  ['the OpenAI-Beta header', { headers: { 'openai-beta': 'assistants=v2' } }],
  ['the anthropic-beta header', { headers: { 'anthropic-beta': 'x' } }],
  ['an empty OpenAI-Beta header', { headers: { 'openai-beta': '' } }],
  ['fields that count', { ignore: ['user'] }],
])('%s keeps entries apart', (_name, rest) => {
  expect(keyOf(BODY, rest)).not.toBe(keyOf(BODY));
});

test('the account that a request names counts where it is passed on, and only there', () => {
  const headers = { 'openai-organization': 'org', 'openai-project': 'proj' };
  expect(keyOf(BODY, { headers })).toBe(keyOf(BODY));
  const forwarded = [
    keyOf(BODY, { forwardsCredential: true }),
    keyOf(BODY, { forwardsCredential: true, headers }),
    keyOf(BODY, { forwardsCredential: true, headers: { 'openai-organization': 'org' } }),
    keyOf(BODY, { forwardsCredential: true, headers: { 'openai-organization': 'proj', 'openai-project': 'org' } }),
  ];
  expect(new Set(forwarded).size).toBe(4);
  expect(keyOf(BODY, { headers: { authorization: 'Bearer x', 'user-agent': 'y' } })).toBe(keyOf(BODY));
});

test('a context text that was made before gives the same key', () => {
  const body = { parsed: BODY as unknown as JsonObject, raw: Buffer.from(JSON.stringify(BODY)) };
  expect(cacheKey(CONTEXT, body, contextText(CONTEXT))).toBe(cacheKey(CONTEXT, body));
  expect(cacheKey(CONTEXT, body, contextText({ ...CONTEXT, scope: 'x' }))).toBe(keyOf(BODY, { scope: 'x' }));
});

test('text cannot move from one part of the identity to the next', () => {
  expect(keyOf(BODY, { scope: 'a', namespace: 'bc' })).not.toBe(keyOf(BODY, { scope: 'ab', namespace: 'c' }));
});

test('cache controls inside a literal extra_body do not count, its other members do', () => {
  const bare = keyOf({ ...BODY, extra_body: { top_k: 1 } });
  expect(keyOf({ ...BODY, extra_body: { top_k: 1, cache: { ttl: 1 } } })).toBe(bare);
  expect(keyOf({ ...BODY, extra_body: { top_k: 2 } })).not.toBe(bare);
});

test('a member named cache counts anywhere else', () => {
  expect(keyOf({ ...BODY, other: { cache: 1 } })).not.toBe(keyOf({ ...BODY, other: {} }));
  expect(keyOf({ ...BODY, extra_body: [{ cache: 1 }] })).not.toBe(keyOf({ ...BODY, extra_body: [{}] }));
  expect(keyOf({ ...BODY, extra_body: 'x' })).not.toBe(keyOf({ ...BODY, extra_body: {} }));
});

test('seeds beyond 2^53 that JSON.parse makes equal stay apart', () => {
  const one = keyOfText('{"model":"gpt-4o","seed":9007199254740993}');
  expect(keyOfText('{"model":"gpt-4o","seed":9007199254740992}')).not.toBe(one);
  expect(keyOfText('{"model":"gpt-4o","seed":9007199254740993}')).toBe(one);
});

test.each([
  ['4503599627370497.5', '4503599627370497.6'],
  ['0.1', '0.10000000000000000001'],
  ['1e-400', '0'],
  ['1e400', '1e401'],
])('the numbers %s and %s are not one, each is itself', (one, two) => {
  const body = (number: string): string => `{"model":"gpt-4o","x":[${number}]}`;
  expect(keyOfText(body(one))).not.toBe(keyOfText(body(two)));
  for (const number of [one, two]) expect(keyOfText(body(number))).toBe(keyOfText(body(number)));
});

test('the order of the properties of a schema counts, that of its other members does not', () => {
  const tool = (schema: string): string => `{"model":"gpt-4o","tools":[{"function":{"parameters":${schema}}}]}`;
  const [one, two] = ['"a":{"type":"string","title":"A"}', '"b":{"type":"string"}'];
  const key = keyOfText(tool(`{"type":"object","properties":{${one},${two}}}`));
  expect(keyOfText(tool(`{"type":"object","properties":{${two},${one}}}`))).not.toBe(key);
  expect(keyOfText(tool(`{"properties":{"a":{"title":"A","type":"string"},${two}},"type":"object"}`))).toBe(key);
});

test('properties whose names are numbers keep their order too, though JSON.parse moves them', () => {
  const body = (names: string[]): string =>
    `{"model":"gpt-4o","schema":{"properties":{${names.map((name) => `"${name}":{}`).join()}}}}`;
  const keys = [
    ['1', 'a'],
    ['a', '1'],
    ['2', '1'],
    ['1', '2'],
  ].map((names) => keyOfText(body(names)));
  expect(new Set(keys).size).toBe(4);
  expect(keyOfText(body(['a', '1']))).toBe(keys[1]);
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
      expect(keyOf(reversed(body) as object)).toBe(keyOf(body));
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

function drain<T>(steps: Steps<T>): { readonly result: T; readonly stops: number } {
  for (let stops = 0; ; stops++) {
    const { done, value } = steps.next();
    if (done) return { result: value, stops };
  }
}

test('a key that is computed in steps is the one that is computed at once', () => {
  fc.assert(
    fc.property(jsonTexts, fc.integer({ min: 2, max: 60 }), (text, slice) => {
      const raw = Buffer.from(text);
      const body = { parsed: JSON.parse(text) as JsonObject, raw };
      const steps = cacheKeySteps(CONTEXT, { ...body, loses: losesDigits(raw) }, contextText(CONTEXT), slice);
      expect(drain(steps).result).toBe(cacheKey(CONTEXT, body));
    }),
    { numRuns: 1_000 },
  );
});

test.each([
  ['many messages', Array.from({ length: 30_000 }, () => ({ content: 'x'.repeat(100) }))],
  ['one long text', `${'x'.repeat(SLICE_BYTES - 1)}${'😀'.repeat(2_000_000)}`],
  [
    'one long text that is not well-formed',
    [`${'😀'.repeat(200_000)}\ud800`, ...Array.from({ length: 30_000 }, () => 'x'.repeat(100))],
  ],
  ['numbers', Array.from({ length: 2_000_000 }, () => 7)],
])('the key of %s is computed in steps, and no step takes more than two slices', (_name, input) => {
  const body = { parsed: { input }, raw: Buffer.from('{}') };
  const { result, stops } = drain(cacheKeySteps(CONTEXT, { ...body, loses: false }));
  expect(result).toBe(cacheKey(CONTEXT, body));
  expect(stops).toBeGreaterThan(JSON.stringify(input).length / SLICE_BYTES / 2);
});

test('the bytes of a body whose numbers lose digits are hashed in steps', () => {
  const raw = Buffer.from(`{"a":1e400,"b":"${'x'.repeat(2_000_000)}"}`);
  const body = { parsed: JSON.parse(raw.toString()) as JsonObject, raw };
  const { result, stops } = drain(cacheKeySteps(CONTEXT, { ...body, loses: true }));
  expect(result).toBe(cacheKey(CONTEXT, body));
  expect(stops).toBeGreaterThan((2 * raw.length) / SLICE_BYTES - 2);
});
