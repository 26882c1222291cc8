import { expect, test } from 'vitest';
import { needsMock, needsModel } from '../setup/needs.ts';
import { chat, nonce, seenWith, sharedClient } from './ask.ts';
import { MODEL, startBed } from './bed.ts';

test('a completion through the proxy is what the official client expects', async (context) => {
  needsModel(context, MODEL);
  const completion = await sharedClient().chat.completions.create(chat(`Say a word about ${nonce()}`));
  expect(completion.object).toBe('chat.completion');
  expect(completion.id).toMatch(/^chatcmpl-/);
  expect(completion.choices[0]?.message.role).toBe('assistant');
  expect(completion.choices[0]?.message.content).toBeTruthy();
  expect(completion.choices[0]?.finish_reason).toBe('stop');
  expect(completion.usage!.total_tokens).toBe(completion.usage!.prompt_tokens + completion.usage!.completion_tokens);
});

test.each([
  ['Hello from LLMProxy', 'Hello from LLMProxy!'],
  ['Count from 1 to 5', '1\n2\n3\n4\n5'],
  ['What is 2+2', '4'],
  ['Name three colors', 'Red\nBlue\nYellow'],
  ['capital of France', 'Paris'],
])('the mock behind the proxy answers %j as ever', async (prompt, answer) => {
  await using bed = await startBed();
  const completion = await bed.client().chat.completions.create(chat(prompt));
  expect(completion.choices[0]?.message.content).toBe(answer);
});

test('the answer says who gave it and carries a request id of its own', async (context) => {
  needsMock(context);
  const { response } = await sharedClient().chat.completions.create(chat(nonce())).withResponse();
  expect(response.headers.get('x-request-id')).toMatch(/^req_[0-9a-f]{32}$/);
  expect(response.headers.get('x-llmproxy-endpoint')).toMatch(/^gpt-4o-mini\/mock-[12]$/);
  expect(response.headers.get('x-llmproxy-attempts')).toBe('1');
  expect(response.headers.get('openai-version')).toBe('2020-10-01');
  expect(response.headers.get('set-cookie')).toBeNull();
});

test('the endpoint sees its own key, the body unchanged, and one call', async (context) => {
  needsMock(context);
  const word = nonce();
  const body = { ...chat(word), temperature: 0.25, seed: 7, unknown_field: { kept: [1, 2.5, 'x'] } };
  await sharedClient().post('/chat/completions', { body }).asResponse();
  const seen = await seenWith(word);
  expect(seen).toHaveLength(1);
  expect(seen[0]?.body).toEqual(body);
  expect(seen[0]?.headers['authorization']).toMatch(/^Bearer sk-test-[123]$/);
});

test('several turns, a system prompt and several choices arrive', async (context) => {
  needsMock(context);
  const completion = await sharedClient().chat.completions.create({
    model: MODEL,
    n: 3,
    messages: [
      { role: 'system', content: 'You are brief.' },
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: 'Hello.' },
      { role: 'user', content: `Tell me about ${nonce()}` },
    ],
  });
  expect(completion.choices.map(({ index }) => index)).toEqual([0, 1, 2]);
});

test('embeddings, legacy completions and models work through the same address', async (context) => {
  needsMock(context);
  const client = sharedClient();
  const embeddings = await client.embeddings.create({ model: 'text-embedding-3-small', input: [nonce(), nonce()] });
  expect(embeddings.data.map(({ embedding }) => embedding.length)).toEqual([1536, 1536]);
  const completion = await client.completions.create({ model: 'gpt-3.5-turbo-instruct', prompt: nonce() });
  expect(completion.choices[0]?.text).toBeTruthy();
  const names = (await client.models.list()).data.map(({ id }) => id);
  expect(names).toEqual(expect.arrayContaining([MODEL, 'gpt-4o', 'text-embedding-3-small']));
  expect(await client.models.retrieve('gpt-4o')).toMatchObject({ id: 'gpt-4o', object: 'model' });
});
