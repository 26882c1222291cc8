import { expect, test } from 'vitest';
import { jsonSchemaOf } from './schema.ts';

test('types become lowercase, nullable a second type, and properties stand in their ordering', () => {
  const schema = jsonSchemaOf({
    type: 'OBJECT',
    properties: {
      a: { type: 'STRING', nullable: true, format: 'enum', enum: ['x'] },
      b: { type: 'ARRAY', items: { type: 'INTEGER', format: 'int32' } },
      c: { anyOf: [{ type: 'NUMBER' }, { type: 'BOOLEAN' }], nullable: true },
    },
    required: ['a'],
    propertyOrdering: ['c', 'b'],
  });
  expect(schema).toEqual({
    type: 'object',
    properties: {
      a: { type: ['string', 'null'], enum: ['x'] },
      b: { type: 'array', items: { type: 'integer', format: 'int32' } },
      c: { anyOf: [{ type: 'number' }, { type: 'boolean' }, { type: 'null' }] },
    },
    required: ['a'],
  });
  expect(Object.keys(schema['properties'] as object)).toEqual(['c', 'b', 'a']);
});
