import { expect, test } from 'vitest';
import type { Json, JsonObject } from '../core/json.ts';
import { SCHEMA_DEPTH, SCHEMA_LIMIT } from './limits.ts';
import { schemaCheckOf } from './request-schema.ts';
import type { SchemaFamily } from './types.ts';

const SCHEMA = { type: 'object', properties: { a: { type: 'number' } } };
const FORMAT = { type: 'json_schema', schema: SCHEMA };

const chat = (schema: Json): JsonObject => ({
  response_format: { type: 'json_schema', json_schema: { name: 'n', schema } },
});

test.each<[SchemaFamily, JsonObject]>([
  ['chat', chat(SCHEMA)],
  ['responses', { text: { format: { ...FORMAT, name: 'n' } } }],
  ['messages', { output_config: { format: FORMAT } }],
  ['messages', { output_format: FORMAT }],
  ['gemini', { generationConfig: { responseMimeType: 'application/json', responseJsonSchema: SCHEMA } }],
  ['gemini', { generation_config: { response_mime_type: 'application/json', response_json_schema: SCHEMA } }],
])('%s: the schema of %j is found', (family, body) => {
  expect(schemaCheckOf(family, body)).toEqual({
    family,
    schema: JSON.stringify(SCHEMA),
    digest: expect.stringMatching(/^[\da-f]{64}$/) as string,
  });
});

test.each<[SchemaFamily, JsonObject]>([
  ['chat', {}],
  ['chat', { response_format: { type: 'json_object' } }],
  ['chat', { response_format: 'json_schema' }],
  ['chat', { response_format: { type: 'json_schema', json_schema: { name: 'n' } } }],
  ['chat', { response_format: { type: 'json_schema', schema: SCHEMA } }],
  ['chat', chat(true)],
  ['chat', chat(null)],
  ['responses', { text: { format: { type: 'text' } } }],
  ['responses', { text: { format: { type: 'json_object', schema: SCHEMA } } }],
  ['responses', { text: 'json' }],
  ['messages', { output_config: { effort: 'low' } }],
  ['messages', { output_format: { type: 'text' } }],
  ['gemini', { generationConfig: { responseMimeType: 'application/json', responseSchema: SCHEMA } }],
  ['gemini', { generationConfig: { responseMimeType: 'text/plain', responseJsonSchema: SCHEMA } }],
  ['gemini', { generationConfig: { responseJsonSchema: SCHEMA } }],
  ['gemini', { generationConfig: [] }],
])('%s: %j asks for no schema that is checked', (family, body) => {
  expect(schemaCheckOf(family, body)).toBeUndefined();
});

test('equal schemas have one digest, others another', () => {
  const digest = (schema: Json): string | undefined => schemaCheckOf('chat', chat(schema))?.digest;
  expect(digest(SCHEMA)).toBe(digest(structuredClone(SCHEMA)));
  expect(digest(SCHEMA)).not.toBe(digest({ type: 'object' }));
});

/** A schema of that many levels. */
function nested(depth: number): JsonObject {
  let schema: JsonObject = {};
  for (let level = 1; level < depth; level += 1) schema = { not: schema };
  return schema;
}

test('a schema that is nested too deep, or too large, is named as unusable', () => {
  expect(schemaCheckOf('chat', chat(nested(SCHEMA_DEPTH)))?.unusable).toBeUndefined();
  expect(schemaCheckOf('chat', chat(nested(SCHEMA_DEPTH + 1)))?.unusable).toBe('schema_too_deep');
  const sized = (bytes: number): JsonObject => ({ title: 'é'.repeat((bytes - '{"title":""}'.length) / 2) });
  expect(schemaCheckOf('chat', chat(sized(SCHEMA_LIMIT)))?.unusable).toBeUndefined();
  expect(schemaCheckOf('chat', chat(sized(SCHEMA_LIMIT + 2)))?.unusable).toBe('schema_too_large');
});
