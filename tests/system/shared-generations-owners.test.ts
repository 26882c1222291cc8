import OpenAI from 'openai';
import { expect, onTestFinished, test } from 'vitest';
import { startMock } from '../../mocks/index.ts';
import { startProxy } from '../setup/services.ts';
import { chat, nonce, sharedRedis } from './ask.ts';
import { budget } from './governed.ts';
import { type Replica, sqliteFile, startReplica, testRedis, usageOf } from './governed-replicas.ts';
import { send } from './http.ts';

const SLOW = { pace: { firstEventMs: 1_500 } };

test('what equal requests at two replicas cost is what the endpoint bills: once', async () => {
  const mock = await startMock(SLOW);
  onTestFinished(() => mock.close());
  const shared = {
    database: sqliteFile(),
    redis: testRedis(),
    mock,
    config: { cache: { share_generations: 'replicas', scope: 'shared' } },
  };
  const one = await startReplica(shared);
  const two = await startReplica(shared);
  const replicas: readonly Replica[] = [one, two];
  const key = await one.make('virtual-keys', budget(1_000));
  const secret = String(key['value']);
  const body = { ...chat(nonce()), model: 'gpt-4' };
  const headers = { authorization: `Bearer ${secret}` };
  await expect
    .poll(async () => (await fetch(`${two.proxy.url}/v1/models`, { headers })).status, { timeout: 10_000 })
    .toBe(200);
  const answers = await Promise.all(
    Array.from({ length: 30 }, (_, index) =>
      send(`${replicas[index % 2]!.proxy.url}/v1/chat/completions`, { body, headers }),
    ),
  );
  expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 30 }, () => 200));
  const results = Object.groupBy(answers, (answer) => String(answer.headers['x-llmproxy-cache']));
  expect(results['miss']).toHaveLength(1);
  const calls = (await mock.requests()).filter(({ path }) => path.includes('chat'));
  expect(calls).toHaveLength(1);
  // Each call costs one cent; who joins owes nothing, and has a row all the same.
  await expect
    .poll(
      async () => {
        const { json } = await one.api('GET', '/usage');
        const { cost_usd: cost, saved_by_cache_usd: saved } = json['totals'] as Record<string, number>;
        return [cost, saved];
      },
      { timeout: 5_000 },
    )
    .toEqual([0.01, 0.29]);
  await expect.poll(async () => (await usageOf(one, key.id)).cents, { timeout: 5_000 }).toBe(1);
}, 60_000);

test('of one Responses stream at two replicas each client sees its own metadata, and no one else’s', async () => {
  const mock = await startMock(SLOW);
  onTestFinished(() => mock.close());
  const endpoint = { provider: 'openai', base_url: mock.baseURL, api_key: 'k' };
  const config = {
    redis: sharedRedis(),
    cache: { share_generations: 'replicas' },
    models: { 'gpt-4o-mini': { endpoints: [endpoint] } },
  };
  const proxies = await Promise.all([startProxy({ config }), startProxy({ config })]);
  onTestFinished(async () => {
    await Promise.all(proxies.map((proxy) => proxy.stop()));
  });
  const input = nonce();
  const texts = await Promise.all(
    ['first', 'second'].map(async (who, index) => {
      const client = new OpenAI({ baseURL: `${proxies[index]!.url}/v1`, apiKey: 'k', maxRetries: 0 });
      const request = {
        model: 'gpt-4o-mini',
        input,
        store: false,
        metadata: { who },
        user: who,
        stream: true,
      } as const;
      const events: unknown[] = [];
      for await (const event of await client.responses.create(request)) events.push(event);
      return JSON.stringify(events);
    }),
  );
  expect((await mock.requests()).filter(({ path }) => path.includes('responses'))).toHaveLength(1);
  expect(texts.map((text) => [text.includes('"who":"first"'), text.includes('"who":"second"')])).toEqual([
    [true, false],
    [false, true],
  ]);
});

test('callers of different scopes share nothing', async () => {
  const mock = await startMock(SLOW);
  onTestFinished(() => mock.close());
  const config = {
    redis: sharedRedis(),
    cache: { share_generations: 'replicas' },
    models: { 'gpt-4o-mini': { endpoints: [{ provider: 'openai', base_url: mock.baseURL, api_key: 'forward' }] } },
  };
  const proxies = await Promise.all([startProxy({ config }), startProxy({ config })]);
  onTestFinished(async () => {
    await Promise.all(proxies.map((proxy) => proxy.stop()));
  });
  const body = chat(nonce());
  const ask = (index: number, key: string) =>
    send(`${proxies[index]!.url}/v1/chat/completions`, { body, headers: { authorization: `Bearer ${key}` } });
  const answers = await Promise.all([ask(0, 'sk-one'), ask(1, 'sk-two'), ask(1, 'sk-one'), ask(0, 'sk-two')]);
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  expect(await mock.requests()).toHaveLength(2);
});

const MESSAGES = [{ role: 'user', content: 'Hello' }];

test.each([
  ['/v1/messages', { model: 'gpt-4o-mini', messages: MESSAGES, max_tokens: 50 }],
  ['/v1/responses', { model: 'gpt-4o-mini', input: 'Hello', store: false }],
  ['/v1beta/models/gpt-4o-mini:generateContent', { contents: [{ role: 'user', parts: [{ text: 'Hello' }] }] }],
  ['/v1/embeddings', { model: 'text-embedding-3-small', input: 'Hello' }],
])('equal requests of %s at two replicas cost one call, translated or not', async (path, body) => {
  const mock = await startMock(SLOW);
  onTestFinished(() => mock.close());
  const endpoints = [{ provider: 'openai', base_url: mock.baseURL, api_key: 'k' }];
  const config = {
    redis: sharedRedis(),
    cache: { share_generations: 'replicas' },
    models: { 'gpt-4o-mini': { endpoints }, 'text-embedding-3-small': { endpoints } },
  };
  const proxies = await Promise.all([startProxy({ config }), startProxy({ config })]);
  onTestFinished(async () => {
    await Promise.all(proxies.map((proxy) => proxy.stop()));
  });
  const answers = await Promise.all(proxies.map(({ url }) => send(url + path, { body })));
  expect(answers.map(({ status }) => status)).toEqual([200, 200]);
  expect(answers[0]!.body.equals(answers[1]!.body)).toBe(true);
  const results = answers.map((answer) => String(answer.headers['x-llmproxy-cache']));
  expect(new Set(results)).toEqual(new Set(['joined', 'miss']));
  expect(await mock.requests()).toHaveLength(1);
});
