import { expect, test } from 'vitest';
import { needsMock, needsModel } from '../setup/needs.ts';
import { chat, nonce, seenWith, sharedClient, type ChatRequest, sharedRedis } from './ask.ts';
import { clientOf, MODEL, startApp, startBed } from './bed.ts';
import { modelsAt } from './upstream.ts';

/** What the cache said, and the answer. */
async function ask(request: ChatRequest): Promise<{ cache: string | null; id: string; headers: Headers }> {
  const { data, response } = await sharedClient().chat.completions.create(request).withResponse();
  return { cache: response.headers.get('x-llmproxy-cache'), id: data.id, headers: response.headers };
}

test('the second equal request is answered from the cache, and the endpoint does not hear of it', async (context) => {
  needsModel(context, MODEL);
  const word = nonce();
  const first = await ask(chat(word));
  const second = await ask(chat(word));
  expect([first.cache, second.cache]).toEqual(['miss', 'hit']);
  expect(second.id).toBe(first.id);
  needsMock(context);
  expect(await seenWith(word)).toHaveLength(1);
});

test('a hit says how old it is and what RFC 9211 wants to know', async (context) => {
  needsMock(context);
  const word = nonce();
  const miss = await ask(chat(word));
  const hit = await ask(chat(word));
  expect(miss.headers.get('cache-status')).toBe('llmproxy; fwd=uri-miss');
  expect(miss.headers.get('age')).toBeNull();
  expect(hit.headers.get('cache-status')).toBe('llmproxy; hit');
  expect(hit.headers.get('age')).toMatch(/^\d+$/);
  expect(hit.headers.get('x-llmproxy-endpoint')).toBe(miss.headers.get('x-llmproxy-endpoint'));
  expect([miss.headers.get('x-llmproxy-attempts'), hit.headers.get('x-llmproxy-attempts')]).toEqual(['1', '0']);
  expect(hit.headers.get('x-request-id')).not.toBe(miss.headers.get('x-request-id'));
});

const word = nonce();
const original = chat(word, { temperature: 0.5, seed: 1 });

test.each<[string, ChatRequest]>([
  ['another temperature', { ...original, temperature: 0.6 }],
  ['another seed', { ...original, seed: 2 }],
  ['another model', { ...original, model: 'gpt-4o' }],
  ['another prompt', chat(`${word}!`, { temperature: 0.5, seed: 1 })],
  ['a further message', { ...original, messages: [{ role: 'system', content: 'x' }, ...original.messages] }],
  ['an unknown field', { ...original, some_new_field: true } as ChatRequest],
  ['a tool', { ...original, tools: [{ type: 'function', function: { name: 'f' } }] }],
])('%s is another request', async (_what, request) => {
  await ask(original);
  const answer = await ask(request);
  expect(answer.cache).toBe('miss');
});

test.each<[string, (base: ChatRequest) => object]>([
  ['the order of the fields', ({ model, messages, seed }) => ({ seed, messages, model })],
  ['the user', (base) => ({ ...base, user: nonce() })],
  ['metadata', (base) => ({ ...base, metadata: { run: nonce() } })],
  ['the prompt cache key', (base) => ({ ...base, prompt_cache_key: nonce() })],
  ['the safety identifier', (base) => ({ ...base, safety_identifier: nonce() })],
])('%s makes no difference', async (_what, change) => {
  const base = chat(nonce(), { seed: 0 });
  const first = await ask(base);
  const second = await ask(change(base) as ChatRequest);
  expect([first.cache, second.cache]).toEqual(['miss', 'hit']);
});

test('equal numbers in other words and other white space find the same entry', async () => {
  const text = nonce();
  await using bed = await startBed();
  const send = async (body: string): Promise<string | null> => {
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${bed.url}/v1/chat/completions`, { method: 'POST', headers, body });
    await answer.text();
    return answer.headers.get('x-llmproxy-cache');
  };
  const messages = `"messages":[{"role":"user","content":"${text}"}]`;
  expect(await send(`{"model":"${MODEL}",${messages},"temperature":0}`)).toBe('miss');
  expect(await send(`{ "temperature" : 0.0, "model":"${MODEL}" , ${messages} }`)).toBe('hit');
  expect(await send(`{"model":"${MODEL}",${messages},"temperature":-0e3}`)).toBe('hit');
  expect(await bed.requests()).toHaveLength(1);
});

test.each([
  ['an error', { kind: 'status', status: 400 }],
  ['an answer that is cut off', { kind: 'cut', atByte: 100 }],
  ['an empty answer', { kind: 'empty' }],
] as const)('%s is not stored', async (_what, fault) => {
  await using bed = await startBed();
  await bed.mock.fault({ times: 1, fault });
  await expect(bed.client().chat.completions.create(chat('hi'))).rejects.toThrow();
  const { response } = await bed.client().chat.completions.create(chat('hi')).withResponse();
  expect(response.headers.get('x-llmproxy-cache')).toBe('miss');
  expect(await bed.requests()).toHaveLength(2);
});

test('an entry larger than the limit is passed on and not stored', async () => {
  await using bed = await startBed({ model: { cache: { max_entry: 2000 } } });
  await bed.mock.answer({ match: { text: 'long' }, reply: { text: 'x'.repeat(3000) } });
  for (const cache of ['miss', 'miss']) {
    const { data, response } = await bed.client().chat.completions.create(chat('long')).withResponse();
    expect(data.choices[0]?.message.content).toHaveLength(3000);
    expect(response.headers.get('x-llmproxy-cache')).toBe(cache);
  }
});

test('a model whose cache is off asks its endpoint each time', async () => {
  await using bed = await startBed({ model: { cache: { enabled: false } } });
  for (let turn = 0; turn < 2; turn += 1) {
    const { response } = await bed.client().chat.completions.create(chat('hi')).withResponse();
    expect(response.headers.get('x-llmproxy-cache')).toBe('bypass');
  }
  expect(await bed.requests()).toHaveLength(2);
});

test('embeddings and legacy completions are cached as well', async (context) => {
  needsMock(context);
  const text = nonce();
  const client = sharedClient();
  const statuses = async (call: () => Promise<{ response: Response }>): Promise<(string | null)[]> => {
    const first = await call();
    const second = await call();
    return [first, second].map(({ response }) => response.headers.get('x-llmproxy-cache'));
  };
  const embed = () => client.embeddings.create({ model: 'text-embedding-3-small', input: text }).withResponse();
  const complete = () => client.completions.create({ model: 'gpt-3.5-turbo-instruct', prompt: text }).withResponse();
  expect(await statuses(embed)).toEqual(['miss', 'hit']);
  expect(await statuses(complete)).toEqual(['miss', 'hit']);
  expect(await seenWith(text)).toHaveLength(2);
});

test('an answer outlives the proxy that stored it: another one with the same Redis replays it', async (context) => {
  needsMock(context);
  const config = { redis: sharedRedis() };
  const request = chat(nonce());
  await using first = await startBed({ config });
  const second = await startApp({ ...config, ...modelsAt(first.mocks) });
  const stored = await first.client().chat.completions.create(request);
  await expect.poll(async () => (await first.stats()).cache['stored']).toBe(1);
  const { data, response } = await clientOf(second.url).chat.completions.create(request).withResponse();
  expect(data).toEqual(stored);
  expect(response.headers.get('x-llmproxy-cache')).toBe('hit');
  expect(await first.requests()).toHaveLength(1);
  await second.close();
});
