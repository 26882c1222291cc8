import { createServer, type RequestListener, type Server, type ServerOptions, type ServerResponse } from 'node:http';
import { createServer as createSecureServer, type Server as SecureServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { ERRORS, type ErrorCode, ProxyError } from '../core/errors.ts';
import { errorHeaders } from '../pipeline/failure.ts';
import type { Protocol } from '../protocols/types.ts';
import type { Front } from './front.ts';
import { methodNotAllowed } from './guard.ts';
import { noRoute } from './route-table.ts';
import { SocketResponder } from './socket-responder.ts';
import { upgradeOptions } from './upgrades.ts';

/** Milliseconds for a client's request head, whole request and idle connection; bytes of its head. */
const HEADERS_TIMEOUT_MS = 15_000;
const REQUEST_TIMEOUT_MS = 120_000;
const KEEP_ALIVE_MS = 75_000;
/** How often Node looks for requests that are late, in milliseconds. */
const CHECK_MS = 5_000;
/** Milliseconds in which a client may read what ends its connection. */
const LAST_WORDS_MS = 1_000;
const MAX_HEADER_BYTES = 16 * 1024;

/** Codes of the parser's refusals, by Node's error code. */
const CLIENT_ERRORS: Readonly<Record<string, ErrorCode>> = {
  HPE_HEADER_OVERFLOW: 'headers_too_large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
};

/** Node's own default handler looks at this field for the same reason. */
interface AnsweringSocket extends Socket {
  readonly _httpMessage?: ServerResponse | null;
}

export interface ListenerOptions {
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  /** Left out = plain HTTP. */
  readonly tls?: Certificate;
  /** Milliseconds for the head of a request, for the whole of it, and between two looks at what is late. */
  readonly patience?: { readonly headMs: number; readonly requestMs: number; readonly checkMs: number };
}

/** Both as PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** The proxy's listening socket. */
export class Listener {
  readonly #server: Server | SecureServer;
  readonly #front: Front;
  readonly #sockets = new Set<Socket>();
  #running = 0;
  #begun = 0;
  #onIdle: () => void = () => undefined;

  private constructor(server: Server | SecureServer, front: Front) {
    this.#server = server;
    this.#front = front;
  }

  /** Listens. Rejects when the address cannot be had. */
  static async open(front: Front, { host, port, tls, patience }: ListenerOptions): Promise<Listener> {
    const server = serverOf(
      {
        ...upgradeOptions(),
        headersTimeout: patience?.headMs ?? HEADERS_TIMEOUT_MS,
        requestTimeout: patience?.requestMs ?? REQUEST_TIMEOUT_MS,
        connectionsCheckingInterval: patience?.checkMs ?? CHECK_MS,
        keepAliveTimeout: KEEP_ALIVE_MS,
        maxHeaderSize: MAX_HEADER_BYTES,
        noDelay: true,
      },
      (request, response) => {
        listener.#count(response);
        front.handle(request, response);
      },
      tls,
    );
    const listener = new Listener(server, front);
    server.on('clientError', refuse);
    server.on('connect', (_request, socket: Socket) => refuseConnect(socket));
    server.on('upgrade', (request, socket: Socket, head: Buffer) => front.upgrade(request, socket, head));
    server.on('connection', (socket: Socket) => {
      listener.#sockets.add(socket);
      socket.once('close', () => listener.#sockets.delete(socket));
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

  /** Takes another certificate for connections from now on. */
  renew(tls: Certificate): void {
    if (this.secure) (this.#server as SecureServer).setSecureContext(tls);
  }

  get secure(): boolean {
    return 'setSecureContext' in this.#server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get host(): string {
    return (this.#server.address() as AddressInfo).address;
  }

  /** Clients that are connected, tunnels and those included whose requests were refused. */
  get connections(): number {
    return this.#sockets.size;
  }

  /** Requests that are not answered yet. */
  get running(): number {
    return this.#running;
  }

  /** Requests that have come since the start. */
  get begun(): number {
    return this.#begun;
  }

  /**
   * Waits for running answers at most `timeoutMs`, then ends what is left with an error. Resolves to false when anything was. Until the last one has ended the socket stays
   * open, so that new requests hear 503 and health checks see the draining, and no client meets a refused connection. Tunnels
   * could last for hours: they are ended in good form at once.
   */
  async close(timeoutMs: number): Promise<boolean> {
    const tunnels = this.#front.drainTunnels();
    await Promise.all([this.#idle(timeoutMs), atMost(timeoutMs, tunnels)]);
    const completed = this.#running === 0 && !this.#front.hasBusySockets;
    if (!completed) {
      this.#front.interrupt();
      await Promise.all([this.#idle(LAST_WORDS_MS), atMost(LAST_WORDS_MS, tunnels)]);
    }
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    // Node closes the connections that it still takes for requests; tunnels and refused clients are none.
    for (const socket of this.#sockets) socket.destroy();
    await closed;
    return completed;
  }

  #idle(timeoutMs: number): Promise<void> {
    if (this.#running === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.#onIdle = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #count(response: ServerResponse): void {
    this.#running += 1;
    this.#begun += 1;
    response.on('close', () => {
      this.#running -= 1;
      if (this.#running === 0) this.#onIdle();
    });
  }
}

function serverOf(options: ServerOptions, onRequest: RequestListener, tls?: Certificate): Server | SecureServer {
  return tls ? createSecureServer({ ...options, ...tls }, onRequest) : createServer(options, onRequest);
}

/** Resolves with the promise, or after that time. */
function atMost(ms: number, promise: Promise<void>): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    void promise.finally(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/** What the parser refused; the packet is there unless it was time that was up. */
interface ClientError extends NodeJS.ErrnoException {
  readonly rawPacket?: Buffer;
}

/** Bytes of a packet in which its request line is looked for. */
const REQUEST_LINE_BYTES = 1_024;
const REQUEST_LINE = /^[A-Z]{3,12} ([^\s?]+)\S* HTTP\//;

/** The protocol in whose form the sender of a packet reads errors, as far as its request line tells. */
function protocolOf(packet: Buffer | undefined): Protocol {
  const [, path = ''] = REQUEST_LINE.exec(packet?.toString('latin1', 0, REQUEST_LINE_BYTES) ?? '') ?? [];
  return noRoute(path, {}).protocol;
}

/** Answers what the HTTP parser refuses, in the shape of every other error. */
function refuse(error: ClientError, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  // An answer is on its way already: a second one behind it would be taken for the answer to another request.
  if ((socket as AnsweringSocket)._httpMessage?.headersSent) {
    socket.destroySoon();
    return;
  }
  const code = CLIENT_ERRORS[error.code ?? ''] ?? 'invalid_request';
  const cause = code === 'invalid_request' ? 'it is malformed' : ERRORS[code].meaning;
  answer(socket, new ProxyError(code, `The HTTP request is refused: ${cause}`), protocolOf(error.rawPacket));
}

/** This is no forward proxy (RFC 9110 section 9.3.6): a client that takes it for one hears so. */
function refuseConnect(socket: Socket): void {
  socket.on('error', () => socket.destroy());
  answer(socket, methodNotAllowed('CONNECT'));
}

/** Ends a connection on which no response can be written. */
function answer(socket: Socket, failure: ProxyError, protocol = protocolOf(undefined)): void {
  const body = protocol.errorBody(failure);
  const responder = new SocketResponder(socket);
  responder.head(failure.status, errorHeaders(body, Object.entries(failure.headers).flat()));
  responder.end(body);
  // A client that keeps its side open would hold the connection for ever.
  const timer = setTimeout(() => socket.destroy(), LAST_WORDS_MS);
  socket.once('close', () => clearTimeout(timer));
}
