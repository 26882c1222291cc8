import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';
import { isCallers } from '../../core/credential.ts';
import type { Outcome } from '../../core/outcome.ts';
import type { RefusedAnswer } from '../../generation/answer.ts';
import type { FrameJob } from '../../pipeline/socket-way.ts';
import { providerOf } from '../../providers/table.ts';
import type { Endpoint } from '../../routing/types.ts';
import { classifyFailure } from '../../upstream/failure.ts';
import { relayedAnswerHeaders } from '../../upstream/headers.ts';
import type { UpstreamRequest } from '../../upstream/types.ts';

/** Bytes of one event of an endpoint, at the most. */
const LARGEST_EVENT = 64 * 1024 * 1024;
/** Bytes of a refusal that are read. */
const REFUSAL_LIMIT = 256 * 1024;
/** Headers of the request that belong to a body, or that `ws` writes. */
const NOT_OF_A_HANDSHAKE = new Set(['content-type', 'content-length', 'accept-encoding', 'accept', 'x-request-id']);

export type Opening =
  | { readonly kind: 'open'; readonly socket: EndpointSocket }
  | { readonly kind: 'refused'; readonly outcome: Outcome; readonly answer?: RefusedAnswer };

export interface EndpointSocketEvents {
  endpointSays(socket: EndpointSocket, text: Buffer): void;
  /** Called once. */
  endpointClosed(socket: EndpointSocket, code: number, reason: string): void;
}

/** One WebSocket to an endpoint, for one client. */
export class EndpointSocket {
  readonly endpoint: Endpoint;
  readonly #ws: WebSocket;

  constructor(endpoint: Endpoint, ws: WebSocket, events: EndpointSocketEvents) {
    this.endpoint = endpoint;
    this.#ws = ws;
    ws.on('message', (data: Buffer, binary) => {
      if (!binary) events.endpointSays(this, data);
    });
    // `close` follows every error.
    ws.on('error', () => undefined);
    ws.on('close', (code, reason) => events.endpointClosed(this, code, reason.toString()));
  }

  get isOpen(): boolean {
    return this.#ws.readyState === WebSocket.OPEN;
  }

  send(text: Buffer): void {
    this.#ws.send(text, { binary: false });
  }

  pause(): void {
    this.#ws.pause();
  }

  resume(): void {
    this.#ws.resume();
  }

  close(code: number, reason: string): void {
    this.#ws.close(code, reason);
  }

  /** Ends the connection at once. */
  terminate(): void {
    this.#ws.terminate();
  }
}

/** Opens a socket at an endpoint with the head of the request that needs it. Never rejects. */
export function openEndpointSocket(
  asked: UpstreamRequest,
  endpoint: Endpoint,
  { tools }: FrameJob,
  events: EndpointSocketEvents,
): Promise<Opening> {
  const { connectMs, firstByteMs } = asked.timeouts;
  const agent = tools.upstream.agentFor(asked);
  const ws = new WebSocket(`${asked.origin.replace(/^http/, 'ws')}${asked.path}`, {
    headers: handshakeHeaders(asked.headers),
    perMessageDeflate: false,
    maxPayload: LARGEST_EVENT,
    followRedirects: false,
    handshakeTimeout: connectMs + firstByteMs,
    ...(agent === undefined ? {} : { agent }),
  });
  return new Promise((resolve) => {
    const early: Buffer[] = [];
    const keep = (data: Buffer, binary: boolean): void => {
      if (!binary) early.push(data);
    };
    const fail = (error: Error): void => resolve({ kind: 'refused', outcome: outcomeOf(error) });
    ws.on('message', keep);
    ws.once('error', fail);
    ws.once('open', () => {
      ws.off('message', keep).off('error', fail);
      const socket = new EndpointSocket(endpoint, ws, events);
      resolve({ kind: 'open', socket });
      for (const text of early) events.endpointSays(socket, text);
    });
    ws.once('unexpected-response', (_request, response: IncomingMessage) => {
      const refusal = readRefusal(response).then((body) => refused(response, body, endpoint, tools.clock.now()));
      resolve(refusal);
      void refusal.finally(() => {
        ws.off('error', fail).on('error', () => undefined);
        ws.terminate();
      });
    });
  });
}

function handshakeHeaders(flat: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (let at = 0; at + 1 < flat.length; at += 2) {
    const name = flat[at] as string;
    if (!NOT_OF_A_HANDSHAKE.has(name)) headers[name] = flat[at + 1] as string;
  }
  return headers;
}

async function readRefusal(response: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const piece of response as AsyncIterable<Buffer>) {
      bytes += piece.length;
      if (bytes > REFUSAL_LIMIT) break;
      pieces.push(piece);
    }
  } catch {
    // What came is what there is.
  }
  return Buffer.concat(pieces);
}

function refused(response: IncomingMessage, body: Buffer, endpoint: Endpoint, now: number): Opening {
  const { statusCode: status = 0, headers } = response;
  if (status < 400) {
    return {
      kind: 'refused',
      outcome: { kind: 'bad_answer', status, reason: `answered an upgrade with status ${status}` },
    };
  }
  return { kind: 'refused', ...classified(status, headers, body, endpoint, now) };
}

/** What an endpoint's error means. */
export function classified(
  status: number,
  headers: IncomingHttpHeaders,
  body: Buffer,
  endpoint: Endpoint,
  now: number,
): { readonly outcome: Outcome; readonly answer: RefusedAnswer } {
  const answer: RefusedAnswer = { status, headers: relayedAnswerHeaders(headers), body };
  const callersCredential = isCallers(endpoint.credential);
  return { answer, outcome: providerOf(endpoint).classify({ ...answer, headers, callersCredential, now }) };
}

function outcomeOf(error: Error): Outcome {
  if (/handshake has timed out/.test(error.message)) return { kind: 'timeout_first_byte', reason: error.message };
  const { kind, reason } = classifyFailure(error, false);
  return { kind: kind === 'cut' || kind === 'dead_connection' ? 'refused' : kind, reason };
}
