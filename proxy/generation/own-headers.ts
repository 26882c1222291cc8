import type { IncomingHttpHeaders } from 'node:http';
import type { Endpoint } from '../routing/types.ts';
import { MASK, ownKeys } from './own-secrets.ts';

/** What a browser offers as a subprotocol because it cannot set headers on a WebSocket. */
const CREDENTIAL = /^openai-insecure-api-key\./i;
/** Names of an account that belong to such a credential. */
const ACCOUNT = /^openai-(?:organization|project)\./i;

export interface OfferedSubprotocols {
  /** The value to send to an endpoint: what is left without credentials; undefined when nothing is. */
  readonly offered: string | undefined;
  /** The caller's own key that stood among them. */
  readonly credential: string | undefined;
}

/** Parts a `sec-websocket-protocol` header into what an endpoint may see and the caller's own credential. */
export function readSubprotocols(header: string | undefined): OfferedSubprotocols {
  const names = (header ?? '').split(',').map((name) => name.trim());
  const offered = names.filter((name) => name !== '' && !CREDENTIAL.test(name) && !ACCOUNT.test(name));
  const credential = names.find((name) => CREDENTIAL.test(name))?.replace(CREDENTIAL, '');
  return {
    offered: offered.length === 0 ? undefined : offered.join(', '),
    credential: credential === '' ? undefined : credential,
  };
}

/**
 * The headers of an answer without the endpoint's keys in their values, such as a `location` that has one in its query; the
 * same object when none repeats one.
 */
export function cleanAnswerHeaders(headers: IncomingHttpHeaders, endpoint: Endpoint): IncomingHttpHeaders {
  const keys = ownKeys(endpoint).flatMap((key) => [key, encodeURIComponent(key)]);
  const repeats = (value: string): boolean => keys.some((key) => value.includes(key));
  const clean = (value: string): string => keys.reduce((text, key) => text.replaceAll(key, MASK), value);
  const changed: IncomingHttpHeaders = {};
  for (const name in headers) {
    const value = headers[name];
    if (value === undefined || ![value].flat().some(repeats)) continue;
    changed[name] = Array.isArray(value) ? value.map(clean) : clean(value);
  }
  return Object.keys(changed).length === 0 ? headers : { ...headers, ...changed };
}
