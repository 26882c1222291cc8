import { request, type IncomingHttpHeaders } from 'node:http';
import { connect, type Socket } from 'node:net';

/** An answer as it came over the wire. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** The connection ended before the answer did. */
  readonly broken: boolean;
}

export interface RawRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text and bytes are sent as they are, everything else as JSON. */
  readonly body?: unknown;
}

/** One request on a connection of its own. Rejects only when no answer began. */
export async function send(url: string, { method = 'POST', headers = {}, body }: RawRequest = {}): Promise<RawAnswer> {
  const payload = body === undefined ? undefined : bytesOf(body);
  return new Promise((resolve, reject) => {
    const type = payload === undefined ? {} : { 'content-type': 'application/json' };
    const length = payload === undefined ? {} : { 'content-length': String(payload.length) };
    const call = request(url, { method, headers: { ...type, ...length, ...headers }, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', () => undefined);
      response.on('close', () => {
        const { statusCode = 0, complete } = response;
        resolve({ status: statusCode, headers: response.headers, body: Buffer.concat(chunks), broken: !complete });
      });
    });
    call.on('error', reject);
    call.end(payload);
  });
}

export function jsonOf(answer: Pick<RawAnswer, 'body'>): Record<string, unknown> {
  return JSON.parse(answer.body.toString()) as Record<string, unknown>;
}

/** The `error` member of an answer. */
export function errorOf(answer: Pick<RawAnswer, 'body'>): Record<string, unknown> {
  return jsonOf(answer)['error'] as Record<string, unknown>;
}

function bytesOf(body: unknown): Buffer {
  if (Buffer.isBuffer(body)) return body;
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
}

/** A client that says exactly what it is told to, and can stop in the middle. */
export interface RawSocket {
  readonly socket: Socket;
  write(text: string | Buffer): void;
  /** What has come so far. */
  received(): Buffer;
  /** Resolves when `text` has come; rejects when the connection ends before that. */
  until(text: string): Promise<void>;
  /** Resolves to everything when the other side ends the connection. */
  ended(): Promise<Buffer>;
  /** Leaves at once, with a reset. */
  leave(): void;
}

export function openSocket(url: string): RawSocket {
  const { port, hostname } = new URL(url);
  const socket = connect(Number(port), hostname);
  let received = Buffer.alloc(0);
  let closed = false;
  const look = new Set<() => void>();
  const told = (): void => {
    for (const one of look) one();
  };
  socket.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    told();
  });
  socket.on('error', () => undefined);
  socket.on('close', () => {
    closed = true;
    told();
  });
  const wait = (done: () => boolean): Promise<void> =>
    new Promise((resolve, reject) => {
      const check = (): void => {
        if (!done() && !closed) return;
        look.delete(check);
        if (done()) resolve();
        else reject(new Error(`the connection ended after: ${received.toString()}`));
      };
      look.add(check);
      check();
    });
  return {
    socket,
    write: (text) => void socket.write(text),
    received: () => received,
    until: (text) => wait(() => received.includes(text)),
    ended: async () => {
      await wait(() => closed);
      return received;
    },
    leave: () => void socket.resetAndDestroy(),
  };
}

/** The bytes of a POST request with a JSON body. */
export function postText(path: string, body: unknown, headers: Readonly<Record<string, string>> = {}): string {
  const payload = JSON.stringify(body);
  const more = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return (
    `POST ${path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n${more.join('')}` +
    `content-length: ${Buffer.byteLength(payload)}\r\n\r\n${payload}`
  );
}

/** The whole events of a stream, each with its blank line. */
export function eventsIn(body: Buffer): string[] {
  return body.toString().split(/(?<=\n\n)/);
}
