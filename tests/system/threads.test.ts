import Anthropic from '@anthropic-ai/sdk';
import { expect, test } from 'vitest';
import { startMock } from '../../mocks/index.ts';
import { startApp } from './bed.ts';

test('a thread of messages goes on at the endpoint that keeps it, and its answers are not stored', async () => {
  await using first = await startMock();
  await using second = await startMock();
  const endpoints = [first, second].map(({ url }, index) => ({
    provider: 'anthropic',
    name: `e${index}`,
    base_url: url,
    api_key: `sk-ant-${index}`,
    model: 'claude-sonnet-4-5',
  }));
  const app = await startApp({ models: { talker: { strategy: 'round-robin', endpoints } } });
  try {
    const client = new Anthropic({ baseURL: app.url, apiKey: 'sk-client', maxRetries: 0 });
    const ask = async (content: string, thread: object) => {
      const request = { model: 'talker', max_tokens: 100, messages: [{ role: 'user' as const, content }], thread };
      return client.messages.create(request).withResponse();
    };
    for (const name of ['Ada', 'Grace', 'Lise']) {
      const start = await ask(`My name is ${name}.`, { type: 'create' });
      const next = await ask('What is my name?', { type: 'continue', previous_message_id: start.data.id });
      expect(next.response.headers.get('x-llmproxy-cache')).toBe('bypass');
      expect(next.response.headers.get('x-llmproxy-endpoint')).toBe(start.response.headers.get('x-llmproxy-endpoint'));
    }
    for (const mock of [first, second]) {
      const asked = (await mock.requests()).filter(({ method }) => method === 'POST');
      expect(asked.length).toBeGreaterThan(0);
      expect(asked.map(({ status }) => status)).toEqual(asked.map(() => 200));
    }
  } finally {
    await app.close();
  }
});
