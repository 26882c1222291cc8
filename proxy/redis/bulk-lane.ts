import type { Connection } from './connection.ts';
import { within } from './deadline.ts';

/** Slowest rate at which a large command may travel, in bytes a millisecond. */
const MIN_RATE = 1_000;
const CONNECT_MS = 2_000;
/** What may be on its way at once; more is refused. */
const MAX_PENDING_BYTES = 64 * 1024 * 1024;

/**
 * A connection of their own for commands that carry much: small ones do not wait behind them, and the deadline grows
 * with the size. It is opened with the first of them.
 */
export class BulkLane {
  readonly #open: () => Connection;
  #connection: Connection | undefined;
  #opening: Promise<unknown> = Promise.resolve();
  #pendingBytes = 0;

  constructor(open: () => Connection) {
    this.#open = open;
  }

  /** Rejects with what Redis said, or when it did not answer in time. */
  async run<T>(bytes: number, timeoutMs: number, call: (connection: Connection) => Promise<T>): Promise<T> {
    if (this.#pendingBytes + bytes > MAX_PENDING_BYTES) throw new Error('too much is on its way to Redis');
    this.#pendingBytes += bytes;
    try {
      const connection = this.#ready();
      await within(CONNECT_MS, this.#opening);
      return await within(timeoutMs + bytes / MIN_RATE, call(connection));
    } finally {
      this.#pendingBytes -= bytes;
    }
  }

  /** Another one may be the master by now. */
  reconnect(): void {
    if (this.#connection?.isOpen === true) this.#connection.disconnect(true);
  }

  close(): void {
    this.#connection?.disconnect();
  }

  #ready(): Connection {
    if (this.#connection === undefined) {
      this.#connection = this.#open();
      this.#opening = this.#connection.connect();
      // Each command hears of it; a connection that fails tries again by itself.
      this.#opening.catch(() => (this.#opening = Promise.resolve()));
    }
    return this.#connection;
  }
}
