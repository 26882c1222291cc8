import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';

export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
}

/** An endpoint that answers with exactly the bytes that a test gives it. */
export interface Upstream extends AsyncDisposable {
  /** `http://127.0.0.1:PORT/v1` */
  readonly baseURL: string;
  readonly port: number;
  readonly requests: readonly SeenRequest[];
}

export type Answer = (response: ServerResponse, request: SeenRequest, incoming: IncomingMessage) => unknown;

/** Takes an upgrade; what it writes goes to the client as it is. */
export type Upgrade = (socket: Duplex, request: IncomingMessage) => void;

export async function startUpstream(answer: Answer, upgrade?: Upgrade): Promise<Upstream> {
  const requests: SeenRequest[] = [];
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const { method = '', url = '', headers, rawHeaders } = incoming;
      const seen: SeenRequest = { method, url, headers, rawHeaders, body: Buffer.concat(chunks) };
      requests.push(seen);
      void answer(response, seen, incoming);
    });
  });
  const tunnels = new Set<Duplex>();
  if (upgrade) {
    server.on('upgrade', (request, socket: Duplex) => {
      tunnels.add(socket.on('error', () => undefined));
      upgrade(socket, request);
    });
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const { port } = server.address() as AddressInfo;
  return {
    baseURL: `http://127.0.0.1:${port}/v1`,
    port,
    requests,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      for (const socket of tunnels) socket.destroy();
      await closed;
    },
  };
}

/** An event stream in the given pieces, a turn of the event loop between them. */
export async function streamPieces(response: ServerResponse, pieces: Iterable<Buffer>): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
  for (const piece of pieces) {
    if (response.destroyed) return;
    if (!response.write(piece)) await room(response);
    await turn();
  }
  response.end();
}

/** Writes at the pace of the reader; ends when it is gone. */
export async function pour(response: ServerResponse, pieces: Iterable<Buffer>): Promise<void> {
  for (const piece of pieces) {
    if (response.destroyed) return;
    if (!response.write(piece)) await room(response);
  }
}

function room(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const go = (): void => {
      response.off('drain', go).off('close', go);
      resolve();
    };
    response.on('drain', go).on('close', go);
  });
}

export function bytewise(body: Buffer): Buffer[] {
  return Array.from(body, (_byte, index) => body.subarray(index, index + 1));
}

/** The configuration of one model whose endpoints are these, with their weights where they are not all the same. */
export function modelsAt(
  upstreams: readonly Pick<Upstream, 'baseURL'>[],
  model: object = {},
  weights: readonly number[] = [],
): object {
  const endpoints = upstreams.map(({ baseURL }, index) => ({
    provider: 'openai',
    name: String.fromCodePoint(97 + index),
    base_url: baseURL,
    api_key: 'sk-endpoint',
    ...(weights[index] === undefined ? {} : { weight: weights[index] }),
  }));
  return { models: { 'gpt-4o-mini': { ...model, endpoints } } };
}
