import type { DialectRequest } from './reply.ts';

/** The API key of the `Authorization` header. */
export function bearerKey(request: Pick<DialectRequest, 'headers'>): string | undefined {
  return /^Bearer\s+(\S+)\s*$/i.exec(request.headers['authorization'] ?? '')?.[1];
}

const KEY_HEADERS = ['x-api-key', 'x-goog-api-key', 'api-key'] as const;

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

/** The API key of a request, wherever a family puts it; the query is read only where it may have one. */
export function requestKey(headers: Headers, query?: string | URLSearchParams): string | undefined {
  const { authorization } = headers;
  const bearer = typeof authorization === 'string' ? bearerKey({ headers: { authorization } }) : undefined;
  if (bearer !== undefined) return bearer;
  for (const name of KEY_HEADERS) {
    const key = headers[name];
    if (typeof key === 'string' && key !== '') return key;
  }
  if (query === undefined || query === '') return undefined;
  const text = typeof query === 'string' ? query : query.toString();
  return text.includes('key=') ? (new URLSearchParams(text).get('key') ?? undefined) : undefined;
}
