import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { WebSocketServer } from 'ws';
import { ProxyError } from '../../core/errors.ts';
import type { SocketWay } from '../../pipeline/socket-way.ts';
import { readSubprotocols } from '../../generation/own-headers.ts';
import type { BodySource } from '../../wire/http.ts';
import { ResponseSession, type StartFrame } from './session.ts';

/** A peer that is gone without a word is noticed after this time, in milliseconds. */
const KEEP_ALIVE_MS = 30_000;

export interface SocketOptions {
  /** Id of the exchange that opens the socket. */
  readonly id: string;
  /** Bytes of one frame of the client. */
  readonly frameLimit: number;
  /** Sockets that may be open. */
  readonly socketLimit: number;
  readonly start: StartFrame;
}

/** All WebSockets of the Responses API of a listener. */
export class ResponseSockets {
  readonly #open = new Set<ResponseSession>();
  #draining = false;

  /** The way of one upgrade; `head` is what the client has sent behind its request. */
  way(request: IncomingMessage, socket: Socket, head: Buffer, options: SocketOptions): SocketWay {
    return { kind: 'socket', run: () => this.#accept(request, socket, head, options) };
  }

  /** Whether a socket waits for an answer. */
  get isBusy(): boolean {
    return [...this.#open].some(({ isBusy }) => isBusy);
  }

  /** Ends every socket once its running answers are complete. Resolves when all are closed. */
  async drain(): Promise<void> {
    this.#draining = true;
    for (const session of this.#open) session.drain();
    while (this.#open.size > 0) await Promise.all([...this.#open].map(({ closed }) => closed));
  }

  /** Ends what still runs. */
  interrupt(): void {
    for (const session of this.#open) session.interrupt();
  }

  async #accept(request: IncomingMessage, socket: Socket, head: Buffer, options: SocketOptions): Promise<void> {
    const { id, frameLimit, socketLimit, start } = options;
    if (this.#open.size >= socketLimit) {
      const message = `${socketLimit} WebSockets are open (server.response_sockets). Try again later, or use HTTP.`;
      throw new ProxyError('too_many_sockets', message, { headers: { 'retry-after': '1' } });
    }
    const server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: frameLimit,
      // The caller's key, which browsers offer as a subprotocol, is for the proxy alone.
      handleProtocols: (names) => readSubprotocols([...names].join(',')).offered?.split(', ')[0] ?? false,
    });
    server.on('headers', (headers: string[]) => headers.push(`x-request-id: ${id}`));
    // A handshake that is malformed is answered by `ws` itself, and the connection closed.
    server.on('wsClientError', (_error: Error, refused: Socket) => refused.destroySoon());
    await new Promise<void>((resolve) => {
      socket.once('close', resolve);
      server.handleUpgrade(request, socket, head, (client) => {
        socket.setKeepAlive(true, KEEP_ALIVE_MS);
        const session = new ResponseSession(client, start);
        this.#open.add(session);
        if (this.#draining) session.drain();
        void session.closed.finally(() => {
          this.#open.delete(session);
          resolve();
        });
      });
    });
  }
}

/** A frame as the body of a request. */
export function frameSource(frame: Buffer): BodySource {
  return {
    collect: () => Promise.resolve([frame]),
    inspect: () => Promise.reject(new Error('a frame is never passed on uninterpreted')),
  };
}
