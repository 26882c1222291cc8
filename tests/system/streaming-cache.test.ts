import type { OpenAI } from 'openai';
import { expect, inject, test } from 'vitest';
import { needsMock, needsModel } from '../setup/needs.ts';
import { chat, collect, nonce, seenWith, sharedClient } from './ask.ts';
import { MODEL, startBed } from './bed.ts';
import { send } from './http.ts';

type Chunk = OpenAI.ChatCompletionChunk;

async function stream(content: string, usage = false): Promise<{ cache: string | null; chunks: Chunk[] }> {
  const options = usage ? { stream_options: { include_usage: true } } : {};
  const request = { ...chat(content), stream: true, ...options } as const;
  const { data, response } = await sharedClient().chat.completions.create(request).withResponse();
  return { cache: response.headers.get('x-llmproxy-cache'), chunks: await collect(data) };
}

test('the second equal stream is replayed chunk for chunk, and the endpoint does not hear of it', async (context) => {
  needsModel(context, MODEL);
  const word = nonce();
  const first = await stream(word);
  const second = await stream(word);
  expect([first.cache, second.cache]).toEqual(['miss', 'hit']);
  expect(second.chunks).toEqual(first.chunks);
  needsMock(context);
  expect(await seenWith(word)).toHaveLength(1);
});

test('a replay is byte for byte what the miss was', async (context) => {
  needsMock(context);
  const body = { ...chat(nonce()), stream: true };
  const miss = await send(`${inject('proxyUrl')}/v1/chat/completions`, { body });
  const hit = await send(`${inject('proxyUrl')}/v1/chat/completions`, { body });
  expect(hit.headers['x-llmproxy-cache']).toBe('hit');
  expect(hit.body.toString()).toBe(miss.body.toString());
  expect(hit.headers['content-type']).toBe(miss.headers['content-type']);
});

test('one entry serves who wants usage and who does not', async (context) => {
  needsMock(context);
  const word = nonce();
  const plain = await stream(word);
  const counted = await stream(word, true);
  const again = await stream(word);
  expect([plain.cache, counted.cache, again.cache]).toEqual(['miss', 'hit', 'hit']);
  expect(counted.chunks.at(-1)?.usage).toMatchObject({ completion_tokens: expect.any(Number) as number });
  expect(again.chunks.some((chunk) => 'usage' in chunk)).toBe(false);
  expect(again.chunks).toEqual(plain.chunks);
});

test('a client that wants no obfuscation gets none, from the entry of one that had it', async (context) => {
  needsMock(context);
  const url = `${inject('proxyUrl')}/v1/chat/completions`;
  const body = { ...chat(nonce()), stream: true };
  const full = await send(url, { body });
  const bare = await send(url, { body: { ...body, stream_options: { include_obfuscation: false } } });
  expect(full.body.toString()).toContain('"obfuscation":');
  expect(bare.headers['x-llmproxy-cache']).toBe('hit');
  expect(bare.body.toString()).not.toContain('"obfuscation":');
});

test.each([
  ['in the middle', { kind: 'cut', afterEvents: 4 }],
  ['with an error event', { kind: 'error-first', afterEvents: 4 }],
] as const)('a stream that breaks %s is not stored', async (_where, fault) => {
  await using bed = await startBed();
  await bed.mock.fault({ times: 1, fault });
  const request = { ...chat('Count from 1 to 5'), stream: true } as const;
  const broken = await bed.client().chat.completions.create(request);
  await expect(collect(broken)).rejects.toThrow();
  const { data, response } = await bed.client().chat.completions.create(request).withResponse();
  await collect(data);
  expect(response.headers.get('x-llmproxy-cache')).toBe('miss');
  expect(await bed.requests()).toHaveLength(2);
  expect((await bed.stats()).cache['entries']).toBe(1);
});

test('an answer cut short by a token limit is a complete answer and is stored', async () => {
  await using bed = await startBed();
  const request = { ...chat('tell me of many words'), max_completion_tokens: 3, stream: true } as const;
  const runs = [];
  for (let turn = 0; turn < 2; turn += 1) {
    const { data, response } = await bed.client().chat.completions.create(request).withResponse();
    const chunks = await collect(data);
    runs.push([response.headers.get('x-llmproxy-cache'), chunks.at(-1)?.choices[0]?.finish_reason]);
  }
  expect(runs).toEqual([
    ['miss', 'length'],
    ['hit', 'length'],
  ]);
});
