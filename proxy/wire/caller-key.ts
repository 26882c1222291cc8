import type { IncomingHttpHeaders } from 'node:http';

/** Headers in which clients of the APIs bring their key: OpenAI, Anthropic, Gemini, Azure. */
export const KEY_HEADERS = ['authorization', 'x-api-key', 'x-goog-api-key', 'api-key'] as const;

const SCHEME = /^Bearer\s+/i;

/** The key that a client brings, whatever API it speaks, without its scheme; undefined when it brings none. */
export function callerKey(headers: IncomingHttpHeaders): string | undefined {
  for (const name of KEY_HEADERS) {
    const value = headers[name];
    const key = typeof value === 'string' ? value.replace(SCHEME, '').trim() : '';
    if (key !== '') return key;
  }
  return undefined;
}
