import { hash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { KEY_HEADERS } from '../wire/caller-key.ts';
import { OPENAI_CALLERS_HEADERS } from './credential.ts';

/** Names the credential that a caller brought, with the organisation and project it is used for. None is one, too. */
export function credentialDigest(client: IncomingHttpHeaders): string {
  const parts = OPENAI_CALLERS_HEADERS.map((name) => String(client[name] ?? ''));
  for (const name of KEY_HEADERS) {
    // The first of them stands among OpenAI's already.
    if (name !== 'authorization' && client[name] !== undefined) parts.push(`${name}: ${String(client[name])}`);
  }
  return hash('sha256', JSON.stringify(parts), 'hex');
}
