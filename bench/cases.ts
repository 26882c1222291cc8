import type { ChatOptions } from './jobs.ts';
import type { CaseId } from './results.ts';
import type { ServerName } from './servers.ts';

/** A closed loop that is run against several servers in every round. */
export interface Case {
  readonly id: CaseId;
  readonly title: string;
  readonly servers: readonly ServerName[];
  readonly chat: Omit<ChatOptions, 'upstream' | 'path'>;
  /** What the stream of an answer ends with that is not upstream's own: the proxy translates it. */
  readonly translated?: string;
  readonly connections: number;
  /** Requests a round. */
  readonly total: number;
  /** Requests before the first round, so that the compilers are done and the caches full. */
  readonly warm: number;
}

const EVERY_SERVER: readonly ServerName[] = [
  'direct',
  'floor',
  'relay',
  'nginx',
  'haproxy',
  'middleware',
  'portkey',
  'llmproxy',
];
const WITH_KEYS: readonly ServerName[] = ['llmproxy', 'llmproxy-keys'];
const CHAT_END = 'data: [DONE]';
const MESSAGES_END = '"type":"message_stop"}';
const CACHES: readonly ServerName[] = ['nginx', ...WITH_KEYS];
const KB = 1_024;

const hit = (id: CaseId, title: string, bytes: number, total: number): Case => ({
  id,
  title,
  servers: CACHES,
  chat: { model: 'bench-json', bytes, stream: false, unique: false },
  connections: 16,
  total,
  warm: 3_000,
});

/** Like `stream-paced`, by the proxy alone. */
const paced = (
  id: CaseId,
  title: string,
  { chat, translated }: { chat: Pick<Case['chat'], 'model' | 'client'>; translated?: string },
): Case => ({
  id,
  title,
  servers: ['llmproxy'],
  chat: { bytes: 512, stream: true, unique: true, ...chat },
  ...(translated === undefined ? {} : { translated }),
  connections: 60,
  total: 120,
  warm: 120,
});

export const CASES: readonly Case[] = [
  {
    id: 'pass-small',
    title: 'JSON pass-through, 0.5 KB prompt (cache off)',
    servers: [...EVERY_SERVER, 'llmproxy-keys'],
    chat: { model: 'bench-json-plain', bytes: 512, stream: false, unique: true },
    connections: 16,
    total: 6_000,
    warm: 4_000,
  },
  {
    id: 'record-small',
    title: 'JSON miss, 0.5 KB prompt (looked up, recorded, stored)',
    servers: WITH_KEYS,
    chat: { model: 'bench-json', bytes: 512, stream: false, unique: true },
    connections: 16,
    total: 6_000,
    warm: 4_000,
  },
  {
    id: 'pass-large',
    title: 'JSON pass-through, 100 KB prompt (cache off)',
    servers: EVERY_SERVER,
    chat: { model: 'bench-json-plain', bytes: 100 * KB, stream: false, unique: true },
    connections: 8,
    total: 1_000,
    warm: 500,
  },
  {
    id: 'stream-paced',
    title: 'stream of 100 events 5 ms apart (llmproxy: recorded and stored)',
    servers: EVERY_SERVER,
    chat: { model: 'bench-paced', bytes: 512, stream: true, unique: true },
    connections: 60,
    total: 120,
    warm: 120,
  },
  paced('stream-messages', 'the same by a Messages client at a Messages endpoint', {
    chat: { model: 'bench-paced-messages', client: 'messages' },
  }),
  paced('chat-to-messages', 'translated stream: a chat client at a Messages endpoint', {
    chat: { model: 'bench-paced-messages' },
    translated: CHAT_END,
  }),
  paced('messages-to-chat', 'translated stream: a Messages client at a chat endpoint', {
    chat: { model: 'bench-paced', client: 'messages' },
    translated: MESSAGES_END,
  }),
  {
    id: 'first-event',
    title: 'first byte of a stream, one at a time (llmproxy: recorded and stored)',
    servers: EVERY_SERVER,
    chat: { model: 'bench-burst', bytes: 512, stream: true, unique: true },
    connections: 1,
    total: 60,
    warm: 30,
  },
  hit('hit-small', 'hit from memory, JSON, 0.5 KB prompt', 512, 8_000),
  hit('hit-medium', 'hit from memory, JSON, 8 KB prompt', 8 * KB, 5_000),
  hit('hit-large', 'hit from memory, JSON, 100 KB prompt', 100 * KB, 1_500),
  {
    id: 'hit-stream',
    title: 'hit from memory, stream of 27 KB',
    servers: ['llmproxy'],
    chat: { model: 'bench-burst', bytes: 512, stream: true, unique: false },
    connections: 16,
    total: 5_000,
    warm: 3_000,
  },
  {
    id: 'hit-redis',
    title: 'hit from Redis, JSON, 0.5 KB prompt',
    servers: ['llmproxy-redis', 'llmproxy-keys-redis'],
    chat: { model: 'bench-json', bytes: 512, stream: false, unique: false },
    connections: 16,
    total: 4_000,
    warm: 3_000,
  },
];

/** Whether a case needs endpoints of Anthropic's API. */
export function needsMessages({ chat }: Case): boolean {
  return chat.client === 'messages' || chat.model.includes('-messages');
}

/** nginx caches below its own path. */
export function pathFor(server: ServerName, { chat }: Case): string {
  if (chat.client === 'messages') return '/v1/messages';
  return server === 'nginx' && !chat.unique ? '/cached/v1/chat/completions' : '/v1/chat/completions';
}
