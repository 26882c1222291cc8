import type { Connection } from './connection.ts';
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
 * Listens to channels over one connection that is opened with the first of them. What Redis publishes while no connection is
 * connected is lost, so each time listening is taken up again, every subscription is told of the gap.
 */
export class Subscriber {
  readonly #open: () => Connection;
  readonly #channels = new Map<string, Set<Subscription>>();
  #connection: Connection | undefined;
  #heartbeat: NodeJS.Timeout | undefined;
  #missed = false;

  constructor(open: () => Connection) {
    this.#open = open;
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
    clearInterval(this.#heartbeat);
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
    connection.on('ready', () => void this.#listen(connection, [...this.#channels.keys()]));
    connection.connect().catch(() => undefined);
    this.#heartbeat = setInterval(() => void this.#beat(connection), HEARTBEAT_MS).unref();
  }

  async #listen(connection: Connection, channels: readonly string[]): Promise<void> {
    try {
      await within(ANSWER_TIMEOUT_MS, connection.subscribe(...channels));
    } catch {
      // Without a confirmation it is unknown what is heard.
      this.reconnect();
      return;
    }
    if (!this.#missed) return;
    this.#missed = false;
    for (const subscriptions of this.#channels.values()) for (const { onGap } of subscriptions) onGap();
  }

  async #beat(connection: Connection): Promise<void> {
    if (!OPEN.has(connection.status)) return;
    try {
      await within(ANSWER_TIMEOUT_MS, connection.ping());
    } catch {
      this.reconnect();
    }
  }
}
