import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { ERRORS, type ErrorCode } from '../core/errors.ts';
import type { Front } from './front.ts';

/** Milliseconds for a client's request head, whole request and idle connection; bytes of its head. */
const HEADERS_TIMEOUT_MS = 15_000;
const REQUEST_TIMEOUT_MS = 120_000;
const KEEP_ALIVE_MS = 75_000;
const MAX_HEADER_BYTES = 16 * 1024;

/** How the parser's refusals are told, by Node's error code. */
const CLIENT_ERRORS: Readonly<Record<string, ErrorCode>> = {
  HPE_HEADER_OVERFLOW: 'headers_too_large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
};

const REASONS: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  408: 'Request Timeout',
  431: 'Request Header Fields Too Large',
};

/** The proxy's listening socket. */
export class Listener {
  readonly #server: Server;
  readonly #tunnels = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
  }

  /** Listens; port 0 picks a free one. Rejects when the address cannot be had. */
  static async open(front: Front, host: string, port: number): Promise<Listener> {
    const server = createServer(
      {
        headersTimeout: HEADERS_TIMEOUT_MS,
        requestTimeout: REQUEST_TIMEOUT_MS,
        keepAliveTimeout: KEEP_ALIVE_MS,
        maxHeaderSize: MAX_HEADER_BYTES,
        noDelay: true,
      },
      (request, response) => void front.handle(request, response),
    );
    const listener = new Listener(server);
    server.on('clientError', refuse);
    server.on('upgrade', (request, socket: Socket, head: Buffer) => {
      listener.#tunnels.add(socket);
      socket.once('close', () => listener.#tunnels.delete(socket));
      void front.upgrade(request, socket, head);
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, () => {
        server.off('error', reject);
        resolve();
      });
    });
    return listener;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get host(): string {
    return (this.#server.address() as AddressInfo).address;
  }

  /** Takes no new connection, waits for running answers at most `timeoutMs`, then cuts what is left. */
  async close(timeoutMs: number): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeIdleConnections();
    for (const socket of this.#tunnels) socket.destroy();
    const timer = setTimeout(() => this.#server.closeAllConnections(), timeoutMs);
    // Keep-alive connections whose answer has just ended count as idle only now and then.
    const sweep = setInterval(() => this.#server.closeIdleConnections(), 50);
    await closed;
    clearTimeout(timer);
    clearInterval(sweep);
  }
}

/** Answers what the HTTP parser refuses, in the shape of every other error. */
function refuse(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const code = CLIENT_ERRORS[error.code ?? ''] ?? 'invalid_request';
  const { status, type } = ERRORS[code];
  const message = `The HTTP request is refused: ${code === 'invalid_request' ? 'it is malformed' : ERRORS[code].meaning}`;
  const body = JSON.stringify({ error: { message, type, param: null, code } });
  socket.end(
    `HTTP/1.1 ${status} ${REASONS[status] ?? 'Refused'}\r\ncontent-type: application/json\r\nconnection: close\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
