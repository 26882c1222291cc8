import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import { expect, test } from 'vitest';
import { startMock } from '../../mocks/index.ts';
import { startApp } from './bed.ts';

const TEXT = 'The Danube rises in the Black Forest and ends in the Black Sea. '.repeat(20);

test('tokens are estimated, and said to be, where no endpoint of the model counts them; the endpoint is not asked', async () => {
  await using mock = await startMock();
  const models = {
    chat: { endpoints: [{ name: 'e', provider: 'openai', base_url: mock.baseURL, api_key: 'sk-e' }] },
    counts: {
      endpoints: [{ name: 'e', provider: 'anthropic', base_url: mock.url, api_key: 'k', model: 'claude-sonnet-4-5' }],
    },
  };
  const app = await startApp({ models });
  try {
    const anthropic = new Anthropic({ baseURL: app.url, apiKey: 'sk-client', maxRetries: 0 });
    const count = (model: string) =>
      anthropic.messages.countTokens({ model, messages: [{ role: 'user', content: TEXT }] }).withResponse();
    const estimated = await count('chat');
    expect(estimated.response.headers.get('x-llmproxy-estimated')).toBe('tokens');
    expect(await mock.requests()).toEqual([]);
    const counted = await count('counts');
    expect(counted.response.headers.get('x-llmproxy-estimated')).toBeNull();
    expect(estimated.data.input_tokens / counted.data.input_tokens).toBeGreaterThan(0.7);
    expect(estimated.data.input_tokens / counted.data.input_tokens).toBeLessThan(1.4);
    const google = new GoogleGenAI({ apiKey: 'k', httpOptions: { baseUrl: app.url } });
    const { totalTokens } = await google.models.countTokens({ model: 'chat', contents: TEXT });
    expect(totalTokens).toBeGreaterThan(0.7 * counted.data.input_tokens);
  } finally {
    await app.close();
  }
});
