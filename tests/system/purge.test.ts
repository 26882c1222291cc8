import { Redis } from 'ioredis';
import { expect, inject, test } from 'vitest';
import { needsMock } from '../setup/needs.ts';
import { chat, collect, nonce, sharedRedis } from './ask.ts';
import { startApp, startBed, type Bed } from './bed.ts';
import { jsonOf, send } from './http.ts';
import { modelsAt, startUpstream } from './upstream.ts';

async function ask(bed: Bed, model = 'gpt-4o-mini', content = 'hi'): Promise<string | null> {
  const { response } = await bed.client().chat.completions.create(chat(content, { model })).withResponse();
  return response.headers.get('x-llmproxy-cache');
}

async function purge(bed: Bed, query = ''): Promise<Record<string, unknown>> {
  const answer = await send(`${bed.url}/cache${query}`, { method: 'DELETE' });
  expect(answer.status).toBe(200);
  return jsonOf(answer);
}

const twoModels = {
  moreModels: ([mock]: readonly { baseURL: string }[]) => ({
    'gpt-4o': { endpoints: [{ provider: 'openai', name: 'o', base_url: mock!.baseURL, api_key: 'sk-o' }] },
  }),
};

test('DELETE /cache forgets every answer and says how many', async () => {
  await using bed = await startBed();
  await ask(bed, undefined, 'one');
  await ask(bed, undefined, 'two');
  const told = await purge(bed);
  expect(told).toMatchObject({ deleted_entries: 2, status: 'success' });
  expect(new Date(String(told['timestamp'])).toISOString()).toBe(told['timestamp']);
  expect([await ask(bed, undefined, 'one'), await ask(bed, undefined, 'two')]).toEqual(['miss', 'miss']);
  expect(await bed.requests()).toHaveLength(4);
});

test('DELETE /cache?model= forgets that model alone', async () => {
  await using bed = await startBed(twoModels);
  await ask(bed, 'gpt-4o-mini');
  await ask(bed, 'gpt-4o');
  expect(await purge(bed, '?model=gpt-4o')).toMatchObject({ deleted_entries: 1 });
  expect([await ask(bed, 'gpt-4o-mini'), await ask(bed, 'gpt-4o')]).toEqual(['hit', 'miss']);
  expect(await purge(bed, '?model=no-such-model')).toMatchObject({ deleted_entries: 0 });
});

test('a misspelt parameter purges nothing', async () => {
  await using bed = await startBed();
  await ask(bed);
  const answer = await send(`${bed.url}/cache?modle=gpt-4o`, { method: 'DELETE' });
  expect(answer.status).toBe(400);
  expect(await ask(bed)).toBe('hit');
});

test('a purge in the middle of a stream keeps that answer out', async () => {
  await using bed = await startBed();
  await bed.mock.pace({ tokensPerSecond: 100 });
  const request = { ...chat('Count from 1 to 5'), stream: true } as const;
  const stream = await bed.client().chat.completions.create(request);
  let purged = false;
  for await (const chunk of stream) {
    if (!purged && chunk.choices[0]?.delta.content) {
      await purge(bed);
      purged = true;
    }
  }
  expect(purged).toBe(true);
  const { data, response } = await bed.client().chat.completions.create(request).withResponse();
  await collect(data);
  expect(response.headers.get('x-llmproxy-cache')).toBe('miss');
});

test('a request that comes after a purge does not join what was begun before it', async () => {
  const { promise: opened, resolve: open } = Promise.withResolvers<void>();
  let calls = 0;
  await using upstream = await startUpstream(async (response) => {
    const call = (calls += 1);
    if (call === 1) await opened;
    const message = { role: 'assistant', content: `answer ${call}` };
    const choices = [{ index: 0, message, finish_reason: 'stop' }];
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ id: 'c', object: 'chat.completion', created: 1, model: 'm', choices }));
  });
  const app = await startApp(modelsAt([upstream]));
  const post = async (): Promise<unknown> => {
    const answer = await send(`${app.url}/v1/chat/completions`, { body: chat('hi') });
    const [choice] = jsonOf(answer)['choices'] as { message: { content: string } }[];
    return [answer.headers['x-llmproxy-cache'], choice?.message.content];
  };
  const first = post();
  await expect.poll(() => calls).toBe(1);
  await send(`${app.url}/cache`, { method: 'DELETE' });
  expect(await post()).toEqual(['miss', 'answer 2']);
  open();
  expect(await first).toEqual(['miss', 'answer 1']);
  expect(await post()).toEqual(['hit', 'answer 2']);
  await app.close();
});

test('with Redis it reaches every replica and touches nothing but entries', async (context) => {
  needsMock(context);
  const prefix = `llmproxy-test-${nonce()}`;
  const redis = new Redis(inject('redisUrl'));
  const neighbours = [`${prefix}:something-else`, `${prefix}x:entry`, `other-${prefix}`];
  for (const key of neighbours) await redis.set(key, 'kept');
  const config = { redis: sharedRedis(prefix) };
  await using first = await startBed({ config });
  await using second = await startBed({ config });
  expect(await ask(first)).toBe('miss');
  await expect.poll(() => ask(second, undefined, 'hi')).toBe('hit');
  const before = (await second.requests()).length;
  expect(await purge(first)).toMatchObject({ status: 'success' });
  await expect.poll(async () => (await second.stats()).cache['entries']).toBe(0);
  expect(await ask(second)).toBe('miss');
  expect(await second.requests()).toHaveLength(before + 1);
  expect(await redis.mget(neighbours)).toEqual(['kept', 'kept', 'kept']);
  await redis.del(neighbours);
  redis.disconnect();
});

test('purging wants the admin token where one is configured', async () => {
  await using bed = await startBed({ config: { auth: { admin_token: 'open-sesame' } } });
  await ask(bed);
  const wrong: Record<string, string>[] = [{}, { authorization: 'Bearer wrong' }];
  for (const headers of wrong) {
    const answer = await send(`${bed.url}/cache`, { method: 'DELETE', headers });
    expect(answer.status).toBe(401);
  }
  expect(await ask(bed)).toBe('hit');
  const headers = { authorization: 'Bearer open-sesame' };
  expect((await send(`${bed.url}/cache`, { method: 'DELETE', headers })).status).toBe(200);
  expect(await ask(bed)).toBe('miss');
});
