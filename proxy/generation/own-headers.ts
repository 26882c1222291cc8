import type { IncomingHttpHeaders } from 'node:http';
import type { Endpoint } from '../routing/types.ts';
import { MASK, ownKeysInHeaders } from './own-secrets.ts';

/** What a browser offers as a subprotocol because it cannot set headers on a WebSocket. */
const CREDENTIAL = /^openai-insecure-api-key\./i;
/** Names of an account that belong to such a credential. */
const ACCOUNT = /^openai-(?:organization|project)\./i;

type HeaderPair = readonly [name: string, value: string];

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
  const clean = cleaner(endpoint);
  let changed: IncomingHttpHeaders | undefined;
  for (const name in headers) {
    const value = headers[name];
    if (typeof value === 'string') {
      const cleaned = clean(value);
      if (cleaned !== value) changed = { ...changed, [name]: cleaned };
    } else if (value?.some((one) => clean(one) !== one)) changed = { ...changed, [name]: value.map(clean) };
  }
  return changed === undefined ? headers : { ...headers, ...changed };
}

/** The same for the headers of an answer that were chosen to be shown. */
export function cleanHeaderPairs(pairs: readonly HeaderPair[], endpoint: Endpoint): readonly HeaderPair[] {
  const clean = cleaner(endpoint);
  return pairs.map(([name, value]) => [name, clean(value)]);
}

/** What takes the keys out of a value, also as they stand in an address. */
function cleaner(endpoint: Endpoint): (value: string) => string {
  const keys = ownKeysInHeaders(endpoint);
  return (value) => {
    let text = value;
    for (const key of keys) if (text.length >= key.length) text = text.replaceAll(key, MASK);
    return text;
  };
}
