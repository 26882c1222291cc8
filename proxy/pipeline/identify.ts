import { hash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Exchange } from './exchange.ts';

/** All callers that bring no credential of weight share this scope. */
const SHARED_SCOPE = 'shared';

/** Says whose cache entries the caller may see. */
export function identify(exchange: Exchange): void {
  exchange.scope = exchange.model?.scopedByCredential ? credentialScope(exchange.request.headers) : SHARED_SCOPE;
}

/**
 * Where an endpoint forwards the caller's own credential, an answer belongs to that credential and to the organisation
 * and project it names. Only the digest is kept.
 */
function credentialScope(headers: IncomingHttpHeaders): string {
  const parts = ['authorization', 'openai-organization', 'openai-project'].map((name) => String(headers[name] ?? ''));
  return `credential:${hash('sha256', JSON.stringify(parts), 'hex')}`;
}
