import type { IncomingHttpHeaders } from 'node:http';
import { ProxyError } from '../../core/errors.ts';
import type { RequestHead } from '../../wire/http.ts';

/** How the keys begin that the proxy gives out. */
const PREFIX = 'sk-lp-';
/** Any value in these is meant as a virtual key. */
const OWN_HEADERS = ['x-bf-vk', 'x-llmproxy-key'];
/** In these a value is one only with the prefix; `?key` is the parameter of Gemini's clients. */
const SUBPROTOCOLS = 'sec-websocket-protocol';
const SHARED_PLACES = ['authorization', 'x-api-key', 'api-key', 'x-goog-api-key', '?key', SUBPROTOCOLS];
/** What clients say of themselves to a gateway: for the ledger, never for an endpoint. */
const LABELS = ['x-bf-team', 'x-bf-user', 'x-bf-customer'];
const OWN_NAMES = [...OWN_HEADERS, ...LABELS];
const SUBPROTOCOL = /^openai-insecure-api-key\./i;
const SCHEME = /^Bearer\s+/i;

export const DO_NOT_RETRY = { 'x-should-retry': 'false' };

/**
 * The virtual key that the caller brings; undefined when it brings none. Of several places the first in the order of
 * `OWN_HEADERS` and `SHARED_PLACES` counts. Throws ProxyError `virtual_key_malformed` when that place comes twice.
 */
export function virtualKeyIn(head: RequestHead): string | undefined {
  const values = valuesIn(head);
  if (values === undefined) return undefined;
  for (const name of OWN_HEADERS) {
    const found = values.get(name);
    if (found) return single(name, found).trim();
  }
  for (const name of SHARED_PLACES) {
    const found = values.get(name);
    if (found === undefined) continue;
    const [first] = found.flatMap((value) => keysIn(name, value));
    if (first !== undefined) return single(name, found) && first;
  }
  return undefined;
}

/** The headers as an endpoint may see them: without virtual keys and labels. The same object where it has none. */
export function withoutVirtualKeys(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  let hidden: Set<string> | undefined;
  for (const name of OWN_NAMES) if (headers[name] !== undefined) (hidden ??= new Set()).add(name);
  let protocols = '';
  for (const name of SHARED_PLACES) {
    const value = headers[name];
    if (typeof value !== 'string' || keysIn(name, value).length === 0) continue;
    (hidden ??= new Set()).add(name);
    if (name === SUBPROTOCOLS) protocols = otherProtocols(value);
  }
  if (hidden === undefined) return headers;
  // Copied, not deleted from: an object that has lost a member is slow for all who read it.
  const kept: IncomingHttpHeaders = {};
  for (const name in headers) if (!hidden.has(name)) kept[name] = headers[name];
  if (protocols !== '') kept[SUBPROTOCOLS] = protocols;
  return kept;
}

const PLACES: ReadonlySet<string> = new Set([...OWN_HEADERS, ...SHARED_PLACES]);
const PLACE_LENGTHS: ReadonlySet<number> = new Set([...PLACES].map(({ length }) => length));

/** Place → its values, as they were written; undefined where no place has one. */
function valuesIn({ raw, headers }: RequestHead): Map<string, string[]> | undefined {
  let values: Map<string, string[]> | undefined;
  const note = (written: string, value: string): void => {
    if (!PLACE_LENGTHS.has(written.length)) return;
    const name = written.toLowerCase();
    if (!PLACES.has(name)) return;
    values ??= new Map();
    const known = values.get(name);
    if (known) known.push(value);
    else values.set(name, [value]);
  };
  if (raw === undefined) {
    for (const [name, value] of Object.entries(headers)) if (typeof value === 'string') note(name, value);
  } else for (let at = 0; at + 1 < raw.length; at += 2) note(raw[at] as string, raw[at + 1] as string);
  return values;
}

function keysIn(name: string, value: string): string[] {
  if (name === SUBPROTOCOLS) {
    return value
      .split(',')
      .map((one) => one.trim())
      .filter((one) => SUBPROTOCOL.test(one))
      .map((one) => one.replace(SUBPROTOCOL, ''))
      .filter((one) => one.startsWith(PREFIX));
  }
  const key = value.replace(SCHEME, '').trim();
  return key.startsWith(PREFIX) ? [key] : [];
}

function otherProtocols(value: string): string {
  const names = value.split(',').map((one) => one.trim());
  return names.filter((one) => !one.replace(SUBPROTOCOL, '').startsWith(PREFIX)).join(', ');
}

/** Subprotocols may be offered in several headers; a key in two of them is one too many all the same. */
function single(name: string, values: readonly string[]): string {
  const [only = '', ...more] = values;
  if (more.length === 0) return only;
  const what = name === '?key' ? 'parameter `key`' : `header \`${name}\``;
  throw new ProxyError('virtual_key_malformed', `The ${what} with the virtual key comes twice; send it once.`, {
    headers: DO_NOT_RETRY,
  });
}
