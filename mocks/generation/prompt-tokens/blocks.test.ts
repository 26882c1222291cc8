import { describe, expect, test } from 'vitest';
import { createTokenizer } from '../tokenizer.ts';
import { BOOK_BERTH, FIND_HARBOUR, HIRE_CREW, LIST_BOATS, SURVEY, RIVER_FACT, TIDE_NOW } from './worked.fixture.ts';
import type { CountedFunction } from './function-block.ts';
import { functionBlock } from './function-block.ts';
import { schemaBlock } from './schema-block.ts';

const tokenizer = createTokenizer();
const tokens = (text: string) => tokenizer.count(text, 'o200k_base');

const FOUR = `# Tools

## functions

namespace functions {

// Finds a harbour by its town.
type find_harbour = (_: {
// Name of the town
town: string,
depth?: integer,
unit: "metres" | "feet",
}) => any;

type list_boats = (_: { harbour: string, limit?: integer }) => any;

// Tells the tide.
type tide_now = () => any;

// Books a berth.
//
// Only for members.
type book_berth = (_: // Booking
{
boat: {
// As registered
name: string,
length: number,
},
nights: string[],
pier?: string | null, // default: north
}) => any;

} // namespace functions`;

const typeOf = (parameters: unknown) =>
  /type f = \(([^]*)\) => any;/.exec(functionBlock([{ name: 'f', description: '', parameters }]))![1];
const property = (schema: unknown) => typeOf({ type: 'object', properties: { a: schema }, required: ['a'] });

describe('functions', () => {
  test('are written as the provider writes them', () => {
    expect(functionBlock([FIND_HARBOUR, LIST_BOATS, TIDE_NOW, BOOK_BERTH])).toBe(FOUR);
    expect(functionBlock([])).toBe('');
  });

  test.each<[number, readonly CountedFunction[]]>([
    [56, [FIND_HARBOUR]],
    [32, [LIST_BOATS]],
    [26, [TIDE_NOW]],
    [68, [BOOK_BERTH]],
    [50, [HIRE_CREW]],
    [143, [FIND_HARBOUR, LIST_BOATS, TIDE_NOW, BOOK_BERTH]],
  ])('have the tokens that were worked out by hand: %d', (expected, functions) => {
    expect(tokens(functionBlock(functions))).toBe(expected);
  });

  test.each<[string, unknown]>([
    ['_: { a: string }', { type: 'string', pattern: '^a', minLength: 1 }],
    ['_: { a: 1 | "b" | null }', { enum: [1, 'b', null] }],
    ['_: { a: "only" }', { const: 'only' }],
    ['_: { a: string | null }', { anyOf: [{ type: 'string' }, { type: 'null' }] }],
    ['_: { a: integer | null }', { type: ['integer', 'null'] }],
    ['_: { a: any[] }', { type: 'array' }],
    ['_: { a: number[][] }', { type: 'array', items: { type: 'array', items: { type: 'number' } } }],
    ['_: { a: object }', { type: 'object', additionalProperties: { type: 'string' } }],
    ['_: { a: any }', {}],
    ['_: { a: { b?: boolean } }', { type: 'object', properties: { b: { type: 'boolean' } } }],
    ['_: {\na: integer, // default: 3\n}', { type: 'integer', default: 3 }],
    ['_: {\n// T\n// D\n//\n// E\na: string,\n}', { type: 'string', title: 'T', description: ' D \n\n E ' }],
  ])('have the type %j', (expected, schema) => {
    expect(property(schema)).toBe(expected);
  });

  test('references are replaced by what they name, and a title of the parameters stands before them', () => {
    const parameters = {
      $defs: { Boat: { title: 'Boat', type: 'object', properties: { sail: { type: 'string' } }, required: ['sail'] } },
      title: 'Fleet',
      type: 'object',
      properties: { first: { $ref: '#/$defs/Boat' }, others: { type: 'array', items: { $ref: '#/$defs/Boat' } } },
    };
    expect(typeOf(parameters)).toBe(
      '_: // Fleet\n{\n// Boat\nfirst?: { sail: string },\nothers?: { sail: string }[],\n}',
    );
    expect(typeOf({ title: 'Nothing', type: 'object', properties: {} })).toBe('_: // Nothing\nobject');
  });

  test('schemas that refer to themselves, or to each other in great numbers, end', () => {
    const names = Array.from({ length: 12 }, (_, at) => `p${at}`);
    const properties = Object.fromEntries(names.map((name) => [name, { $ref: '#' }]));
    const began = performance.now();
    expect(typeOf({ type: 'object', properties })).toContain('any');
    expect(typeOf({ $ref: '#' })).toBe('');
    expect(performance.now() - began).toBeLessThan(2000);
  });
});

describe('answer formats', () => {
  test('are written without what the model is not shown, in ASCII', () => {
    expect(schemaBlock(SURVEY)).toBe(
      '# Response Formats\n\n## HarbourSurveyResultSheet\n\n' +
        String.raw`{"$defs":{"Berth":{"type":"object","title":"Berth","properties":{"depth":{"type":"number","description":"At ebb \u2014 in metres"}}}},"type":"object","properties":{"berths":{"type":"array","items":{"$ref":"#/$defs/Berth"}},"open":{"type":"boolean"}}}`,
    );
    expect(tokens(schemaBlock(RIVER_FACT))).toBe(36);
    expect(tokens(schemaBlock(SURVEY))).toBe(80);
  });

  test('a property may be called like a hidden keyword, and a description stands before the schema', () => {
    const schema = {
      type: 'object',
      properties: { required: { type: 'string', default: 'x' } },
      required: ['required'],
    };
    expect(schemaBlock({ name: 'a', description: 'What it is.', schema })).toBe(
      '# Response Formats\n\n## a\n\n// What it is.\n{"type":"object","properties":{"required":{"type":"string"}}}',
    );
  });
});
