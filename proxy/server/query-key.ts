import type { IncomingHttpHeaders } from 'node:http';

const KEY = 'key';
const KEY_HEADER = 'x-goog-api-key';

/**
 * The query without the key that clients of Gemini may write there. It goes on as the header that other clients send, so
 * that it is in no log, in no cache key and in no request to an endpoint that does not get the caller's key.
 */
export function takeQueryKey(query: string, headers: IncomingHttpHeaders): string {
  if (!query.includes(KEY)) return query;
  const kept = query.split('&').filter((pair) => {
    const [name = '', value = ''] = pair.split('=', 2);
    if (decoded(name) !== KEY) return true;
    headers[KEY_HEADER] ??= decoded(value);
    return false;
  });
  return kept.join('&');
}

/** Every key in the query. */
export function queryKeys(query: string): string[] {
  if (!query.includes(KEY)) return [];
  return query.split('&').flatMap((pair) => {
    const [name = '', value = ''] = pair.split('=', 2);
    return decoded(name) === KEY ? [decoded(value)] : [];
  });
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}
