import { Ajv2020 } from 'ajv/dist/2020.js';
import * as addFormats from 'ajv-formats';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { Facts } from '../question/facts.ts';
import { Source } from './source.ts';
import type { ValueOptions } from './value.ts';
import { valueForSchema } from './value.ts';

const ajv = new Ajv2020({ strict: false, ownProperties: true, validateFormats: true, allErrors: true });
addFormats.default.default(ajv);

const FORMATS = ['date-time', 'date', 'time', 'duration', 'email', 'hostname', 'ipv4', 'ipv6', 'uuid'];
const PATTERNS = [
  '^[A-Z]{3}-\\d{4}$',
  '^@[a-zA-Z0-9_]+$',
  '^(foo|bar)+$',
  '\\d{3}',
  '^\\p{Lu}\\w*\\.txt$',
  '^a?b*c+[^0-9]$',
];

const strings = fc.oneof(
  fc.constant({ type: 'string' }),
  fc.record({ type: fc.constant('string'), format: fc.constantFrom(...FORMATS) }),
  fc.record({ type: fc.constant('string'), pattern: fc.constantFrom(...PATTERNS) }),
  fc.integer({ min: 0, max: 30 }).chain((minLength) =>
    fc.record({
      type: fc.constant('string'),
      minLength: fc.constant(minLength),
      maxLength: fc.integer({ min: minLength, max: minLength + 20 }),
    }),
  ),
);

const numbers = fc.oneof(
  fc.constant({ type: 'number' }),
  fc.constant({ type: 'integer' }),
  fc.integer({ min: -50, max: 50 }).chain((low) =>
    fc.record(
      {
        type: fc.constantFrom('number', 'integer'),
        minimum: fc.constant(low),
        exclusiveMaximum: fc.integer({ min: low + 1, max: low + 40 }),
      },
      { requiredKeys: ['type', 'minimum'] },
    ),
  ),
  fc.integer({ min: -50, max: 50 }).chain((high) =>
    fc.record({
      type: fc.constantFrom('number', 'integer'),
      exclusiveMinimum: fc.constant(high - 13),
      maximum: fc.constant(high),
    }),
  ),
  fc.record({
    type: fc.constant('integer'),
    multipleOf: fc.integer({ min: 1, max: 9 }),
    minimum: fc.integer({ min: -90, max: 90 }),
  }),
);

const leaves = fc.oneof(
  strings,
  numbers,
  fc.constant({ type: 'boolean' }),
  fc.constant({ type: 'null' }),
  fc.constant({ type: ['string', 'null'] }),
  fc.array(fc.oneof(fc.string(), fc.integer()), { minLength: 1, maxLength: 4 }).map((values) => ({ enum: values })),
  fc.string().map((value) => ({ const: value })),
);

/** Names refer to definitions that every document has; recursion is through a nullable branch or an array. */
const references = fc.constantFrom(
  { $ref: '#/$defs/leaf' },
  { anyOf: [{ $ref: '#/$defs/tree' }, { type: 'null' }] },
  { type: 'array', items: { $ref: '#/$defs/tree' } },
);

const { schema: schemas } = fc.letrec<{ schema: unknown; object: object }>((tie) => ({
  schema: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    leaves,
    references,
    tie('object'),
    fc.record(
      { type: fc.constant('array'), items: tie('schema'), minItems: fc.integer({ min: 0, max: 3 }) },
      { requiredKeys: ['type', 'items'] },
    ),
    fc.array(tie('schema'), { minLength: 1, maxLength: 3 }).map((branches) => ({ anyOf: branches })),
  ),
  object: fc.dictionary(fc.string({ maxLength: 8 }), tie('schema'), { maxKeys: 5 }).map((properties) => ({
    type: 'object',
    properties,
    required: Object.keys(properties),
    additionalProperties: false,
  })),
}));

const $defs = {
  leaf: { type: 'string', enum: ['red', 'green'] },
  tree: {
    type: 'object',
    properties: {
      value: { type: 'integer', minimum: 3 },
      left: { anyOf: [{ $ref: '#/$defs/tree' }, { type: 'null' }] },
      children: { type: 'array', items: { $ref: '#/$defs/tree' } },
    },
    required: ['value', 'left', 'children'],
    additionalProperties: false,
  },
};

function expectFits(schema: object, options: ValueOptions = {}): void {
  const validate = ajv.compile(schema);
  const value: unknown = JSON.parse(JSON.stringify(valueForSchema(schema, options)));
  validate(value);
  expect({ value, errors: validate.errors }).toEqual({ value, errors: null });
}

test('the value made for any schema of the strict subset is valid against it', () => {
  fc.assert(
    fc.property(schemas, (root) => {
      expectFits({ type: 'object', properties: { root }, required: ['root'], additionalProperties: false, $defs });
    }),
    { numRuns: 1000 },
  );
});

/** Texts with values of every kind, so that there is much to be taken wrongly. */
const pieces = fc.constantFrom(
  'Ada Lovelace',
  'in Paris',
  'from "Oslo" to Rome',
  'ada@example.org',
  'https://example.org/a?b=c',
  '2026-02-30',
  'on March 3, 2026 at 25:61',
  '2026-03-01T10:00:00Z',
  '-12.5',
  '1,000,000',
  '3 days',
  '20%',
  'red, green and blue',
  'ORD-1234',
  'no, not without',
  'name: x, value = 7',
  'item item item',
  'true or false',
  '[1, 2, 3]',
  '\ud800',
  '"',
);
const texts = fc.oneof(
  fc.array(pieces, { maxLength: 12 }).map((all) => all.join(' ')),
  fc.string({ maxLength: 60 }),
);
const named = fc.constantFrom(
  'city',
  'name',
  'email',
  'url',
  'date',
  'age',
  'items',
  'query',
  'answer',
  'is_open',
  'id',
  'code',
  'amount',
);

test('so is what is made for it out of any text', () => {
  const properties = fc.dictionary(fc.oneof(named, fc.string({ maxLength: 8 })), schemas, { minKeys: 1, maxKeys: 6 });
  fc.assert(
    fc.property(properties, texts, fc.boolean(), (made, text, lean) => {
      const source = new Source({ facts: new Facts(text), earlier: [new Facts('I live in Rome')] });
      const schema = { type: 'object', properties: made, required: Object.keys(made).slice(1), $defs };
      expectFits(schema, { source, lean });
    }),
    { numRuns: 500 },
  );
});

test.each([
  { type: 'object', required: ['a'], additionalProperties: { type: 'integer', minimum: 3 } },
  { type: 'object', minProperties: 3, additionalProperties: { type: 'string', minLength: 5 } },
  { type: 'array', minItems: 3, uniqueItems: true, items: { enum: ['a', 'b', 'c'] } },
  { type: 'array', minItems: 2, uniqueItems: true, items: { type: 'boolean' } },
  { oneOf: [{ type: 'number' }, { type: 'integer' }] },
  { type: 'string', minLength: 262_144 },
  { type: 'string', maxLength: 0 },
  { type: ['integer', 'null'], minimum: 5 },
])('%j is served, with and without a text', (schema) => {
  expectFits(schema);
  expectFits(schema, { source: new Source({ facts: new Facts('3 days in "Paris" at 5, a and b') }) });
});

test('the same schema always gives the same value, with properties in its order', () => {
  const schema = { type: 'object', properties: { zeta: { type: 'integer' }, alpha: { type: 'string' } } };
  expect(JSON.stringify(valueForSchema(schema))).toBe('{"zeta":1,"alpha":"alpha"}');
  expect(valueForSchema(schema)).toEqual(valueForSchema(structuredClone(schema)));
});

test('a schema that is recursive through its root ends', () => {
  const node = { anyOf: [{ $ref: '#' }, { type: 'null' }] };
  expectFits({ type: 'object', properties: { next: node }, required: ['next'], additionalProperties: false });
});

test('tuples, allOf, unique items and pointers with escapes are served', () => {
  expectFits({ type: 'array', prefixItems: [{ type: 'string' }, { type: 'integer' }], minItems: 2 });
  expectFits({ type: 'array', items: { type: 'integer' }, minItems: 3, uniqueItems: true });
  expectFits({
    allOf: [{ type: 'object', properties: { a: { type: 'string' } }, required: ['a'] }, { $ref: '#/$defs/b~1c' }],
    $defs: { 'b/c': { type: 'object', properties: { b: { type: 'integer' } }, required: ['b'] } },
  });
});

test('an impossible recursion ends with null instead of never', () => {
  const schema = { type: 'object', properties: { again: { $ref: '#' } }, required: ['again'] };
  expect(JSON.stringify(valueForSchema(schema))).toContain('null');
});

test('a property named __proto__ is a property like any other', () => {
  const schema = JSON.parse('{"type":"object","properties":{"__proto__":{"type":"integer"}}}') as object;
  expect(JSON.stringify(valueForSchema(schema))).toBe('{"__proto__":1}');
});
