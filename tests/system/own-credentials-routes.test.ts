import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import { ResponsesWS } from 'openai/resources/responses/ws';
import { describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import type { JournalEntry } from '../../mocks/index.ts';
import { Talk } from '../conformance/sockets.ts';
import { MODEL, type Bed } from './bed.ts';
import { credentialsBed, type CredentialsBed } from './credentials-bed.ts';
import { ask, idOf } from './governed-bed.ts';

const OWN = 'sk-own-key-of-ada-0001';
const BOBS = 'sk-own-key-of-bob-0002';
const SYSTEM = 'sk-endpoint-a';

/** The key of a request, in whatever header. */
function keyOf({ headers, query }: JournalEntry): string {
  const key = headers['authorization'] ?? headers['x-api-key'] ?? headers['x-goog-api-key'] ?? query['key'] ?? '';
  return key.replace(/^Bearer /, '');
}

async function seen(bed: Bed): Promise<string[]> {
  return (await bed.requests()).map((entry) => `${entry.method} ${keyOf(entry)}`);
}

async function adasBed(options: Parameters<typeof credentialsBed>[0] = {}): Promise<CredentialsBed & { id: string }> {
  const made = await credentialsBed(options);
  const { id } = await made.store(made.callers.ada, { provider: 'openai', api_key: OWN });
  return { ...made, id };
}

describe('official SDKs', () => {
  test('each reaches its own provider with the user’s key, unary and as a stream', async () => {
    const { bed, store, callers } = await credentialsBed({
      moreModels: ([mock]) => ({
        'claude-sonnet-5': { endpoints: [{ provider: 'anthropic', base_url: mock!.url, api_key: SYSTEM }] },
        'gemini-3-flash-preview': { endpoints: [{ provider: 'gemini', base_url: mock!.url, api_key: SYSTEM }] },
      }),
    });
    const ids = [];
    for (const provider of ['openai', 'anthropic', 'google']) {
      ids.push((await store(callers.ada, { provider, api_key: `key-of-${provider}-0001` })).id);
    }
    const openai = bed.client({ apiKey: callers.ada });
    const messages = [{ role: 'user', content: 'hello' }] as const;
    const { response } = await openai.chat.completions.create({ model: MODEL, messages: [...messages] }).withResponse();
    expect(response.headers.get('x-llmproxy-credential')).toBe(ids[0]);
    const stream = await openai.chat.completions.create({
      model: MODEL,
      messages: [...messages],
      stream: true,
      seed: 1,
    });
    for await (const _chunk of stream);
    const anthropic = new Anthropic({ baseURL: bed.url, apiKey: callers.ada, maxRetries: 0, logLevel: 'off' });
    const claude = { model: 'claude-sonnet-5', max_tokens: 50, messages: [...messages] };
    expect((await anthropic.messages.create(claude).withResponse()).response.headers.get('x-llmproxy-credential')).toBe(
      ids[1],
    );
    await anthropic.messages.stream({ ...claude, max_tokens: 51 }).finalMessage();
    const gemini = new GoogleGenAI({ apiKey: callers.ada, httpOptions: { baseUrl: bed.url } });
    await gemini.models.generateContent({ model: 'gemini-3-flash-preview', contents: 'hello' });
    const events = await gemini.models.generateContentStream({
      model: 'gemini-3-flash-preview',
      contents: 'hello you',
    });
    for await (const _event of events);
    const journal = await bed.requests();
    expect(journal.map(({ headers }) => headers['authorization'])).toEqual([
      'Bearer key-of-openai-0001',
      'Bearer key-of-openai-0001',
      ...Array.from({ length: 4 }),
    ]);
    expect(journal.map(({ headers }) => headers['x-api-key']).slice(2, 4)).toEqual(
      Array.from({ length: 2 }, () => 'key-of-anthropic-0001'),
    );
    expect(journal.map(({ headers }) => headers['x-goog-api-key']).slice(4)).toEqual(
      Array.from({ length: 2 }, () => 'key-of-google-0001'),
    );
  });

  test('a translated request goes with the key of the provider that answers', async () => {
    const { bed, store, callers } = await credentialsBed({
      moreModels: ([mock]) => ({
        'claude-sonnet-5': { endpoints: [{ provider: 'anthropic', base_url: mock!.url, api_key: SYSTEM }] },
      }),
    });
    await store(callers.ada, { provider: 'openai', api_key: OWN });
    const { id } = await store(callers.ada, { provider: 'anthropic', api_key: 'key-of-anthropic-0001' });
    const client = bed.client({ apiKey: callers.ada });
    const asked = { model: 'claude-sonnet-5', messages: [{ role: 'user' as const, content: 'hello' }] };
    const { response } = await client.chat.completions.create(asked).withResponse();
    expect(response.headers.get('x-llmproxy-credential')).toBe(id);
    expect(await seen(bed)).toEqual(['POST key-of-anthropic-0001']);
  });

  test('embeddings, completions and Responses', async () => {
    const { bed, callers } = await adasBed({
      moreModels: ([mock]) => ({
        '*': { endpoints: [{ provider: 'openai', base_url: mock!.baseURL, api_key: SYSTEM }] },
      }),
    });
    const client = bed.client({ apiKey: callers.ada });
    await client.embeddings.create({ model: 'text-embedding-3-small', input: 'x' });
    await client.completions.create({ model: 'gpt-3.5-turbo-instruct', prompt: 'x' });
    await client.responses.create({ model: MODEL, input: 'x' });
    await client.images.generate({ model: 'gpt-image-1', prompt: 'x' });
    await client.moderations.create({ model: 'omni-moderation-latest', input: 'x' });
    expect(await seen(bed)).toEqual(Array.from({ length: 5 }, () => `POST ${OWN}`));
  });
});

describe('what a provider keeps', () => {
  test('a response is read, gone on from and deleted with the key that made it, whatever is the default now', async () => {
    const { bed, callers, store, call, id } = await adasBed({
      config: { credentials: { unique: 'provider_model' } },
    });
    const response = idOf(await ask(bed, callers.ada, 'POST', '/v1/responses', { model: MODEL, input: 'one' }));
    const other = await store(callers.ada, { provider: 'openai', api_key: BOBS, model_name: 'x', is_default: true });
    const next = { model: MODEL, input: 'two', previous_response_id: response };
    expect((await ask(bed, callers.ada, 'POST', '/v1/responses', next)).status).toBe(200);
    for (const credential of [undefined, other.id, 'system']) {
      const headers: Record<string, string> = credential === undefined ? {} : { 'x-llmproxy-credential': credential };
      const got = await ask(bed, { key: callers.ada, headers }, 'GET', `/v1/responses/${response}`);
      expect(got.status).toBe(200);
    }
    expect((await ask(bed, callers.bob, 'GET', `/v1/responses/${response}`)).status).toBe(404);
    expect((await ask(bed, callers.ada, 'DELETE', `/v1/responses/${response}`)).status).toBe(200);
    expect(new Set((await seen(bed)).map((line) => line.split(' ')[1]))).toEqual(new Set([OWN]));
    const again = idOf(await ask(bed, callers.ada, 'POST', '/v1/responses', { model: MODEL, input: 'three' }));
    expect((await seen(bed)).at(-1)).toBe(`POST ${BOBS}`);
    await call(callers.ada, 'DELETE', `/llm-credentials/${other.id}`);
    const count = (await bed.requests()).length;
    expect((await ask(bed, callers.ada, 'GET', `/v1/responses/${again}`)).status).toBe(404);
    const gone = { model: MODEL, input: 'x', previous_response_id: again };
    expect((await ask(bed, callers.ada, 'POST', '/v1/responses', gone)).body.error).toMatchObject({
      code: 'previous_response_not_found',
    });
    expect(await bed.requests()).toHaveLength(count);
    await call(callers.ada, 'PATCH', `/llm-credentials/${id}`, { is_active: false });
  });

  test('what was made with the operator’s key stays with it', async () => {
    const { bed, callers, store } = await credentialsBed();
    const response = idOf(await ask(bed, callers.ada, 'POST', '/v1/responses', { model: MODEL, input: 'one' }));
    await store(callers.ada, { provider: 'openai', api_key: OWN });
    expect((await ask(bed, callers.ada, 'GET', `/v1/responses/${response}`)).status).toBe(200);
    const next = { model: MODEL, input: 'two', previous_response_id: response };
    expect((await ask(bed, callers.ada, 'POST', '/v1/responses', next)).status).toBe(200);
    expect(new Set((await seen(bed)).map((line) => line.split(' ')[1]))).toEqual(new Set([SYSTEM]));
  });

  test('files and batches too', async () => {
    const { bed, callers, call, id } = await adasBed();
    const form = new FormData();
    form.set('purpose', 'batch');
    const body = { model: MODEL, messages: [{ role: 'user', content: 'hi' }] };
    const line = { custom_id: '1', method: 'POST', url: '/v1/chat/completions', body };
    form.set('file', new Blob([`${JSON.stringify(line)}\n`]), 'lines.jsonl');
    const file = idOf(await ask(bed, callers.ada, 'POST', '/v1/files', form));
    await call(callers.ada, 'PUT', `/llm-credentials/${id}/default`);
    const system = { key: callers.ada, headers: { 'x-llmproxy-credential': 'system' } };
    const made = { input_file_id: file, endpoint: '/v1/chat/completions', completion_window: '24h' };
    const batch = idOf(await ask(bed, callers.ada, 'POST', '/v1/batches', made));
    expect((await ask(bed, system, 'GET', `/v1/batches/${batch}`)).status).toBe(200);
    expect((await ask(bed, callers.ada, 'GET', `/v1/files/${file}`)).status).toBe(200);
    expect(new Set((await seen(bed)).map((entry) => entry.split(' ')[1]))).toEqual(new Set([OWN]));
    await call(callers.ada, 'DELETE', `/llm-credentials/${id}`);
    expect((await ask(bed, callers.ada, 'GET', `/v1/files/${file}`)).status).toBe(404);
  });
});

describe('sockets', () => {
  const realtime = {
    moreModels: ([mock]: Bed['mocks']) => ({
      'gpt-realtime': { endpoints: [{ provider: 'openai', base_url: mock!.baseURL, api_key: SYSTEM }] },
    }),
  };

  test('a realtime session is opened with the user’s key, and says so', async () => {
    const { bed, callers, id } = await adasBed(realtime);
    const socket = new WebSocket(`${bed.url.replace('http', 'ws')}/v1/realtime?model=gpt-realtime`, {
      headers: { authorization: `Bearer ${callers.ada}` },
    });
    onTestFinished(() => socket.terminate());
    const headers = await new Promise((resolve, reject) => {
      socket.once('upgrade', (response) => resolve(response.headers));
      socket.once('error', reject);
    });
    expect(headers).toMatchObject({ 'x-llmproxy-credential': id, 'x-llmproxy-model': 'gpt-realtime' });
    await expect.poll(() => seen(bed)).toEqual([`GET ${OWN}`]);
  });

  test('requests over a socket of the Responses API go with the key that is in force when they come', async () => {
    const { bed, callers, call, id } = await adasBed();
    const client = bed.client({ apiKey: callers.ada });
    const ws = new ResponsesWS(client);
    onTestFinished(() => ws.close());
    const talk = new Talk();
    ws.on('event', (event) => talk.push(event));
    let count = 0;
    const create = async (input: string): Promise<void> => {
      ws.send({ type: 'response.create', model: MODEL, input, store: false });
      count += 1;
      await talk.next('response.completed', count);
    };
    await create('one');
    await call(callers.ada, 'PATCH', `/llm-credentials/${id}`, { api_key: 'sk-rotated-key-0009' });
    await create('two');
    await call(callers.ada, 'DELETE', `/llm-credentials/${id}`);
    await create('three');
    expect(new Set((await seen(bed)).filter((line) => line.startsWith('GET')))).toEqual(
      new Set([`GET ${OWN}`, 'GET sk-rotated-key-0009', `GET ${SYSTEM}`]),
    );
  });
});
