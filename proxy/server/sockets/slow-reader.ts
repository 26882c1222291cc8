import type { WebSocket } from 'ws';
import type { EndpointSocket } from './endpoint-socket.ts';

/** Bytes that wait for a client that reads slowly; beyond it nothing more is read from its endpoints. */
const MOST_UNREAD = 1024 * 1024;
/** Milliseconds in which such a client has to have read all of it. */
const UNREAD_MS = 120_000;

/** Writes events to a client at its pace: endpoints wait for it, and a client that does not read is let go. */
export class SlowReader {
  readonly #client: WebSocket;
  readonly #sources: () => Iterable<EndpointSocket>;
  readonly #unreadMs: number;
  readonly #listeners = new Set<() => void>();
  #stall: NodeJS.Timeout | undefined;

  constructor(client: WebSocket, sources: () => Iterable<EndpointSocket>, unreadMs = UNREAD_MS) {
    this.#client = client;
    this.#sources = sources;
    this.#unreadMs = unreadMs;
  }

  /** The client has not read what it was sent. */
  get isFull(): boolean {
    return this.#stall !== undefined;
  }

  /** Calls `listener` each time the client has read it. Returns the end of that. */
  onDrain(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  send(text: Buffer): void {
    const client = this.#client;
    if (client.readyState !== client.OPEN) return;
    client.send(text, { binary: false }, () => this.#written());
    if (this.#stall !== undefined || client.bufferedAmount <= MOST_UNREAD) return;
    for (const source of this.#sources()) source.pause();
    this.#stall = setTimeout(() => client.terminate(), this.#unreadMs);
    this.#stall.unref();
  }

  stop(): void {
    clearTimeout(this.#stall);
  }

  #written(): void {
    if (this.#stall === undefined || this.#client.bufferedAmount > 0) return;
    clearTimeout(this.#stall);
    this.#stall = undefined;
    for (const source of this.#sources()) source.resume();
    for (const listener of this.#listeners) listener();
  }
}
