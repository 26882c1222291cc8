import type { ChatOptions } from './jobs.ts';
import type { CaseId } from './results.ts';
import type { ServerName } from './servers.ts';

/** A loop that is run against several servers in every round. */
export interface Case {
  readonly id: CaseId;
  readonly title: string;
  readonly servers: readonly ServerName[];
  /** Unique requests are all to reach upstream; of equal ones only the first may. */
  readonly chat: Omit<ChatOptions, 'upstream' | 'path'>;
  /** What the stream of an answer ends with that is not upstream's own: the proxy translates it. */
  readonly translated?: string;
  readonly connections: number;
  /** Requests a second. Without it each connection sends its next request when it has the answer to the last one. */
  readonly rate?: number;
  /** Requests a round. */
  readonly total: number;
  /** Requests of a window of the warm-up, which goes on until two windows agree. */
  readonly warm: number;
  /** Cores that the machine has to have. */
  readonly cores?: number;
}

/** What LiteLLM and Portkey need many times as long for is done by them less often. */
export function shareOf(server: ServerName): number {
  return ({ litellm: 0.03, portkey: 0.25 } as Partial<Record<ServerName, number>>)[server] ?? 1;
}

type Load = Pick<Case, 'connections' | 'total' | 'warm'> & { readonly rate?: number };

export const miss = (id: CaseId, title: string, servers: readonly ServerName[], bytes: number, load: Load): Case => ({
  id,
  title,
  servers,
  chat: { model: 'bench-json-plain', bytes, stream: false, unique: true },
  ...load,
});

export const hit = (
  id: CaseId,
  title: string,
  servers: readonly ServerName[],
  chat: Partial<Case['chat']>,
  load: Load,
): Case => ({
  id,
  title,
  servers,
  chat: { model: 'bench-json', bytes: 512, stream: false, unique: false, ...chat },
  ...load,
});

/** Streams of 100 events 5 ms apart, recorded and stored. */
export const paced = (id: CaseId, title: string, servers: readonly ServerName[], rest: Partial<Case> = {}): Case => ({
  id,
  title,
  servers,
  connections: 60,
  total: 120,
  warm: 60,
  ...rest,
  chat: { model: 'bench-paced', bytes: 512, stream: true, unique: true, ...rest.chat },
});

export const messages = (model: string, client?: 'messages'): Case['chat'] => ({
  model,
  bytes: 512,
  stream: true,
  unique: true,
  ...(client === undefined ? {} : { client }),
});

/** Whether a case needs endpoints of Anthropic's API. */
export function needsMessages({ chat }: Case): boolean {
  return chat.client === 'messages' || chat.model.includes('-messages');
}

/** nginx caches below its own path. */
export function pathFor(server: ServerName, { chat }: Case): string {
  if (chat.client === 'messages') return '/v1/messages';
  return server === 'nginx' && !chat.unique ? '/cached/v1/chat/completions' : '/v1/chat/completions';
}

/** Servers that stand for another model of the same proxy. */
export function modelFor(server: ServerName, { chat }: Case): string {
  if (server === 'llmproxy-200') return 'bench-json-200';
  if (server === 'llmproxy-plain' && !chat.model.endsWith('-plain')) return `${chat.model}-plain`;
  return chat.model;
}
