import type { Random } from '../core/random.ts';
import { Breaker } from './breaker.ts';
import { openConnection } from './connection.ts';
import type { Connection } from './connection.ts';
import { within } from './deadline.ts';
import { Keyspace } from './keyspace.ts';
import { ReadBatcher } from './read-batch.ts';
import { Subscriber } from './subscriber.ts';
import { UNAVAILABLE } from './unavailable.ts';
import type { Unavailable } from './unavailable.ts';

const COMMAND_TIMEOUT_MS = 50;
const CLOSE_TIMEOUT_MS = 250;

/** Answers of a Redis that is there but cannot serve: as good as gone. Other error answers concern one command. */
const UNFIT = /^(LOADING|MASTERDOWN|CLUSTERDOWN|BUSY|NOAUTH|WRONGPASS|NOPERM)\b/;

export interface RedisOptions {
  /** `redis://`, `rediss://` or the path of a Unix socket. */
  readonly url: string;
  readonly prefix: string;
  readonly random: Random;
  /** Longest wait for one answer, in milliseconds. Default 50. */
  readonly commandTimeoutMs?: number;
  /** Told of each change once; `reason` holds no credential and no value. */
  readonly onEvent?: (event: RedisEvent) => void;
}

/** `refused`: Redis answers, but will not do one kind of command (out of memory, read-only …). */
export interface RedisEvent {
  readonly kind: 'up' | 'down' | 'refused';
  readonly reason: string;
}

/** One command: its name and arguments. */
export type Command = readonly [name: string, ...args: (string | number | Buffer)[]];

/**
 * The proxy's one door to Redis, for cache, affinity and shared state, behind one breaker. Nothing here throws or
 * rejects: a call gives what Redis said, or UNAVAILABLE after at most `commandTimeoutMs`, at once while it is down.
 */
export class RedisClient {
  readonly keys: Keyspace;
  readonly #timeoutMs: number;
  readonly #connection: Connection;
  readonly #breaker: Breaker;
  readonly #reads: ReadBatcher;
  readonly #subscriber: Subscriber;
  readonly #onEvent: (event: RedisEvent) => void;
  readonly #upListeners = new Set<() => void>();
  #lastError = 'not connected';
  #reported: 'up' | 'down' | undefined;
  #reportedRefusal = '';

  constructor(options: RedisOptions) {
    this.keys = new Keyspace(options.prefix);
    this.#onEvent = options.onEvent ?? (() => undefined);
    this.#timeoutMs = options.commandTimeoutMs ?? COMMAND_TIMEOUT_MS;
    this.#connection = openConnection(options.url, options.random);
    this.#subscriber = new Subscriber(() => openConnection(options.url, options.random));
    this.#reads = new ReadBatcher((keys) => this.#guard(() => this.#connection.mgetBuffer(keys)));
    this.#breaker = new Breaker({
      probe: () => this.#ping(),
      onStuck: () => this.#restart(),
      onChange: (closed, reason) => this.#changed(closed, reason),
      random: options.random,
    });
    this.#connection.on('ready', () => void this.#breaker.probe());
    this.#connection.on('error', (error: Error) => (this.#lastError = shortened(error)));
    this.#connection.on('close', () => this.#breaker.fail(this.#lastError));
  }

  /** Whether Redis answered the last time it was asked. */
  get available(): boolean {
    return this.#breaker.closed;
  }

  /** Connects; resolves to whether Redis answers, after at most `timeoutMs`. Goes on trying afterwards. */
  async start(timeoutMs: number): Promise<boolean> {
    this.#connection.connect().catch(() => undefined);
    if (this.available) return true;
    return new Promise((resolve) => {
      const settle = (): void => {
        clearTimeout(timer);
        this.#upListeners.delete(settle);
        resolve(this.available);
      };
      const timer = setTimeout(settle, timeoutMs);
      this.#upListeners.add(settle);
    });
  }

  /** Values of these keys at one moment, null where there is none; all reads of one tick travel together. */
  read(keys: readonly string[]): Promise<(Buffer | null)[] | Unavailable> {
    if (!this.available) return Promise.resolve(UNAVAILABLE);
    return this.#reads.read(keys);
  }

  /** The answers of these commands in their order, sent in one write. UNAVAILABLE when any of them failed. */
  send(commands: readonly Command[]): Promise<unknown[] | Unavailable> {
    return this.#guard(async () => {
      const pipeline = this.#connection.pipeline();
      for (const [name, ...args] of commands) pipeline.call(name, ...args);
      const answers = (await pipeline.exec()) ?? [];
      return answers.map(([error, answer]) => {
        if (error) throw error;
        return answer;
      });
    });
  }

  /**
   * Listens on a channel, over a connection of its own. `onGap` is called whenever messages may have been missed, after
   * listening was taken up again. Returns the end of the subscription.
   */
  subscribe(channel: string, listener: (message: string) => void, onGap: () => void): () => void {
    return this.#subscriber.add(channel, { listener, onGap });
  }

  /** Calls `listener` each time Redis begins to answer. Returns the end of that. */
  onUp(listener: () => void): () => void {
    this.#upListeners.add(listener);
    return () => this.#upListeners.delete(listener);
  }

  /** Lets what is under way finish, within bounds, and ends both connections. */
  async close(): Promise<void> {
    const wasUp = this.available;
    this.#breaker.stop();
    this.#subscriber.close();
    if (wasUp) await within(CLOSE_TIMEOUT_MS, this.#connection.quit()).catch(() => undefined);
    this.#connection.disconnect();
  }

  async #guard<T>(call: () => Promise<T>): Promise<T | Unavailable> {
    if (!this.available) return UNAVAILABLE;
    try {
      return await within(this.#timeoutMs, call());
    } catch (error) {
      this.#failed(error);
      return UNAVAILABLE;
    }
  }

  #failed(error: unknown): void {
    const reason = shortened(error);
    if (!(error instanceof Error) || error.name !== 'ReplyError' || UNFIT.test(error.message)) {
      this.#breaker.fail(reason);
    } else if (reason !== this.#reportedRefusal) {
      this.#reportedRefusal = reason;
      this.#onEvent({ kind: 'refused', reason });
    }
  }

  async #ping(): Promise<boolean> {
    try {
      await within(this.#timeoutMs, this.#connection.ping());
      return true;
    } catch (error) {
      this.#lastError = shortened(error);
      return false;
    }
  }

  /** Only a connection that is open on our side can be stuck; one that is being opened has its own timeout. */
  #restart(): void {
    if (['connect', 'ready'].includes(this.#connection.status)) this.#connection.disconnect(true);
  }

  #changed(closed: boolean, reason: string): void {
    const kind = closed ? 'up' : 'down';
    if (closed) for (const listener of this.#upListeners) listener();
    if (this.#reported === kind) return;
    // Silence on the commands' connection makes the other one suspect too: better a gap too many than a message too few.
    if (closed && this.#reported === 'down') this.#subscriber.reconnect();
    this.#reported = kind;
    this.#reportedRefusal = '';
    this.#onEvent({ kind, reason });
  }
}

/** Error answers of Redis name commands and keys, which hold only digests; the bound keeps log lines short. */
function shortened(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, 200);
}
