import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { GOOD_REQUESTS } from './catalogue/good.ts';
import { BAD_REQUESTS } from './catalogue/index.ts';
import { OPERATION_RULES } from './operations.ts';

const shared = process.env['LLMPROXY_SHARED'] ?? resolve(import.meta.dirname, '../../../shared');
const file = resolve(shared, 'openai/openapi.reality.json');
const there = existsSync(file);

interface Specification {
  readonly components: { readonly schemas: Record<string, object> };
  readonly paths: Readonly<
    Record<
      string,
      { readonly post?: { readonly requestBody?: { readonly content: Readonly<Record<string, { schema: object }>> } } }
    >
  >;
}

/** Members of the unions overlap, so that one of them is any of them; `nullable` and a boolean `exclusiveMinimum` are no keywords of JSON Schema 2020-12. */
function spelledOut(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const { nullable, oneOf, exclusiveMinimum, ...rest } = value as Readonly<Record<string, unknown>>;
  const schema = {
    ...rest,
    ...(oneOf !== undefined && { anyOf: oneOf }),
    ...(typeof exclusiveMinimum === 'number' && { exclusiveMinimum }),
  };
  return nullable === true ? { anyOf: [schema, { type: 'null' }] } : schema;
}

function requestValidators(): ReadonlyMap<string, ValidateFunction> {
  const specification = JSON.parse(readFileSync(file, 'utf8'), spelledOut) as Specification;
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema({ $id: 'spec', components: specification.components });
  return new Map(
    Object.keys(OPERATION_RULES).flatMap((operation) => {
      const path = operation.replace('POST /v1', '');
      const schema = specification.paths[path]?.post?.requestBody?.content['application/json']?.schema;
      if (schema === undefined) return [];
      const text = JSON.stringify(schema).replaceAll('"#/', '"spec#/');
      return [[operation, ajv.compile(JSON.parse(text) as object)]] as const;
    }),
  );
}

describe.skipIf(!there)('the published specification (skipped where it is not there)', () => {
  const validators = there ? requestValidators() : new Map<string, ValidateFunction>();
  const accepts = (operation: string, body: unknown): boolean => validators.get(operation)?.(body) === true;

  test('knows every operation that has rules', () => {
    expect(Object.keys(OPERATION_RULES).filter((operation) => !validators.has(operation))).toEqual([]);
  });

  test('refuses every catalogued request of the level spec', () => {
    const bad = BAD_REQUESTS.filter(({ level }) => level === 'spec');
    expect(bad.filter(({ operation, body }) => accepts(operation, body)).map(({ id }) => id)).toEqual([]);
  });

  test('accepts every catalogued request that only the provider refuses', () => {
    const bad = BAD_REQUESTS.filter(({ level }) => level === 'openai');
    expect(bad.filter(({ operation, body }) => !accepts(operation, body)).map(({ id }) => id)).toEqual([]);
  });

  test('accepts every good request', () => {
    expect(GOOD_REQUESTS.filter(({ operation, body }) => !accepts(operation, body)).map(({ id }) => id)).toEqual([]);
  });
});
