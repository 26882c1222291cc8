import { expect, test } from 'vitest';
import { chat, collect, nonce, textOf } from './ask.ts';
import { startBed } from './bed.ts';

test('two hundred different requests at once, every one gets its own answer', async () => {
  await using bed = await startBed({ mocks: 3 });
  const words = Array.from({ length: 200 }, () => nonce());
  const answers = await Promise.all(
    words.map(async (word, index) => {
      if (index % 2 === 0) {
        const { choices } = await bed.client().chat.completions.create(chat(word));
        return choices[0]?.message.content;
      }
      return textOf(await collect(await bed.client().chat.completions.create({ ...chat(word), stream: true })));
    }),
  );
  expect(answers).toEqual(words.map((word) => `Mock response to: ${word}`));
  expect(await bed.requests()).toHaveLength(200);
  expect((await bed.stats()).endpoints.map(({ in_flight: busy }) => busy)).toEqual([0, 0, 0]);
});

test('weights hold for what comes at once as for what comes in turn', async () => {
  await using bed = await startBed({ mocks: 3, endpoints: [{ weight: 5 }, { weight: 1 }, { weight: 1 }] });
  await Promise.all(Array.from({ length: 70 }, () => bed.client().chat.completions.create(chat(nonce()))));
  const counts = await Promise.all(bed.mocks.map(async (mock) => (await mock.requests()).length));
  expect(counts).toEqual([50, 10, 10]);
});

test('all operations at once, over one client', async () => {
  await using bed = await startBed({
    mocks: 2,
    moreModels: ([mock]) => ({
      'text-embedding-3-small': { endpoints: [{ provider: 'openai', base_url: mock!.baseURL, api_key: 'sk-e' }] },
    }),
  });
  const client = bed.client();
  const rounds = Array.from({ length: 20 }, () => nonce()).map(async (word) => {
    const [answer, response, embedding, final, models] = await Promise.all([
      client.chat.completions.create(chat(word)),
      client.responses.create({ model: 'gpt-4o-mini', input: word }),
      client.embeddings.create({ model: 'text-embedding-3-small', input: word }),
      client.responses.stream({ model: 'gpt-4o-mini', input: `${word}!` }).finalResponse(),
      client.models.list(),
    ]);
    expect(answer.choices[0]?.message.content).toBe(`Mock response to: ${word}`);
    expect(response.output_text).toBe(`Mock response to: ${word}`);
    expect(final.output_text).toBe(`Mock response to: ${word}!`);
    expect(embedding.data).toHaveLength(1);
    expect(models.data).toHaveLength(3);
  });
  await Promise.all(rounds);
  expect(await bed.requests()).toHaveLength(80);
});

test('large prompts and large answers do not mix', async () => {
  await using bed = await startBed();
  await Promise.all(
    Array.from({ length: 10 }, async (_none, index) => {
      const text = String(index).repeat(100_000);
      await bed.mock.answer({ match: { text: `size-${index}-` }, reply: { chunks: [text, '.', text] } });
      const stream = await bed.client().chat.completions.create({ ...chat(`size-${index}- ${text}`), stream: true });
      expect(textOf(await collect(stream))).toBe(`${text}.${text}`);
    }),
  );
});
