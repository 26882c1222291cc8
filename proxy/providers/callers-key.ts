import type { IncomingHttpHeaders } from 'node:http';

/** Headers of OpenAI's clients that belong to the credential of the caller and travel only beside it. */
export const OPENAI_CALLERS_HEADERS = ['authorization', 'openai-organization', 'openai-project'] as const;

/** Headers in which the clients of other families bring their key. */
export const KEY_HEADERS = ['x-api-key', 'x-goog-api-key', 'api-key'] as const;

/** The key that the caller brought, whatever header its client puts it in; undefined for none and for other schemes. */
export function callersKey(client: IncomingHttpHeaders): string | undefined {
  const [, bearer] = /^Bearer\s+(\S+)\s*$/i.exec(client.authorization ?? '') ?? [];
  if (bearer !== undefined) return bearer;
  for (const name of KEY_HEADERS) {
    const value = client[name];
    if (typeof value === 'string' && value !== '') return value;
  }
  return undefined;
}
