import { hash } from 'node:crypto';
import { ACCOUNT_HEADERS, ANSWER_HEADERS, cacheKey, type KeyBody, type KeyContext } from './key.ts';

/**
 * What a cache key is made of, for comparing two of them: names and switches as they are, everything else as the SHA-256 of it in
 * hexadecimal. Two requests have the same key where all parts are the same.
 */
export function keyParts(context: KeyContext, body: KeyBody): Readonly<Record<string, string>> {
  const { scope, namespace, operation, model, mocksOnly, headers, forwardsCredential, query, ignore } = context;
  const named = ANSWER_HEADERS.map((name) => [name, headers[name]]);
  const account = forwardsCredential ? ACCOUNT_HEADERS.map((name) => [name, headers[name]]) : [];
  return {
    scope: sha256(scope),
    namespace: sha256(namespace),
    operation,
    model,
    mocks: String(mocksOnly),
    headers: sha256(JSON.stringify([...named, ...account])),
    query: sha256(query),
    ignore: ignore.join(' '),
    body: cacheKey(context, body, '').slice(-64),
  };
}

function sha256(text: string): string {
  return hash('sha256', text, 'hex');
}
