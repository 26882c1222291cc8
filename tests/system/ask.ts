import { randomBytes } from 'node:crypto';
import type { OpenAI } from 'openai';
import { inject } from 'vitest';
import type { JournalEntry } from '../../mocks/index.ts';
import { connectMock } from '../../mocks/index.ts';
import { clientOf, MODEL } from './bed.ts';

/** Without `stream`: each test says how it wants its answer. */
export type ChatRequest = Omit<OpenAI.ChatCompletionCreateParamsNonStreaming, 'stream'>;

/** A word that no other test has said: what stands in a prompt of its own is cached for no other test. */
export function nonce(): string {
  return randomBytes(6).toString('hex');
}

export function chat(content: string, more: Partial<ChatRequest> = {}): ChatRequest {
  return { model: MODEL, messages: [{ role: 'user', content }], ...more };
}

/**
 * The Redis of the test run, under a prefix that no other test has. A busy machine must not count as a Redis in trouble: the
 * proxy would drop what it has in memory once Redis is back.
 */
export function sharedRedis(prefix = `llmproxy-test-${nonce()}`): { url: string; prefix: string; timeout: string } {
  return { url: inject('redisUrl'), prefix, timeout: '10s' };
}

/** The client of the proxy that global setup started. */
export function sharedClient(options: Parameters<typeof clientOf>[1] = {}): OpenAI {
  const key = inject('live') ? 'sk-none' : 'sk-client';
  return clientOf(inject('proxyUrl'), { apiKey: key, maxRetries: inject('live') ? 2 : 0, ...options });
}

/** What the mocks behind the shared proxy have seen of the requests whose body or path holds `word`. */
export async function seenWith(word: string): Promise<JournalEntry[]> {
  const journals = await Promise.all(inject('mockUrls').map((url) => connectMock(url).requests()));
  return journals
    .flat()
    .filter((entry) => `${entry.path} ${JSON.stringify(entry.body)}`.includes(word))
    .toSorted((a, b) => a.at - b.at);
}

/** All there is to read of a stream. */
export async function collect<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const one of stream) all.push(one);
  return all;
}

export function textOf(chunks: readonly OpenAI.ChatCompletionChunk[]): string {
  return chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('');
}
