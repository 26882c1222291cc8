import type OpenAI from 'openai';
import { expect, test } from 'vitest';
import { CHAT_CHUNK, CHAT_COMPLETION, EMBEDDINGS, MODEL, RESPONSE } from './answers.ts';
import { list, nullable, problemsOf, tagged } from './shape.ts';
import type { Shape } from './shape.ts';
import { Specification } from './specification.ts';

type Required<T> = { [K in keyof T]-?: object extends Pick<T, K> ? never : K }[keyof T];
type Names<T> = Readonly<Record<Required<T>, true>>;

test('a value is judged field by field, with its path', () => {
  const shape: Shape = {
    id: 'string',
    'note?': 'string|null',
    list: list({ n: 'integer' }, 1),
    maybe: nullable({ a: '=x' }),
  };
  expect(problemsOf({ id: 'a', list: [{ n: 1 }], maybe: null, other: 1 }, shape)).toEqual([]);
  expect(problemsOf({ id: 1, note: 2, list: [{ n: 1.5 }, {}], maybe: { a: 'y' } }, shape)).toEqual([
    'id: expected string, found number',
    'note: expected string|null, found number',
    'list[0].n: expected integer, found number',
    'list[1].n: missing',
    'maybe.a: expected x, found "y"',
  ]);
  expect(problemsOf({ id: 'a', list: [], maybe: null }, shape)).toEqual([
    'list: expected at least 1 elements, found 0',
  ]);
  expect(problemsOf([], shape)).toEqual(['the answer: expected an object, found array']);
});

test('tagged objects are judged by their tag, and unknown tags are let through', () => {
  const shape = tagged('type', { a: { x: 'number' } });
  expect(problemsOf({ type: 'a' }, shape, 'item')).toEqual(['item.x: missing']);
  expect(problemsOf({ type: 'new' }, shape)).toEqual([]);
  expect(problemsOf({}, shape, 'item')).toEqual(['item.type: expected string, found undefined']);
});

/** Made by the official helper, and in no recorded answer. */
const NOT_ON_THE_WIRE = new Set(['output_text', 'access_programs']);

const required: Readonly<Record<string, readonly [Shape, readonly string[]]>> = {
  'chat completion': [
    CHAT_COMPLETION,
    Object.keys({
      id: true,
      choices: true,
      created: true,
      model: true,
      object: true,
    } satisfies Names<OpenAI.ChatCompletion>),
  ],
  'chat chunk': [
    CHAT_CHUNK,
    Object.keys({
      id: true,
      choices: true,
      created: true,
      model: true,
      object: true,
    } satisfies Names<OpenAI.ChatCompletionChunk>),
  ],
  embeddings: [
    EMBEDDINGS,
    Object.keys({ data: true, model: true, object: true, usage: true } satisfies Names<OpenAI.CreateEmbeddingResponse>),
  ],
  model: [MODEL, Object.keys({ id: true, created: true, object: true, owned_by: true } satisfies Names<OpenAI.Model>)],
  response: [
    RESPONSE,
    Object.keys({
      id: true,
      created_at: true,
      error: true,
      incomplete_details: true,
      instructions: true,
      metadata: true,
      model: true,
      object: true,
      output: true,
      parallel_tool_calls: true,
      temperature: true,
      tool_choice: true,
      tools: true,
      top_p: true,
      output_text: true,
      access_programs: true,
    } satisfies Names<OpenAI.Responses.Response>).filter((name) => !NOT_ON_THE_WIRE.has(name)),
  ],
};

test.each(Object.entries(required))(
  'the shape of a %s asks for what the official types require',
  (_name, [shape, names]) => {
    expect(Object.keys(shape)).toEqual(expect.arrayContaining(names as string[]));
  },
);

test('an OpenAPI document judges by its references, choices and required fields', () => {
  const specification = new Specification({
    paths: {
      '/a': {
        post: {
          responses: { 200: { content: { 'application/json': { schema: { $ref: '#/components/schemas/A' } } } } },
        },
      },
    },
    components: {
      schemas: {
        A: {
          allOf: [{ type: 'object', required: ['id'], properties: { id: { type: 'string', enum: ['x', 'y'] } } }],
          properties: { many: { type: 'array', items: { anyOf: [{ type: 'integer' }, { const: 'all' }] } } },
        },
        Closed: { type: 'object', properties: { a: { type: 'string', nullable: true } }, additionalProperties: false },
      },
    },
  });
  expect(specification.answer('POST', '/a', { id: 'x', many: [1, 'all'] })).toEqual([]);
  expect(specification.answer('POST', '/a', { many: ['some'], id: 'z' })).toEqual([
    'id: "z" is none of the known values',
    'many[0]: expected integer, found string',
  ]);
  expect(specification.answer('POST', '/a', {})).toEqual(['id: missing']);
  expect(specification.answer('POST', '/unknown', 5)).toEqual([]);
  expect(specification.component('Closed', { a: null, b: 1 })).toEqual(['b: not allowed']);
});
