import type { DialectRequest } from './reply.ts';

/** The API key of the `Authorization` header. */
export function bearerKey(request: Pick<DialectRequest, 'headers'>): string | undefined {
  return /^Bearer\s+(\S+)\s*$/i.exec(request.headers['authorization'] ?? '')?.[1];
}
