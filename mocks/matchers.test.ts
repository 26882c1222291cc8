import OpenAI from 'openai';
import { test as base, expect } from 'vitest';
import { withRealSockets } from '../tests/setup/mock-bed.ts';
import { canary, sameGeneration, startFleet } from './index.ts';
import { matchers } from './matchers.ts';
import { withMock } from './vitest.ts';

expect.extend(matchers);
withRealSockets();
const test = withMock(base, { trace: true, nonce: true });

const ask = (text: string): OpenAI.ChatCompletionCreateParamsNonStreaming => ({
  model: 'gpt-4o-mini',
  messages: [{ role: 'user', content: text }],
});
const clientOf = (baseURL: string, apiKey = 'sk-test'): OpenAI => new OpenAI({ baseURL, apiKey, maxRetries: 0 });

test('what was received is found by its parts, and the failure names the nearest request', async ({ mock }) => {
  await clientOf(mock.baseURL).chat.completions.create(ask('Hello'));
  await expect(mock).toHaveReceived({ path: '/v1/chat/completions', body: { messages: [{ content: /^Hel/ }] } });
  await expect(mock).toHaveReceivedTimes(1, { model: 'gpt-4o-mini' });
  await expect(mock).not.toHaveReceived({ model: 'gpt-4o' });
  await expect(expect(mock).toHaveReceived({ model: 'gpt-4o', stream: false })).rejects.toThrow(
    'model: expected "gpt-4o", found "gpt-4o-mini"',
  );
  await expect(expect({}).toHaveReceived({})).rejects.toThrow('expected a mock or a fleet of mocks');
});

test('the bill is tokens times price, and a stream that was left early costs what was generated', async ({ mock }) => {
  const client = clientOf(mock.baseURL);
  const { usage } = await client.chat.completions.create(ask('Hello'));
  const [input, output] = [usage!.prompt_tokens, usage!.completion_tokens];
  await expect(mock).toHaveBilled({
    inputTokens: input,
    outputTokens: output,
    usd: (input * 0.15 + output * 0.6) / 1_000_000,
  });
  await mock.reset();
  await mock.pace({ tokensPerSecond: 20 });
  const stream = await client.chat.completions.create({ ...ask('Count from 1 to 5'), stream: true });
  for await (const { choices } of stream) if (choices[0]?.delta.content) break;
  await expect(mock).toHaveSeenAbortWithin(5000);
  await expect(mock).toHaveBilled({ outputTokens: (tokens: number) => tokens > 0 && tokens < 9 } as object);
  await expect(mock).toHaveAccount({ aborted: 1, open: 0, undeliveredTokens: (tokens: number) => tokens > 0 });
});

test('no abort is seen while the client stays', async ({ mock }) => {
  await clientOf(mock.baseURL).chat.completions.create(ask('Hello'));
  await expect(mock).not.toHaveSeenAbortWithin(1);
  await expect(expect(mock).toHaveSeenAbortWithin(1)).rejects.toThrow('None was seen.');
});

test('a secret that came along is found', async ({ mock }) => {
  const secret = canary();
  await clientOf(mock.baseURL).chat.completions.create(ask('Hello'));
  await expect(mock).not.toHaveReceivedCanary(secret);
  await clientOf(mock.baseURL, secret).chat.completions.create(ask('Hello'));
  await expect(mock).toHaveReceivedCanary(secret);
});

test('bytes that were passed on unchanged are recognised', async ({ mock }) => {
  const answer = await fetch(`${mock.baseURL}/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...ask('Hello'), stream: true }),
  });
  const bytes = new Uint8Array(await answer.arrayBuffer());
  await expect(mock).toHaveSentVerbatim(bytes);
  await expect(mock).not.toHaveSentVerbatim(bytes.slice(1));
});

test('with a nonce equal requests have texts of their own, and generations that differ', async ({ mock }) => {
  const client = clientOf(mock.baseURL);
  const [one, two] = [await client.chat.completions.create(ask('a')), await client.chat.completions.create(ask('a'))];
  expect(one.choices[0]?.message.content).toMatch(/^Mock response to: a \[\w{20}\]$/);
  expect(one.choices[0]?.message.content).not.toBe(two.choices[0]?.message.content);
  expect(sameGeneration(one, two)).toBe(false);
  expect(sameGeneration(one, { ...one })).toBe(true);
});

test('a fleet that was asked in turn has served equally, one that was not has not', async () => {
  await using fleet = await startFleet(2);
  for (const mock of fleet.mocks) await clientOf(mock.baseURL).chat.completions.create(ask('Hello'));
  await expect(fleet).toHaveServedEqually();
  for (const text of ['a', 'b']) await clientOf(fleet.mocks[0]!.baseURL).chat.completions.create(ask(text));
  await expect(fleet).not.toHaveServedEqually();
  await expect(fleet).toHaveServedEqually({ within: 0.5 });
});
