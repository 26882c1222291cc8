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

test('a scripted embedding is that of every input, or one for each; texts of other rules leave embeddings alone', async () => {
  const vectors = async (input: string | string[]) => {
    const { data } = await bed.client().embeddings.create({ model: 'text-embedding-3-small', input });
    return data.map(({ embedding }) => embedding);
  };
  await bed.mock.answer({ reply: 'a text' });
  expect((await vectors('a'))[0]).toHaveLength(1536);
  await bed.mock.answer({ answer: { embedding: [0.5, -0.25] } });
  expect(await vectors(['a', 'b'])).toEqual([
    [0.5, -0.25],
    [0.5, -0.25],
  ]);
  await bed.mock.answer({
    match: { text: 'cat' },
    once: true,
    answer: {
      embedding: [
        [1, 0],
        [0, 1],
      ],
    },
  });
  expect(await vectors(['cat', 'dog', 'emu'])).toEqual([
    [1, 0],
    [0, 1],
    [0, 1],
  ]);
  await bed.mock.script([{ reply: { embedding: [0, 1] } }]);
  expect(await vectors('a')).toEqual([[0.5, -0.25]]);
  await bed.mock.reset();
  await bed.mock.script([{ reply: { embedding: [0, 1] } }, { answer: 'from the script' }]);
  expect(await vectors('a')).toEqual([[0, 1]]);
});

test('the newest answer without a number of uses is in force; those with one go before it, the oldest first', async () => {
  const say = async () => {
    const messages = [{ role: 'user' as const, content: 'hi' }];
    const { choices } = await bed.client().chat.completions.create({ model: 'gpt-4o-mini', messages });
    return choices[0]?.message.content;
  };
  await bed.mock.answer({ reply: 'first' });
  await bed.mock.answer({ answer: { text: 'second' } });
  await bed.mock.answer({ once: true, reply: 'queued' });
  await bed.mock.answer({ times: 1, answer: 'queued next' });
  expect([await say(), await say(), await say(), await say()]).toEqual(['queued', 'queued next', 'second', 'second']);
  await bed.mock.answer({ match: { text: 'hi' }, reply: { error: { status: 429, code: 'rate_limit_exceeded' } } });
  await expect(say()).rejects.toMatchObject({ status: 429, code: 'rate_limit_exceeded' });
  await bed.mock.reset();
  expect(await say()).toBe('Mock response to: hi');
});
