import { hash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { CALLERS_HEADERS } from './openai.ts';

/** Names the credential that a caller brought, with the organisation and project it is used for. None is one, too. */
export function credentialDigest(client: IncomingHttpHeaders): string {
  const parts = CALLERS_HEADERS.map((name) => String(client[name] ?? ''));
  return hash('sha256', JSON.stringify(parts), 'hex');
}
