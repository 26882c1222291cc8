import { expect } from 'vitest';
import { send, type RawAnswer } from './http.ts';

/** Ways to ask for `auto`, each in the form of another API. */
export const FAMILIES = ['chat', 'responses', 'messages', 'gemini'] as const;
export type Family = (typeof FAMILIES)[number];

/** What a request has beside its text. */
export interface AskOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly model?: string;
  readonly stream?: boolean;
  /** Members of the body. */
  readonly more?: object;
}

/** The request of a family. */
export interface FamilyRequest {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: object;
}

type Write = (text: string, model: string, stream: boolean) => Pick<FamilyRequest, 'path' | 'body'>;

const WRITE: Readonly<Record<Family, Write>> = {
  chat: (content, model, stream) => ({
    path: '/v1/chat/completions',
    body: { model, stream, messages: [{ role: 'user', content }] },
  }),
  responses: (input, model, stream) => ({ path: '/v1/responses', body: { model, stream, input } }),
  messages: (content, model, stream) => ({
    path: '/v1/messages',
    body: { model, stream, max_tokens: 100, messages: [{ role: 'user', content }] },
  }),
  gemini: (text, model, stream) => ({
    path: `/v1beta/models/${model}:${stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`,
    body: { contents: [{ role: 'user', parts: [{ text }] }] },
  }),
};

export function requestOf(family: Family, text: string, options: AskOptions = {}): FamilyRequest {
  const { path, body } = WRITE[family](text, options.model ?? 'auto', options.stream === true);
  const version: Readonly<Record<string, string>> = family === 'messages' ? { 'anthropic-version': '2023-06-01' } : {};
  return { path, headers: { ...version, ...options.headers }, body: { ...body, ...options.more } };
}

export function askAs(family: Family, url: string, text: string, options: AskOptions = {}): Promise<RawAnswer> {
  const { path, headers, body } = requestOf(family, text, options);
  return send(url + path, { headers, body });
}

/** A chat completion. */
export function ask(url: string, text: string, options: AskOptions = {}): Promise<RawAnswer> {
  return askAs('chat', url, text, options);
}

/** The headers in which the proxy says what it picked, without the prefix `x-llmproxy-`. */
export function pickOf({ headers }: Pick<RawAnswer, 'headers'>): Record<string, string | undefined> {
  const of = (name: string): string | undefined => headers[`x-llmproxy-${name}`] as string | undefined;
  return {
    model: of('model'),
    complexity: of('complexity'),
    tier: of('tier'),
    attempts: of('attempts'),
  };
}

export function expectOk(answer: RawAnswer): RawAnswer {
  expect(answer.status, answer.body.toString()).toBe(200);
  return answer;
}
