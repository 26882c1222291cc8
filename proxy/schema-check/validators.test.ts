import { expect, test } from 'vitest';
import type { Json, JsonObject } from '../core/json.ts';
import { Validators } from './validators.ts';

/** Whether the value fits; else why the schema cannot be used. */
function fits(schema: JsonObject, value: Json): boolean | string {
  const validator = new Validators().of('digest', JSON.stringify(schema));
  return 'unusable' in validator ? validator.unusable : validator.judge(value) === undefined;
}

const D7 = 'http://json-schema.org/draft-07/schema#';
const NODE: JsonObject = { type: 'object', properties: { next: { $ref: '#/$defs/node' }, v: { type: 'number' } } };

test.each<[string, JsonObject, Json, boolean | string]>([
  [
    '2020-12',
    { $schema: 'https://json-schema.org/draft/2020-12/schema', prefixItems: [{ type: 'number' }] },
    ['x'],
    false,
  ],
  ['2019-09', { $schema: 'https://json-schema.org/draft/2019-09/schema', items: [{ type: 'number' }] }, ['x'], false],
  ['draft-07', { $schema: D7, items: [{ type: 'number' }] }, ['x'], false],
  [
    'draft-07 over https',
    { $schema: 'https://json-schema.org/draft-07/schema', dependencies: { a: ['b'] } },
    { a: 1 },
    false,
  ],
  ['draft-06', { $schema: 'http://json-schema.org/draft-06/schema#', contains: { const: 1 } }, [2], false],
  ['draft-04', { $schema: 'http://json-schema.org/draft-04/schema#', type: 'number' }, 1, 'invalid_schema'],
  ['a dialect that is none', { $schema: 1, type: 'number' }, 1, 'invalid_schema'],
  ['an older schema without a dialect', { items: [{ type: 'number' }] }, ['x'], false],
  ['keywords that are unknown', { example: 1, 'x-order': 2, type: 'number' }, 1, true],
  ['a format', { format: 'date' }, '2025-02-30', false],
  ['a format that is unknown', { format: 'iban' }, 'x', true],
  ['a type that is none', { type: 'text' }, 'x', 'invalid_schema'],
  ['a pattern that is none', { pattern: '(' }, 'x', 'invalid_schema'],
  ['a pattern of letters', { pattern: String.raw`^\p{L}+$` }, 'é', true],
  ['a pattern of the older syntax', { pattern: String.raw`^[\w-.]+$` }, 'a.b', true],
  ['members that every object inherits, missing', { required: ['constructor'] }, {}, false],
  ['members that every object inherits, allowed', { properties: { toString: { type: 'string' } } }, {}, true],
  ['an id of draft-04', { id: 'x', type: 'number' }, 1, 'invalid_schema'],
  ['an asynchronous schema', { $async: true, type: 'number' }, 'x', 'invalid_schema'],
  ['unevaluated members', { allOf: [{ properties: { a: {} } }], unevaluatedProperties: false }, { b: 1 }, false],
])('%s', (_what, schema, value, expected) => {
  expect(fits(schema, value)).toBe(expected);
});

test.each<[string, JsonObject, Json, boolean | string]>([
  ['to a definition', { $ref: '#/$defs/n', $defs: { n: { type: 'number' } } }, 'x', false],
  ['to itself', { $ref: '#/$defs/node', $defs: { node: NODE } }, { next: { next: { v: 'x' } } }, false],
  ['to the root', { properties: { next: { $ref: '#' }, v: { type: 'number' } } }, { next: { v: 'x' } }, false],
  ['to an anchor', { $ref: '#n', $defs: { x: { $anchor: 'n', type: 'number' } } }, 'x', false],
  ['to an id in the schema', { $ref: 'n', $defs: { x: { $id: 'n', type: 'number' } } }, 'x', false],
  [
    'in a schema with an address',
    { $id: 'http://x.test/s', $ref: '#/$defs/n', $defs: { n: { type: 'number' } } },
    'x',
    false,
  ],
  ['in draft-07', { $schema: D7, $ref: '#/definitions/n', definitions: { n: { type: 'number' } } }, 'x', false],
  ['to nothing', { $ref: '#/$defs/n' }, 1, 'invalid_schema'],
  ['to another host', { $ref: 'http://127.0.0.1:1/schema.json' }, 1, 'remote_ref'],
  ['to another host, below', { properties: { a: { items: { $ref: 'https://x.test/s#/$defs/a' } } } }, 1, 'remote_ref'],
  ['to a file', { $ref: 'file:///etc/passwd' }, 1, 'remote_ref'],
  ['to a path', { $ref: 'item.json' }, 1, 'remote_ref'],
])('a reference %s', (_what, schema, value, expected) => {
  expect(fits(schema, value)).toBe(expected);
});

test('an id of one schema is not known to the next, and may come again', () => {
  const validators = new Validators();
  const of = (digest: string, schema: JsonObject) => validators.of(digest, JSON.stringify(schema));
  const owner = { $id: 'http://x.test/private', $defs: { s: { $id: 'http://x.test/inner', type: 'number' } } };
  expect(of('1', owner)).toHaveProperty('judge');
  expect(of('2', { ...owner, title: 'Another' })).toHaveProperty('judge');
  expect(of('3', { $ref: 'http://x.test/private' })).toEqual({ unusable: 'remote_ref' });
  expect(of('4', { $ref: 'http://x.test/inner' })).toEqual({ unusable: 'remote_ref' });
});

test('compiled schemas are kept by their digest, up to a count and a size; those of no use as well', () => {
  const validators = new Validators(2, 1_000);
  const first = validators.of('1', '{"type":"number"}');
  expect(validators.of('1', '{"type":"number"}')).toBe(first);
  const bad = validators.of('2', '{"type":"none"}');
  expect(validators.of('2', '')).toBe(bad);
  validators.of('3', '{}');
  expect(validators.size).toBe(2);
  expect(validators.of('1', '{"type":"number"}')).not.toBe(first);
  validators.of('4', JSON.stringify({ title: 'x'.repeat(980) }));
  expect(validators.size).toBe(1);
});
