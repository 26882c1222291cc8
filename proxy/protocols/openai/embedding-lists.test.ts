import { expect, test } from 'vitest';
import { embeddingLists } from './embedding-lists.ts';

const { inputs, split, join } = embeddingLists;

function answer(embeddings: readonly unknown[], tokens?: number): Buffer {
  return Buffer.from(
    JSON.stringify({
      object: 'list',
      data: embeddings.map((embedding, index) => ({ object: 'embedding', index, embedding })),
      model: 'm',
      ...(tokens === undefined ? {} : { usage: { prompt_tokens: tokens, total_tokens: tokens } }),
    }),
  );
}
const tokensOf = (part: Buffer): unknown =>
  (JSON.parse(part.toString()) as { usage?: { prompt_tokens: number } }).usage?.prompt_tokens;

test('lists of texts and of token arrays are taken apart, an input that is none is not', () => {
  expect(inputs({ input: ['a', 'b'] })).toEqual(['a', 'b']);
  expect(inputs({ input: [[1, 2], [3]] })).toEqual([[1, 2], [3]]);
  expect(inputs({ input: ['a'] })).toEqual(['a']);
  for (const input of ['a', [], [1, 2, 3], ['a', [1]], [['a'], ['b']], [null, 'a'], Array(2_049).fill('a')]) {
    expect(inputs({ input })).toBeUndefined();
  }
});

test.each([
  [
    [
      [0.1, -0.25],
      [1e-7, 2],
    ],
  ],
  [['AACAPw==', 'AAAAQA==']],
])('%j is taken apart and put together again as it was', (embeddings) => {
  const whole = answer(embeddings, 7);
  const parts = split(whole, ['abc', 'de']) ?? [];
  expect(parts).toHaveLength(2);
  expect(JSON.parse(String(parts[1]))).toMatchObject({ data: [{ index: 0, embedding: embeddings[1] }], model: 'm' });
  expect(JSON.parse(join(parts).toString())).toEqual(JSON.parse(whole.toString()));
});

test('usage is shared by length, and the shares are the whole', () => {
  expect(split(answer([[1], [2], [3]], 10), ['a', 'a', 'a'])?.map(tokensOf)).toEqual([4, 3, 3]);
  expect(
    split(answer([[1], [2]], 5), [
      [7, 8, 9],
      [7, 8],
    ])?.map(tokensOf),
  ).toEqual([3, 2]);
  expect(split(answer([[1], [2]], 2), ['', ''])?.reduce((sum, part) => sum + Number(tokensOf(part)), 0)).toBe(2);
  expect(split(answer([[1], [2]]), ['a', 'b'])?.map(tokensOf)).toEqual([undefined, undefined]);
});

test('answers go by their index, whatever their order', () => {
  const data = [1, 0].map((index) => ({ index, embedding: [index] }));
  const parts = split(Buffer.from(JSON.stringify({ data })), ['a', 'b']);
  expect(parts?.map((part) => JSON.parse(part.toString()) as unknown)).toEqual([
    { data: [{ index: 0, embedding: [0] }] },
    { data: [{ index: 0, embedding: [1] }] },
  ]);
});

test.each([
  'nonsense',
  '{}',
  '{"data":[]}',
  '{"data":[{"index":0,"embedding":[1]}]}',
  '{"data":[{"index":0,"embedding":[1]},{"index":0,"embedding":[1]}]}',
  '{"data":[{"index":0,"embedding":[1]},{"index":2,"embedding":[1]}]}',
  '{"data":[{"index":0,"embedding":[1]},{"index":1,"embedding":[]}]}',
  '{"data":[{"index":0,"embedding":[1]},{"index":1}]}',
  '{"data":[{"index":0,"embedding":[1]},{"embedding":[1]}]}',
])('%s answers no two inputs', (text) => {
  expect(split(Buffer.from(text), ['a', 'b'])).toBeUndefined();
});
