import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { GOOD_REQUESTS } from './catalogue/good.ts';
import { BAD_REQUESTS } from './catalogue/index.ts';
import { violationIn } from './index.ts';
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

type Path = readonly (string | number)[];

function* pathsIn(value: unknown, at: Path = []): Generator<Path> {
  if (at.length > 0) yield at;
  if (typeof value !== 'object' || value === null) return;
  const members = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  for (const [name, item] of members) yield* pathsIn(item, [...at, name]);
}

/** The value with something else at one place; `undefined` takes the field away. */
function changed(value: unknown, [name, ...rest]: Path, to: unknown): unknown {
  if (name === undefined) return to;
  if (Array.isArray(value)) return value.map((item, index) => (index === name ? changed(item, rest, to) : item));
  const fields = value as Readonly<Record<string, unknown>>;
  const { [name]: old, ...others } = fields;
  const made = changed(old, rest, to);
  return made === undefined ? others : { ...fields, [name]: made };
}

const STRANGE = [undefined, null, 5, 1.5, 'x', true, [], {}, ['x'], [{}]];

/** Places where the rules follow the provider, or leave the refusal to the answering operation. */
const TOLERATED = [
  /^responses model /,
  /^\S+ top_logprobs null/,
  /^responses tools\.\d\.(?:strict|parameters) /,
  /^responses input\.\d\.(?:call_id|status|id|type) /,
  /^responses input\.\d\.content\.\d\.(?:annotations|logprobs|detail) /,
  /^embeddings input/,
  /^completions prompt /,
];

/** Of these, unions of the specification that overlap let another member take the value. */
const TAKEN_BY_ANOTHER = /^responses: (?:tools\[0\]\.allowed_callers is empty|input\[0\]\.(?:id|status) is )/;

const SURROUNDINGS = { promptTokens: () => 1, tokensOf: () => 1, hasItem: () => true };

describe.skipIf(!there)('the published specification (skipped where it is not there)', () => {
  const validators = there ? requestValidators() : new Map<string, ValidateFunction>();
  const accepts = (operation: string, body: unknown): boolean => validators.get(operation)?.(body) === true;

  test('knows every operation that has rules', () => {
    expect(Object.keys(OPERATION_RULES).filter((operation) => !validators.has(operation))).toEqual([]);
  });

  test('refuses every catalogued request of the level spec', () => {
    const bad = BAD_REQUESTS.filter(({ id, level }) => level === 'spec' && !TAKEN_BY_ANOTHER.test(id));
    expect(bad.filter(({ operation, body }) => accepts(operation, body)).map(({ id }) => id)).toEqual([]);
  });

  test('accepts every catalogued request that only the provider refuses', () => {
    const bad = BAD_REQUESTS.filter(({ level }) => level === 'openai');
    expect(bad.filter(({ operation, body }) => !accepts(operation, body)).map(({ id }) => id)).toEqual([]);
  });

  test('agrees with the rules about good requests of which one place was changed', () => {
    const cases = GOOD_REQUESTS.flatMap(({ operation, body }) =>
      [...pathsIn(body)].flatMap((path) =>
        STRANGE.filter((to) => to !== undefined || typeof path.at(-1) === 'string').map((to) => {
          const mutant = changed(body, path, to);
          const refused = violationIn(operation, mutant, 'spec', SURROUNDINGS) !== undefined;
          const title = `${operation.replace(/.*\//, '')} ${path.join('.')} ${JSON.stringify(to)}`;
          return { title, refused, agreed: refused !== accepts(operation, mutant) };
        }),
      ),
    );
    expect(cases.filter(({ refused }) => refused).length).toBeGreaterThan(1000);
    const disputed = cases.filter(({ title, agreed }) => !agreed && !TOLERATED.some((known) => known.test(title)));
    expect(disputed).toEqual([]);
  });

  test('accepts every good request', () => {
    expect(GOOD_REQUESTS.filter(({ operation, body }) => !accepts(operation, body)).map(({ id }) => id)).toEqual([]);
  });
});
