import { expect, test } from 'vitest';
import { bedForFile } from './bed.ts';

const bed = bedForFile();

function length(vector: readonly number[]): number {
  return Math.hypot(...vector);
}

test('the SDK decodes embeddings that it asked for in base64 to the floats', async () => {
  const request = { model: 'text-embedding-3-small', input: 'hello' };
  const decoded = await bed.client().embeddings.create(request);
  const plain = await bed.client().embeddings.create({ ...request, encoding_format: 'float' });
  const [sent] = await bed.mock.requests();
  expect(sent?.body).toMatchObject({ encoding_format: 'base64' });
  const [a, b] = [decoded.data[0]!.embedding, plain.data[0]!.embedding];
  expect(a).toHaveLength(1536);
  expect(Math.max(...a.map((value, index) => Math.abs(value - b[index]!)))).toBeLessThan(1e-6);
  expect(length(a)).toBeCloseTo(1, 4);
});

test('several inputs come back in their order, equal ones as equal vectors, at the asked dimension', async () => {
  const { data, usage } = await bed
    .client()
    .embeddings.create({ model: 'text-embedding-3-large', input: ['a', 'b', 'a'], dimensions: 64 });
  expect(data.map(({ index }) => index)).toEqual([0, 1, 2]);
  expect(data[0]?.embedding).toEqual(data[2]?.embedding);
  expect(data[0]?.embedding).not.toEqual(data[1]?.embedding);
  expect(data[0]?.embedding).toHaveLength(64);
  expect(usage).toEqual({ prompt_tokens: 3, total_tokens: 3 });
});

test('models are listed and one is retrieved', async () => {
  const { models } = bed.client();
  const ids = [];
  for await (const model of models.list()) ids.push(model.id);
  expect(ids).toContain('gpt-4o-mini');
  expect(await models.retrieve('gpt-4o-mini')).toMatchObject({ id: 'gpt-4o-mini', object: 'model' });
});
