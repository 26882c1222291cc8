import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { JsonObject } from '../core/json.ts';
import { scanJson } from './json-scan.ts';
import { spliceMembers } from './json-splice.ts';
import type { JsonEdit } from './json-splice.ts';

function splice(text: string, ...edits: JsonEdit[]): string {
  const bytes = Buffer.from(text);
  return spliceMembers(bytes, scanJson(bytes), edits).toString();
}

const model = { op: 'set', key: 'model', value: '"m"' } as const;
const noCache = { op: 'remove', key: 'cache' } as const;
const usage = { op: 'merge', key: 'stream_options', members: { include_usage: 'true' } } as const;

test.each([
  ['{"model":"gpt","x": 1.0}', [model], '{"model":"m","x": 1.0}'],
  ['{ "x":1 }', [model], '{ "x":1,"model":"m" }'],
  ['{}', [model], '{"model":"m"}'],
  ['{ }', [model, usage], '{"model":"m","stream_options":{"include_usage":true} }'],
  ['{"model":"a","b":2,"mod\\u0065l":"c"}', [model], '{"model":"m","b":2,"mod\\u0065l":"m"}'],
  ['{"cache":{"ttl":1},"a":1}', [noCache], '{"a":1}'],
  ['{"a":1, "cache":{"ttl":1}, "b":2}', [noCache], '{"a":1, "b":2}'],
  ['{"a":1 , "cache":{"ttl":1} }', [noCache], '{"a":1 }'],
  ['{ "cache":1, "cache":2 }', [noCache], '{ }'],
  ['{"cache":1,"cache":2,"a":1,"cache":3}', [noCache], '{"a":1}'],
  ['{"cache":1}', [noCache, model], '{"model":"m"}'],
  ['{"a":1,"cache":1}', [noCache, model], '{"a":1,"model":"m"}'],
  [
    '{"stream_options":{"include_obfuscation":false}}',
    [usage],
    '{"stream_options":{"include_obfuscation":false,"include_usage":true}}',
  ],
  ['{"stream_options":{"include_usage":false}}', [usage], '{"stream_options":{"include_usage":true}}'],
  ['{"stream_options":null,"a":[]}', [usage], '{"stream_options":{"include_usage":true},"a":[]}'],
  ['{"stream_options":{}}', [usage], '{"stream_options":{"include_usage":true}}'],
  ['{"nested":{"model":"x","cache":1}}', [noCache], '{"nested":{"model":"x","cache":1}}'],
])('%j is edited in place', (before, edits, after) => {
  expect(splice(before, ...edits)).toBe(after);
});

test('when nothing changes the same buffer comes back', () => {
  const bytes = Buffer.from('{"model":"m","stream_options":{"include_usage":true}}');
  expect(spliceMembers(bytes, scanJson(bytes), [model, noCache, usage])).toBe(bytes);
});

test('any edits of any object do what they would do to the parsed object, and leave all other bytes alone', () => {
  const key = fc.constantFrom('a', 'b', 'model', 'cache', 'é"', '');
  const value = fc.jsonValue({ maxDepth: 2 });
  const member = fc
    .tuple(key, value)
    .map(([name, json]) => `${JSON.stringify(name)} : ${JSON.stringify(json, null, 1)}`);
  const text = fc
    .tuple(fc.array(member), fc.constantFrom('', ' ', '\n  '))
    .map(([members, gap]) => `{${gap}${members.join(`${gap},${gap}`)}${gap}}`);
  const edit: fc.Arbitrary<JsonEdit> = fc.oneof(
    fc.record({ op: fc.constant('set' as const), key, value: value.map((json) => JSON.stringify(json)) }),
    fc.record({ op: fc.constant('remove' as const), key }),
    fc.record({
      op: fc.constant('merge' as const),
      key,
      members: fc.dictionary(
        key,
        value.map((json) => JSON.stringify(json)),
      ),
    }),
  );
  fc.assert(
    fc.property(text, fc.array(edit, { maxLength: 4 }), (before, edits) => {
      const after = splice(before, ...edits);
      const held = new Map(edits.map((one) => [one.key, one]));
      expect(JSON.parse(after)).toEqual(edited(JSON.parse(before) as JsonObject, [...held.values()]));
      const untouched = (json: string) => {
        const bytes = Buffer.from(json);
        return scanJson(bytes)
          .members.filter(({ key }) => !held.has(key))
          .map(({ start, valueEnd }) => bytes.toString('utf8', start, valueEnd));
      };
      expect(untouched(after)).toEqual(untouched(before));
      if (edits.length === 0) expect(after).toBe(before);
    }),
    { numRuns: 2000 },
  );
});

function edited(object: JsonObject, edits: readonly JsonEdit[]): JsonObject {
  const result = { ...object };
  for (const edit of edits) {
    if (edit.op === 'remove') delete result[edit.key];
    else if (edit.op === 'set') result[edit.key] = JSON.parse(edit.value);
    else {
      const old = result[edit.key];
      const set = Object.fromEntries(Object.entries(edit.members).map(([name, json]) => [name, JSON.parse(json)]));
      result[edit.key] = { ...(typeof old === 'object' && old !== null && !Array.isArray(old) ? old : {}), ...set };
    }
  }
  return result;
}
