import type { Redis } from 'ioredis';
import type { Random } from '../core/random.ts';
import { retryDelay } from './connection-options.ts';
import { within } from './deadline.ts';

const HEARTBEAT_MS = 15_000;
const ANSWER_TIMEOUT_MS = 2_000;

/** States of a connection that the network has accepted: `connect` while Redis has not said that it is ready. */
const OPEN: ReadonlySet<string> = new Set(['connect', 'ready']);

export interface Subscription {
  readonly listener: (message: string) => void;
  /** Messages may have been missed. */
  readonly onGap: () => void;
}

/**
 * Listens to channels over one connection that is opened with the first of them; one that has ended is replaced. What Redis
 * publishes while none is connected is lost, so each time listening is taken up again, every subscription is told of the gap.
 */
export class Subscriber {
  readonly #open: () => Redis;
  readonly #random: Random;
  readonly #channels = new Map<string, Set<Subscription>>();
  #connection: Redis | undefined;
  #heartbeat: NodeJS.Timeout | undefined;
  #reopening: NodeJS.Timeout | undefined;
  #failures = 0;
  #missed = false;
  #closed = false;

  constructor(open: () => Redis, random: Random) {
    this.#open = open;
    this.#random = random;
  }

  add(channel: string, subscription: Subscription): () => void {
    const known = this.#channels.get(channel);
    if (known) known.add(subscription);
    else this.#channels.set(channel, new Set([subscription]));
    if (this.#connection === undefined) this.#connect();
    else if (!known && this.#connection.status === 'ready') void this.#listen(this.#connection, [channel]);
    return () => this.#channels.get(channel)?.delete(subscription);
  }

  /** Begins anew on a connection that may be dead; one that is being opened is left to come up. */
  reconnect(): void {
    if (this.#connection && OPEN.has(this.#connection.status)) this.#connection.disconnect(true);
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#heartbeat);
    clearTimeout(this.#reopening);
    this.#connection?.disconnect();
    this.#channels.clear();
  }

  #connect(): void {
    const connection = this.#open();
    this.#connection = connection;
    connection.on('message', (channel: string, message: string) => {
      for (const { listener } of this.#channels.get(channel) ?? []) listener(message);
    });
    connection.on('close', () => (this.#missed = true));
    connection.on('end', () => this.#reopenLater());
    connection.on('ready', () => void this.#listen(connection, [...this.#channels.keys()]));
    connection.connect().catch(() => undefined);
    clearInterval(this.#heartbeat);
    this.#heartbeat = setInterval(() => void this.#beat(connection), HEARTBEAT_MS).unref();
  }

  #reopenLater(): void {
    if (this.#closed) return;
    this.#failures += 1;
    this.#reopening = setTimeout(() => this.#connect(), retryDelay(this.#failures, this.#random)).unref();
  }

  async #listen(connection: Redis, channels: readonly string[]): Promise<void> {
    try {
      await within(ANSWER_TIMEOUT_MS, connection.subscribe(...channels));
    } catch {
      // Without a confirmation it is unknown what is heard.
      this.reconnect();
      return;
    }
    this.#failures = 0;
    if (!this.#missed) return;
    this.#missed = false;
    for (const subscriptions of this.#channels.values()) for (const { onGap } of subscriptions) onGap();
  }

  async #beat(connection: Redis): Promise<void> {
    if (!OPEN.has(connection.status)) return;
    try {
      await within(ANSWER_TIMEOUT_MS, connection.ping());
    } catch {
      this.reconnect();
    }
  }
}
