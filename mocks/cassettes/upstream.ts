import { request as httpRequest } from 'node:http';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { HeaderLines } from './cassette.ts';

const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'te',
  'trailer',
  'upgrade',
  'host',
  // A compressed body cannot be scrubbed.
  'accept-encoding',
  'content-length',
]);

export function headerLines(raw: readonly string[]): HeaderLines {
  return Array.from({ length: raw.length / 2 }, (_, at) => [raw[at * 2] ?? '', raw[at * 2 + 1] ?? ''] as const);
}

/** `/v1/models` at `https://host/v1` and at `https://host` is the same place. */
export function joined(target: string, path: string): URL {
  const base = target.replace(/\/+$/, '').replace(/\/v1$/, '');
  return new URL(`${base}${path}`);
}

export interface UpstreamCall {
  readonly url: URL;
  readonly method: string;
  readonly headers: HeaderLines;
  readonly body: Buffer;
}

/** Sends the request on; the caller listens to `response` and `error`. */
export function callUpstream({ url, method, headers, body }: UpstreamCall): ClientRequest {
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
  const kept = headers.filter(([name]) => !HOP_BY_HOP.has(name.toLowerCase()));
  const own: HeaderLines = [
    ['host', url.host],
    ['accept-encoding', 'identity'],
    ...(body.length > 0 ? [['content-length', String(body.length)] as const] : []),
  ];
  const request = send(url, { method, headers: [...own, ...kept].flat() });
  request.end(body);
  return request;
}

/** The head of an answer without what belongs to one connection alone. */
export function answerHeaders(response: IncomingMessage): HeaderLines {
  return headerLines(response.rawHeaders).filter(
    ([name]) => !['connection', 'keep-alive', 'transfer-encoding'].includes(name.toLowerCase()),
  );
}
