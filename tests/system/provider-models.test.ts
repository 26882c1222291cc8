import { expect, test } from 'vitest';
import { chat } from './ask.ts';
import { startBed } from './bed.ts';
import { errorOf, send } from './http.ts';

const NAMED = [{ provider_name: 'openai' }, { provider_name: 'Claude' }];

test('PROVIDER/MODEL reaches the endpoints of that provider alone, under the name of the model', async () => {
  await using bed = await startBed({ mocks: 2, endpoints: NAMED });
  const client = bed.client();
  for (const model of ['openai/gpt-4o-mini', 'OpenAI/gpt-4o-mini', 'anthropic/gpt-4o-mini', 'claude/gpt-4o-mini']) {
    await client.chat.completions.create(chat(`hi ${model}`, { model }));
  }
  expect(await bed.sequence()).toBe('aabb');
  expect((await bed.requests()).map(({ model }) => model)).toEqual(Array.from({ length: 4 }, () => 'gpt-4o-mini'));
  const answer = await send(`${bed.url}/v1/chat/completions`, {
    body: chat('once more', { model: 'google/gpt-4o-mini' }),
  });
  expect(answer.status).toBe(404);
  expect(errorOf(answer)).toMatchObject({ code: 'model_not_found' });
});

test('a request for PROVIDER/MODEL does not fail over to endpoints of another provider', async () => {
  await using bed = await startBed({ mocks: 2, endpoints: NAMED });
  await bed.mocks[0]!.fault({ fault: { kind: 'status', status: 500 } });
  const answer = await send(`${bed.url}/v1/chat/completions`, { body: chat('hi', { model: 'openai/gpt-4o-mini' }) });
  expect(answer.status).toBeGreaterThanOrEqual(500);
  expect(await bed.sequence()).toBe('a');
});

test('a model that is configured with a slash in its name is itself, and * takes what no model is', async () => {
  await using bed = await startBed({
    endpoints: NAMED,
    moreModels: ([mock]) => {
      const endpoints = [{ provider: 'openai', base_url: mock!.baseURL, api_key: 'x' }];
      return { 'openai/gpt-4o-mini': { endpoints }, '*': { endpoints } };
    },
  });
  const client = bed.client();
  for (const model of ['openai/gpt-4o-mini', 'mistral/gpt-4o-mini', 'openai/other']) {
    await client.chat.completions.create(chat('hi', { model }));
  }
  expect((await bed.requests()).map(({ model }) => model)).toEqual([
    'openai/gpt-4o-mini',
    'mistral/gpt-4o-mini',
    'openai/other',
  ]);
});

test('what was stored for PROVIDER/MODEL goes when the model is purged', async () => {
  await using bed = await startBed({ endpoints: NAMED });
  const body = chat('hi', { model: 'openai/gpt-4o-mini' });
  const ask = async (): Promise<unknown> =>
    (await send(`${bed.url}/v1/chat/completions`, { body })).headers['x-llmproxy-cache'];
  expect([await ask(), await ask()]).toEqual(['miss', 'hit']);
  const purged = await fetch(`${bed.url}/cache?model=gpt-4o-mini`, { method: 'DELETE' });
  expect(await purged.json()).toMatchObject({ deleted_entries: 1 });
  expect(await ask()).toBe('miss');
});

test('routes that are passed through know PROVIDER/MODEL as well', async () => {
  await using bed = await startBed({ mocks: 2, endpoints: NAMED });
  const body = { model: 'anthropic/gpt-4o-mini', input: 'hi' };
  expect((await send(`${bed.url}/v1/moderations`, { body })).status).toBe(200);
  expect(await bed.sequence()).toBe('b');
  expect((await bed.requests())[0]?.body).toMatchObject({ model: 'gpt-4o-mini' });
});
