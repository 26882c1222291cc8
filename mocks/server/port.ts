import type { AddressInfo, Server, Socket } from 'node:net';
import { connect } from 'node:net';
import type { Clock } from './clock.ts';

const BACKLOG = 4096;
const LOOPBACK = '127.0.0.1';
const RETRY_MS = 20;

/** The port of a server. It can be closed for a time, so that connections are refused, without being given away meanwhile. */
export class Port {
  readonly #server: Server;
  readonly #host: string;
  #number = 0;
  #cancelReopening: (() => void) | undefined;
  #holder: Socket | undefined;

  constructor(server: Server, host: string) {
    this.#server = server;
    this.#host = host;
  }

  get number(): number {
    return this.#number;
  }

  /** Rejects when the port is taken. 0 is a free one. */
  async open(port: number): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#server.once('error', reject);
    this.#server.listen({ port, host: this.#host, backlog: BACKLOG }, resolve);
    await promise.finally(() => this.#server.off('error', reject));
    this.#number = (this.#server.address() as AddressInfo).port;
  }

  /** Closes the port alone, and opens it again after a time: connections that are open go on. */
  refuse(ms: number, clock: Clock): void {
    if (!this.#server.listening) return;
    this.#server.close();
    this.#hold();
    this.#cancelReopening = clock.after(ms, () => void this.#reopen());
  }

  /** The port is not opened again. */
  release(): void {
    this.#cancelReopening?.();
    this.#cancelReopening = undefined;
    this.#holder?.destroy();
  }

  /** A connection from the port to itself: the system gives the port to no other program that asks for a free one. */
  #hold(): void {
    const address = this.#host === '0.0.0.0' || this.#host === '::' ? LOOPBACK : this.#host;
    const end = { port: this.#number, host: address, localPort: this.#number, localAddress: address };
    // Where the system knows no such connection, the port is held by nothing.
    this.#holder = connect(end)
      .once('error', () => {})
      .unref();
  }

  /** A program that wanted this very port may have it: then it comes back as soon as that program has gone. */
  async #reopen(): Promise<void> {
    try {
      await this.open(this.#number);
      this.#cancelReopening = undefined;
      this.#holder?.destroy();
    } catch {
      const timer = setTimeout(() => void this.#reopen(), RETRY_MS).unref();
      this.#cancelReopening = () => clearTimeout(timer);
    }
  }
}
