import { connect, type Socket } from 'node:net';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { ProxyError } from '../../proxy/core/errors.ts';
import type { BodySource, Responder } from '../../proxy/wire/http.ts';
import type { ReadHead } from '../../proxy/server/arrival.ts';
import { NodeBody } from '../../proxy/server/body.ts';
import type { Admitted, Front } from '../../proxy/server/front.ts';
import { Listener, type ListenerOptions } from '../../proxy/server/listener.ts';
import { NodeResponder } from '../../proxy/server/responder.ts';
import { canonicalTarget } from '../../proxy/server/target.ts';
import { assertPlainRequest } from '../../proxy/server/validate.ts';

export const PATH = '/v1/chat/completions';
const BODY_LIMIT = 1_000_000;
/** Milliseconds after which a connection that says nothing more is taken for one that will not. */
const SILENCE_MS = 20_000;

/** A front that answers each request with what it has understood of it. */
export class EchoFront {
  /** Requests that were answered without `node:http`. */
  taken = 0;

  admit(request: ReadHead): Admitted | undefined {
    if (request.url?.split('?', 1)[0] !== PATH) return undefined;
    try {
      canonicalTarget(request.url, request.headers.host);
    } catch {
      return undefined;
    }
    return { request } as unknown as Admitted;
  }

  stillAdmits(): boolean {
    return true;
  }

  run({ request }: Admitted, source: BodySource, responder: Responder): void {
    this.taken += 1;
    void echo(request, source, responder);
  }

  handle(request: IncomingMessage, response: ServerResponse): void {
    const responder = new NodeResponder(response);
    try {
      assertPlainRequest(request);
      canonicalTarget(request.url ?? '/', request.headers.host);
    } catch (error) {
      refuse(error, responder);
      return;
    }
    void echo(request, new NodeBody(request), responder);
  }

  upgrade(_request: IncomingMessage, socket: Socket): void {
    socket.end('upgraded');
  }

  interrupt(): void {}

  readonly hasBusySockets = false;

  async drainTunnels(): Promise<void> {}
}

/** How the answer is to be written: `x-answer`. */
async function echo(request: ReadHead, source: BodySource, responder: Responder): Promise<void> {
  const { method, url, headers, rawHeaders } = request;
  try {
    const body = Buffer.concat(await source.collect(BODY_LIMIT)).toString('latin1');
    const said = Buffer.from(JSON.stringify({ method, url, headers: { ...headers }, rawHeaders, body }));
    write(headers['x-answer'], said, responder);
  } catch (error) {
    refuse(error, responder);
  }
}

function write(how: string | string[] | undefined, said: Buffer, responder: Responder): void {
  if (how === 'chunked') {
    responder.head(200, ['content-type', 'text/event-stream', 'x-request-id', 'id']);
    for (let at = 0; at < said.length; at += 100) responder.write(said.subarray(at, at + 100));
    responder.end();
  } else if (how === 'empty') {
    responder.head(204, ['X-Upper', 'É']);
    responder.end();
  } else if (how === 'close') {
    responder.head(299, ['content-length', String(said.length), 'connection', 'close', 'date', 'today']);
    responder.end(said);
  } else if (how === 'cut') {
    responder.head(200, ['content-type', 'text/event-stream']);
    responder.write(said);
    responder.cut();
  } else {
    responder.head(200, ['content-type', 'application/json', 'content-length', String(said.length)]);
    responder.end(said);
  }
}

function refuse(error: unknown, responder: Responder): void {
  if (responder.closed || responder.headSent) return;
  if (!(error instanceof ProxyError)) throw error;
  const body = Buffer.from(error.message);
  responder.head(error.status, [...Object.entries(error.headers).flat(), 'content-length', String(body.length)]);
  responder.end(body);
}

/** Two listeners that differ in nothing but what reads requests. */
export interface BothFronts extends AsyncDisposable {
  readonly fast: EchoFront;
  /** What each of them answers to these bytes until it closes the connection, with the time masked: `node`, then `fast`. */
  ask(pieces: readonly Buffer[]): Promise<readonly [string, string]>;
  readonly ports: readonly [number, number];
}

export async function openBothFronts(patience?: ListenerOptions['patience']): Promise<BothFronts> {
  const fronts = { node: new EchoFront(), fast: new EchoFront() };
  const open = (kind: 'node' | 'fast'): Promise<Listener> =>
    Listener.open(fronts[kind] as unknown as Front, {
      host: '127.0.0.1',
      port: 0,
      kind,
      ...(patience && { patience }),
    });
  const node = await open('node');
  const fast = await open('fast');
  return {
    fast: fronts.fast,
    ports: [node.port, fast.port],
    ask: (pieces) => Promise.all([say(node.port, pieces), say(fast.port, pieces)]),
    async [Symbol.asyncDispose]() {
      await Promise.all([node.close(0), fast.close(0)]);
    },
  };
}

/** Writes the pieces one by one, closes its side, and returns all that comes back. */
export function say(port: number, pieces: readonly Buffer[]): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    const heard: Buffer[] = [];
    let reset = '';
    const timer = setTimeout(() => {
      reset = ' (never closed)';
      socket.destroy();
    }, SILENCE_MS);
    socket.on('data', (piece: Buffer) => heard.push(piece));
    socket.on('error', () => undefined);
    socket.on('connect', () => void writeAll(socket, pieces));
    socket.on('close', () => {
      clearTimeout(timer);
      resolve(masked(Buffer.concat(heard).toString('latin1')) + reset);
    });
  });
}

async function writeAll(socket: Socket, pieces: readonly Buffer[]): Promise<void> {
  for (const piece of pieces) {
    if (!socket.writable) return;
    socket.write(piece);
    // Both ends live in this process: what was written is read in the next turns.
    await turn();
    await turn();
  }
  await turn();
  socket.end();
}

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

export function masked(answer: string): string {
  return answer.replace(/\r\nDate: [^\r]+GMT\r\n/g, '\r\nDate: …\r\n');
}

/** The last answer of a connection that ends because of what the client has sent. */
const REFUSAL = /HTTP\/1\.1 4\d\d (?:(?!HTTP\/1\.1 ).)*\r\nconnection: close\r\n(?:(?!HTTP\/1\.1 ).)*$/is;
/** `node:http` may write it into the answer to the request before. */
const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n';
const CHUNK_SIZE = /\r\n[\da-f]{1,6}\r\n/g;

/**
 * Whether both fronts came to the same end: they say the same bytes. Where more comes in one packet than a request, it depends in
 * `node:http` itself on the moments at which it calls its parser how an answer is cut into chunks, how many good requests are answered that
 * stand before bad bytes, for which of its faults a bad one is refused, and whether it is told so before the connection ends; what is answered before must be alike.
 */
export function agree([node, fast]: readonly [string, string]): boolean {
  if (node === fast) return true;
  const one = node.replaceAll(CONTINUE, '').replaceAll(CHUNK_SIZE, '');
  const other = fast.replaceAll(CONTINUE, '').replaceAll(CHUNK_SIZE, '');
  if (one === other) return true;
  if (!REFUSAL.test(one) && !REFUSAL.test(other)) return false;
  const before = one.replace(REFUSAL, '');
  const beforeOther = other.replace(REFUSAL, '');
  return before.startsWith(beforeOther) || beforeOther.startsWith(before);
}
