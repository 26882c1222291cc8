import type { IncomingHttpHeaders } from 'node:http';
import type { Endpoint } from '../routing/types.ts';
import { cleanAnswerHeaders } from './own-headers.ts';

/** Answer headers of this hop (RFC 9110 section 7.6.1), and those that speak of the endpoint's own front and not of the answer. */
const KEPT_BACK = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'set-cookie',
  'server',
  'alt-svc',
  'strict-transport-security',
  'via',
  'date',
  'location',
]);
const KEPT_BACK_PREFIXES = ['cf-', 'access-control-', 'x-llmproxy-'];

/** Where Gemini's clients send the bytes of a file: an absolute address. */
export const UPLOAD_ADDRESS = 'x-goog-upload-url';

type Pair = readonly [string, string];

/** The headers of an answer that is passed on byte for byte: all that speak of it, without keys of the endpoint. */
export function opaqueAnswerHeaders(answered: IncomingHttpHeaders, endpoint: Endpoint): readonly Pair[] {
  const headers = cleanAnswerHeaders(answered, endpoint);
  const named = new Set((headers.connection ?? '').toLowerCase().split(/\s*,\s*/));
  const relayed: Pair[] = [];
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value !== 'string' || named.has(name) || isKeptBack(name)) continue;
    relayed.push([name === 'x-request-id' ? 'x-upstream-request-id' : name, value]);
  }
  const upload = relayed.findIndex(([name]) => name === UPLOAD_ADDRESS);
  if (upload !== -1) relayed[upload] = [UPLOAD_ADDRESS, uploadPath(relayed[upload]?.[1] ?? '', endpoint)];
  const location = clientLocation(headers.location, endpoint);
  if (location !== undefined) relayed.push(['location', location]);
  return relayed;
}

/** Where the bytes of a file are to be sent, as a path of the proxy; an address elsewhere stays as it is. */
function uploadPath(address: string, { origin }: Endpoint): string {
  return address.startsWith(`${origin}/upload/`) ? address.slice(origin.length) : address;
}

function isKeptBack(name: string): boolean {
  return KEPT_BACK.has(name) || KEPT_BACK_PREFIXES.some((prefix) => name.startsWith(prefix));
}

/** Where what was created lies, as a path of the proxy; undefined for any other place. */
function clientLocation(location: string | undefined, { origin, basePath }: Endpoint): string | undefined {
  if (location === undefined) return undefined;
  const path = location.startsWith(origin) ? location.slice(origin.length) : location;
  if (path.startsWith(`${basePath}/`)) return `/v1${path.slice(basePath.length)}`;
  return path.startsWith('/v1/') ? path : undefined;
}
