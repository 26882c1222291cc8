import { expect, it } from 'vitest';
import type { JsonObject } from '../core/json.ts';
import { anthropicSchema, geminiSchema, schemaOfGemini } from './schema.ts';

it('Anthropic: objects are closed and constraints are gone, but not properties of their names', () => {
  const lost: string[] = [];
  const schema: JsonObject = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    minProperties: 1,
    properties: {
      minimum: { type: 'integer', minimum: 1, maximum: 9 },
      list: {
        type: 'array',
        minItems: 1,
        items: { type: 'object', properties: {}, additionalProperties: { type: 'string' } },
      },
      either: { anyOf: [{ type: 'string', maxLength: 3 }, { $ref: '#/$defs/d' }] },
    },
    required: ['minimum'],
    $defs: { d: { properties: { x: { const: 1, enum: [{ type: 'object' }] } } } },
  };
  const before = structuredClone(schema);
  expect(anthropicSchema(schema, (word) => lost.push(word))).toEqual({
    type: 'object',
    properties: {
      minimum: { type: 'integer' },
      list: { type: 'array', items: { type: 'object', properties: {}, additionalProperties: false } },
      either: { anyOf: [{ type: 'string' }, { $ref: '#/$defs/d' }] },
    },
    required: ['minimum'],
    $defs: { d: { properties: { x: { const: 1, enum: [{ type: 'object' }] } }, additionalProperties: false } },
    additionalProperties: false,
  });
  expect(lost.toSorted()).toEqual([
    'additionalProperties',
    'maxLength',
    'maximum',
    'minItems',
    'minProperties',
    'minimum',
  ]);
  expect(schema).toEqual(before);
});

it('Gemini: references are inlined, types in capitals, nulls nullable, unknown words gone', () => {
  expect(
    geminiSchema({
      $schema: 's',
      $id: 'i',
      type: 'object',
      additionalProperties: false,
      properties: {
        $ref: { type: 'string' },
        a: { type: ['string', 'null'], exclusiveMinimum: 1 },
        b: { const: 'x' },
        c: { oneOf: [{ type: 'string' }, { type: 'integer' }] },
        d: { $ref: '#/$defs/d', description: 'D' },
        e: { anyOf: [{ $ref: '#/$defs/d' }, { type: 'null' }] },
        f: { type: ['string', 'integer', 'null'] },
        g: { enum: ['a', null, 1] },
      },
      required: ['a'],
      $defs: { d: { type: 'array', items: { type: 'number', minimum: 1 } } },
    }),
  ).toEqual({
    type: 'OBJECT',
    properties: {
      $ref: { type: 'STRING' },
      a: { type: 'STRING', nullable: true },
      b: { type: 'STRING', enum: ['x'] },
      c: { anyOf: [{ type: 'STRING' }, { type: 'INTEGER' }] },
      d: { type: 'ARRAY', items: { type: 'NUMBER', minimum: 1 }, description: 'D' },
      e: { type: 'ARRAY', items: { type: 'NUMBER', minimum: 1 }, nullable: true },
      f: { anyOf: [{ type: 'STRING' }, { type: 'INTEGER' }], nullable: true },
      g: { type: 'STRING', enum: ['a', '1'] },
    },
    required: ['a'],
  });
});

it('Gemini: a schema that refers to itself, or to nothing, ends in any object', () => {
  const schema = { $ref: '#/$defs/n', $defs: { n: { type: 'object', properties: { next: { $ref: '#/$defs/n' } } } } };
  const text = JSON.stringify(geminiSchema(schema));
  expect(text.length).toBeLessThan(5000);
  expect(text).toContain('"next":{"type":"OBJECT"}');
  expect(geminiSchema({ properties: { a: { $ref: 'https://elsewhere/x' } } })).toEqual({
    properties: { a: { type: 'OBJECT' } },
  });
});

it('Google’s own form becomes JSON Schema, in either spelling', () => {
  expect(
    schemaOfGemini({
      type: 'OBJECT',
      propertyOrdering: ['a'],
      properties: {
        any_of: { any_of: [{ type: 'STRING' }, { type: 'NUMBER' }], nullable: true },
        a: { type: 'STRING', nullable: true, min_length: '3' },
        b: { type: 'TYPE_UNSPECIFIED' },
      },
    }),
  ).toEqual({
    type: 'object',
    properties: {
      any_of: { anyOf: [{ type: 'string' }, { type: 'number' }, { type: 'null' }] },
      a: { type: ['string', 'null'], minLength: 3 },
      b: {},
    },
  });
});
