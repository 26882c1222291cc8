import type { CreateEmbeddingResponse } from 'openai/resources/embeddings';
import { expect, test } from 'vitest';
import { bodyOf, call, testContext } from './testing.ts';

const ask = (body: object) => call('embeddings', { body: { model: 'text-embedding-3-small', ...body } }, testContext());
const embed = (body: object) => bodyOf(ask(body)) as CreateEmbeddingResponse;
const vectors = (body: object) => embed(body).data.map(({ embedding }) => embedding);

test('the body has the provider’s keys in its order', () => {
  const body = embed({ input: 'hello', dimensions: 3 });
  expect(Object.keys(body)).toEqual(['object', 'data', 'model', 'usage']);
  expect(Object.keys(body.data[0]!)).toEqual(['object', 'index', 'embedding']);
});

test.each([
  ['text-embedding-3-small', 1536],
  ['text-embedding-3-large', 3072],
  ['text-embedding-ada-002', 1536],
])('%s has %i dimensions', (model, dimensions) => {
  expect(vectors({ model, input: 'x' })[0]).toHaveLength(dimensions);
});

test('base64 holds the same little-endian 32-bit floats', () => {
  const base64 = vectors({ input: 'hello', encoding_format: 'base64' })[0] as unknown as string;
  const bytes = Buffer.from(base64, 'base64');
  const decoded = Array.from({ length: bytes.length / 4 }, (_, at) => bytes.readFloatLE(at * 4));
  expect(decoded).toEqual(vectors({ input: 'hello' })[0]);
});

test('each input has its vector, equal inputs equal ones', () => {
  const [one, two, again] = vectors({ input: ['a', 'b', 'a'], dimensions: 8 });
  expect(one).toEqual(again);
  expect(one).not.toEqual(two);
});

test('tokens are counted over all inputs, token arrays by their length', () => {
  expect(embed({ input: ['hello world', 'tiktoken is great!'] }).usage).toEqual({ prompt_tokens: 8, total_tokens: 8 });
  expect(embed({ input: [[1, 2, 3], [4]] }).usage.prompt_tokens).toBe(4);
  expect(embed({ input: [1, 2, 3] }).data).toHaveLength(1);
});

test.each([
  { input: [] },
  { input: [''] },
  { input: 7 },
  { input: 'x', dimensions: 0 },
  { input: 'x', encoding_format: 'hex' },
])('%j is refused', (body) => {
  expect(ask(body).status).toBe(400);
});
