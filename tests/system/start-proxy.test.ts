import OpenAI from 'openai';
import { expect, test } from 'vitest';
import { startMock } from '../../mocks/index.ts';
import { ConfigError, startProxy } from '../../proxy/index.ts';

test('a proxy in this process stands between an application and a mock, on a free port', async () => {
  await using mock = await startMock();
  await using proxy = await startProxy({
    models: {
      chat: { endpoints: [{ provider: 'openai', base_url: mock.baseURL, api_key: 'sk-any', model: 'gpt-4o' }] },
    },
  });
  await mock.answer({ reply: 'through the proxy' });
  const client = new OpenAI({ baseURL: proxy.baseURL, apiKey: 'sk-caller', maxRetries: 0 });
  const { choices } = await client.chat.completions.create({
    model: 'chat',
    messages: [{ role: 'user', content: 'hi' }],
  });
  expect(choices[0]?.message.content).toBe('through the proxy');
  expect(await mock.requests()).toMatchObject([{ model: 'gpt-4o', status: 200 }]);
});

test('a configuration is a text too, reads variables, and ends with every connection when it is closed', async () => {
  await using mock = await startMock();
  const text = `models: { chat: { endpoints: [{ provider: openai, base_url: "\${UPSTREAM}", api_key: k }] } }`;
  const proxy = await startProxy(text, { environment: { UPSTREAM: mock.baseURL } });
  expect((await fetch(`${proxy.baseURL}/models`)).status).toBe(200);
  await proxy.close();
  await expect(fetch(`${proxy.baseURL}/models`)).rejects.toThrow();
});

test('a wrong configuration starts nothing and is refused with all its faults', async () => {
  const started = startProxy({ models: { chat: { endpoints: [] } }, cash: {} });
  await expect(started).rejects.toBeInstanceOf(ConfigError);
  await expect(started).rejects.toThrow(/cash/);
});
