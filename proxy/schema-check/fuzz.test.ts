import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import type { Json, JsonObject } from '../core/json.ts';
import { SchemaChecker } from './checker.ts';
import { completionOf, questionOf, valueOf } from './checker.fixture.ts';
import { judge } from './judge.ts';
import { REASON_LIMIT } from './limits.ts';
import type { SchemaVerdict } from './types.ts';
import { Validators } from './validators.ts';

/** A schema with a value that fits it and one that does not. */
interface Sample {
  readonly schema: JsonObject;
  readonly good: Json;
  readonly bad: Json;
}

/** Stands in every broken value: no reason may quote it. */
const SECRET = 'Zq7secretZq7';

const name = fc.constantFrom(
  'a',
  'b',
  'items',
  'toString',
  'constructor',
  'a/b',
  'a~b',
  'é',
  '1',
  '$ref',
  'properties',
);

const leaf: fc.Arbitrary<Sample> = fc.oneof(
  fc.integer().map((good): Sample => ({ schema: { type: 'integer' }, good, bad: SECRET })),
  fc
    .double({ noNaN: true, noDefaultInfinity: true })
    .map((good): Sample => ({ schema: { type: 'number' }, good, bad: SECRET })),
  fc.boolean().map((good): Sample => ({ schema: { type: 'boolean' }, good, bad: SECRET })),
  fc.string().map((good): Sample => ({ schema: { type: 'string' }, good, bad: { [SECRET]: SECRET } })),
  fc.string().map((good): Sample => ({ schema: { const: good }, good, bad: `${good}${SECRET}` })),
  fc
    .uniqueArray(fc.string(), { minLength: 1 })
    .map((all): Sample => ({ schema: { enum: all }, good: all[0]!, bad: SECRET })),
  fc
    .integer({ min: 1, max: 9 })
    .map((n): Sample => ({ schema: { type: 'string', maxLength: n }, good: 'x'.repeat(n), bad: SECRET })),
  fc.constant<Sample>({ schema: { type: ['string', 'null'], format: 'date' }, good: null, bad: SECRET }),
  fc.constant<Sample>({ schema: { type: 'string', pattern: '^[a-f]+$' }, good: 'abc', bad: SECRET }),
);

const sample: fc.Arbitrary<Sample> = fc.letrec<{ node: Sample }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    leaf,
    // One member of several is broken.
    fc
      .tuple(
        fc.uniqueArray(fc.tuple(name, tie('node')), { minLength: 1, maxLength: 4, selector: ([key]) => key }),
        fc.nat(),
      )
      .map(([members, at]): Sample => {
        const broken = at % members.length;
        const of = (pick: (one: Sample, index: number) => Json): JsonObject =>
          Object.fromEntries(members.map(([key, one], index) => [key, pick(one, index)]));
        return {
          schema: {
            type: 'object',
            properties: of(({ schema }) => schema),
            required: members.map(([key]) => key),
            additionalProperties: false,
          },
          good: of(({ good }) => good),
          bad: of(({ good, bad }, index) => (index === broken ? bad : good)),
        };
      }),
    // A member is missing, or is one too many.
    fc.tuple(name, tie('node'), fc.boolean()).map(([key, { schema, good }, lacks]): Sample => ({
      schema: { type: 'object', properties: { [key]: schema }, required: [key], additionalProperties: false },
      good: { [key]: good },
      bad: lacks ? {} : { [key]: good, [SECRET]: SECRET },
    })),
    // Members whose names the model chooses.
    tie('node').map(({ schema, good, bad }): Sample => ({
      schema: { type: 'object', additionalProperties: schema },
      good: { [SECRET]: good },
      bad: { [SECRET]: bad },
    })),
    fc.tuple(tie('node'), fc.nat({ max: 3 })).map(([{ schema, good, bad }, at]): Sample => ({
      schema: { type: 'array', items: schema, minItems: 1 },
      good: [good, good],
      bad: [...Array<Json>(at).fill(good), bad],
    })),
    tie('node').map(({ schema, good, bad }): Sample => ({
      schema: { allOf: [{ $ref: '#/$defs/it' }], $defs: { it: schema } },
      good,
      bad,
    })),
    tie('node').map(({ schema, good, bad }): Sample => ({ schema: { allOf: [schema, {}] }, good, bad })),
    tie('node').map(({ schema, good, bad }): Sample => ({
      schema: { anyOf: [{ const: 'no such value' }, schema] },
      good,
      bad,
    })),
  ),
})).node;

/** `$ref` to `$defs` of a schema is one from its root: a schema that stands in another one gets an id, so that it is a root. */
function rooted(schema: Json, ids = { next: 0 }, isRoot = true): Json {
  if (Array.isArray(schema)) return schema.map((one) => rooted(one, ids, false));
  if (typeof schema !== 'object' || schema === null) return schema;
  const inner: JsonObject = Object.fromEntries(
    Object.entries(schema).map(([key, one]) => [key, rooted(one, ids, false)]),
  );
  if (isRoot || schema['$defs'] === undefined) return inner;
  ids.next += 1;
  return { $id: `http://schema.test/${ids.next}`, ...inner };
}

const verdictOf = (schema: JsonObject, value: Json): SchemaVerdict =>
  judge({ ...questionOf(schema), body: valueOf(value) }, new Validators());

test('what was made to fit fits, what was broken does not, and the reason quotes nothing of it', () => {
  fc.assert(
    fc.property(sample, ({ schema, good, bad }) => {
      const asked = rooted(schema) as JsonObject;
      expect(verdictOf(asked, good)).toEqual({ kind: 'valid' });
      const verdict = verdictOf(asked, bad);
      expect(verdict).toMatchObject({ kind: 'invalid' });
      const { reason } = verdict as { readonly reason: string };
      expect(reason).not.toContain(SECRET);
      expect(reason.length).toBeLessThanOrEqual(REASON_LIMIT);
    }),
    { numRuns: 400 },
  );
});

test('any schema and any text give a verdict', () => {
  const keyword = fc.constantFrom(
    'type',
    '$ref',
    '$id',
    '$anchor',
    'items',
    'properties',
    'allOf',
    'not',
    'enum',
    '$defs',
    'pattern',
    'format',
    '$async',
    '$dynamicRef',
    '__proto__',
    'if',
    'required',
    'nullable',
    '$schema',
    'id',
  );
  const word = fc.constantFrom(
    'number',
    'string',
    '#',
    '#/$defs/a',
    'http://127.0.0.1:1/',
    '(',
    '\u0000',
    'date-time',
    'a',
  );
  const anything = fc.letrec<{ node: Json }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 4 },
      word,
      fc.constantFrom<Json>(null, true, false, 0, -1, 1e308),
      fc.array(tie('node'), { maxLength: 3 }),
      fc.dictionary(keyword, tie('node'), { maxKeys: 4, noNullPrototype: true }),
    ),
  })).node;
  fc.assert(
    fc.property(
      fc.dictionary(keyword, anything, { maxKeys: 5, noNullPrototype: true }),
      fc.oneof(
        anything.map((value) => JSON.stringify(value)),
        fc.string(),
      ),
      (schema, text) => {
        const verdict = judge({ ...questionOf(schema), body: completionOf(text) }, new Validators());
        expect(['valid', 'invalid', 'unchecked']).toContain(verdict.kind);
      },
    ),
    { numRuns: 500 },
  );
});

test('any bytes as an answer give a verdict, in every family', () => {
  const { schema, digest } = questionOf({ type: 'object' });
  const part = fc.letrec<{ node: Json }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 5 },
      fc.constantFrom<Json>(null, true, 1, '{}', 'text', 'message', 'output_text', 'refusal', 'tool_use'),
      fc.array(tie('node'), { maxLength: 3 }),
      fc.dictionary(
        fc.constantFrom(
          'choices',
          'message',
          'content',
          'output',
          'candidates',
          'parts',
          'text',
          'type',
          'refusal',
          'tool_calls',
          'promptFeedback',
          'stop_reason',
        ),
        tie('node'),
        { maxKeys: 4, noNullPrototype: true },
      ),
    ),
  })).node;
  const validators = new Validators();
  fc.assert(
    fc.property(
      fc.constantFrom('chat', 'responses', 'messages', 'gemini'),
      fc.oneof(
        fc.uint8Array(),
        part.map((value) => Buffer.from(JSON.stringify(value))),
      ),
      (family, body) => {
        expect(['valid', 'invalid', 'unchecked']).toContain(judge({ family, schema, digest, body }, validators).kind);
      },
    ),
    { numRuns: 2_000 },
  );
});

const checker = new SchemaChecker({ checkMs: 20_000 });
afterAll(() => checker.close());

test('the process says what the rules say', async () => {
  await fc.assert(
    fc.asyncProperty(sample, fc.boolean(), async ({ schema, good, bad }, fits) => {
      const asked = rooted(schema) as JsonObject;
      const value = fits ? good : bad;
      expect(await checker.check(questionOf(asked), valueOf(value))).toEqual(verdictOf(asked, value));
    }),
    { numRuns: 60 },
  );
});
