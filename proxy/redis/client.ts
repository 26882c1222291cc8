import { type Clock, systemClock } from '../core/clock.ts';
import type { Random } from '../core/random.ts';
import { BulkLane } from './bulk-lane.ts';
import { Breaker } from './breaker.ts';
import type { Command } from './command.ts';
import type { Connection } from './connection.ts';
import { connectionsTo } from './connections.ts';
import { conditionOf, refusalCode, shortened } from './condition.ts';
import { AnswerTooLong, within, withinWhileReading } from './deadline.ts';
import { Keyspace } from './keyspace.ts';
import type { RedisPlace } from './place.ts';
import { ReadBatchers } from './read-batch.ts';
import { SharedClock } from './shared-clock.ts';
import { Subscriber } from './subscriber.ts';
import { UNAVAILABLE } from './unavailable.ts';
import type { Unavailable } from './unavailable.ts';

const CLOSE_TIMEOUT_MS = 250;
const NOT_CONNECTED = 'not connected';
/** Pause between two probes of a Redis that answers: for the shared clock, and for the end of a refusal. */
const PROBE_MS = 15_000;
const REFUSAL_PROBE_MS = 2_000;
const PROBE_LIFE_MS = 60_000;
/** How many round trips to a Redis that is far away a command may take, and how many times the usual deadline at most. */
const ROUND_TRIPS = 3;
/** A probe may take so many deadlines: no request waits for it. */
const PROBE_DEADLINES = 2;
/** Commands that carry more bytes than this travel on a connection of their own. */
const BULK_FROM = 64 * 1024;

export type { Command } from './command.ts';

/** `url` is short for the place of one Redis. */
export type RedisOptions = RedisTerms &
  ({ readonly url: string; readonly place?: never } | { readonly place: RedisPlace; readonly url?: never });

export interface RedisTerms {
  readonly prefix: string;
  readonly random: Random;
  /** Longest wait for an answer of a Redis that is near, in milliseconds. */
  readonly commandTimeoutMs: number;
  /** Told of each change once; `reason` holds no credential and no value. */
  readonly onEvent?: (event: RedisEvent) => void;
  readonly clock?: Clock;
}

/** `refused`: Redis answers, but will not do one kind of command (out of memory, read-only …). `accepted`: it will again. */
export interface RedisEvent {
  readonly kind: 'up' | 'down' | 'refused' | 'accepted';
  readonly reason: string;
}

/**
 * The proxy's one door to Redis, for cache, affinity and shared state, behind one breaker. Nothing here throws or
 * rejects: a call gives what Redis said, or UNAVAILABLE after its deadline, at once while Redis is down.
 */
export class RedisClient {
  readonly keys: Keyspace;
  readonly #timeoutMs: number;
  readonly #connection: Connection;
  readonly #breaker: Breaker;
  readonly #reads: ReadBatchers;
  readonly #bulk: BulkLane;
  readonly #subscriber: Subscriber;
  readonly #follows: boolean;
  readonly #onEvent: (event: RedisEvent) => void;
  readonly #upListeners = new Set<() => void>();
  readonly #downListeners = new Set<() => void>();
  readonly #sharedClock: SharedClock;
  #roundTripMs = 0;
  #nextProbe: NodeJS.Timeout | undefined;
  #isProbing = false;
  #refusal: string | undefined;
  #lastError = NOT_CONNECTED;
  #reported: 'up' | 'down' | undefined;
  #reportedRefusal = '';

  constructor(options: RedisOptions) {
    const { random } = options;
    const place: RedisPlace = options.place ?? { kind: 'single', url: options.url };
    this.keys = new Keyspace(options.prefix, place.kind === 'cluster');
    this.#follows = place.kind === 'sentinels';
    this.#onEvent = options.onEvent ?? (() => undefined);
    this.#timeoutMs = options.commandTimeoutMs;
    this.#sharedClock = new SharedClock(options.clock ?? systemClock);
    const connections = connectionsTo(place, random);
    this.#connection = connections.commands;
    this.#bulk = new BulkLane(() => connections.bulk());
    this.#subscriber = new Subscriber(() => connections.listener(), random);
    this.#reads = new ReadBatchers(this.keys, (keys) => this.#guard(keys[0], () => this.#connection.readMany(keys)));
    this.#breaker = new Breaker({
      probe: () => this.#probe(),
      onStuck: () => this.#reconnect(),
      onChange: (closed, reason) => this.#changed(closed, reason),
      random,
    });
    this.#connection.on('ready', () => void this.#breaker.probe());
    this.#connection.on('error', (error: Error) => (this.#lastError = shortened(error)));
    this.#connection.on('close', () => this.#breaker.fail(this.#lastError));
    this.#connection.on('-node', () => void this.#probeAgain());
  }

  /** Whether Redis answered the last time it was asked. */
  get available(): boolean {
    return this.#breaker.closed;
  }

  /** Why Redis refuses commands (`OOM`, `READONLY` …); undefined while it does not. */
  get refusal(): string | undefined {
    return this.#refusal;
  }

  /** Milliseconds that the clock of Redis, which all replicas share, is ahead of this process's. */
  get clockAheadMs(): number {
    return this.#sharedClock.aheadMs;
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
      const timer = setTimeout(() => {
        // A Redis that takes the connection and stays silent raises no error: from here on the breaker probes it.
        const silent = this.#lastError === NOT_CONNECTED;
        this.#breaker.fail(silent ? `no answer within ${timeoutMs} ms` : this.#lastError);
        settle();
      }, timeoutMs);
      this.#upListeners.add(settle);
    });
  }

  /** The nodes that commands without a key can be sent to; undefined, alone, stands for one Redis. */
  get nodes(): readonly (string | undefined)[] {
    return this.#connection.nodes;
  }

  /**
   * Values of these keys at one moment, null where there is none; all reads of one tick that go to one place travel
   * together. In a cluster the keys of one read carry one hash tag.
   */
  read(keys: readonly string[]): Promise<(Buffer | null)[] | Unavailable> {
    if (!this.available) return Promise.resolve(UNAVAILABLE);
    return this.#reads.read(keys);
  }

  /**
   * The answers of these commands in their order. They are sent in one write; in a cluster each to the node that holds its
   * keys, in no order between nodes, or all to `node`. UNAVAILABLE when any of them failed.
   */
  send(commands: readonly Command[], node?: string): Promise<unknown[] | Unavailable> {
    const bytes = payloadBytes(commands);
    if (bytes < BULK_FROM) return this.#guard(keyOf(commands[0]), () => this.#connection.run(commands, node));
    return this.#sendBulk(bytes, commands);
  }

  /** The same with texts as buffers, for commands that carry little. */
  sendForBuffers(commands: readonly Command[]): Promise<unknown[] | Unavailable> {
    return this.#guard(keyOf(commands[0]), () => this.#connection.runForBuffers(commands));
  }

  /** A large command that takes too long says nothing about the others: the breaker stays as it is. */
  async #sendBulk(bytes: number, commands: readonly Command[]): Promise<unknown[] | Unavailable> {
    if (!this.available) return UNAVAILABLE;
    try {
      return await this.#bulk.run(bytes, this.#deadlineMs, (connection) => connection.run(commands));
    } catch (error) {
      if (conditionOf(error) !== 'gone') this.#failed(error);
      return UNAVAILABLE;
    }
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

  /** Calls `listener` each time Redis ceases to answer. Returns the end of that. */
  onDown(listener: () => void): () => void {
    this.#downListeners.add(listener);
    return () => this.#downListeners.delete(listener);
  }

  /** Lets what is under way finish, within bounds, and ends both connections. */
  async close(): Promise<void> {
    const wasUp = this.available;
    clearTimeout(this.#nextProbe);
    this.#breaker.stop();
    this.#subscriber.close();
    this.#bulk.close();
    if (wasUp) await within(CLOSE_TIMEOUT_MS, this.#connection.quit()).catch(() => undefined);
    this.#connection.disconnect();
  }

  /** `key` says from where the answer comes. */
  async #guard<T>(key: string | undefined, call: () => Promise<T>): Promise<T | Unavailable> {
    if (!this.available) return UNAVAILABLE;
    try {
      return await withinWhileReading(this.#deadlineMs, call(), () => this.#connection.bytesReadFor(key));
    } catch (error) {
      if (!(error instanceof AnswerTooLong)) this.#failed(error);
      return UNAVAILABLE;
    }
  }

  /** Longest wait for an answer: a Redis in another region is used too, one that has become slow is not. */
  get #deadlineMs(): number {
    const far = Math.min(this.#roundTripMs, this.#timeoutMs) * ROUND_TRIPS;
    return Math.round(Math.max(this.#timeoutMs, far));
  }

  #failed(error: unknown): void {
    const reason = shortened(error);
    const condition = conditionOf(error);
    if (condition === 'moving') return;
    if (condition === 'gone') {
      this.#breaker.fail(reason);
      return;
    }
    if (condition === 'refusing') this.#refused(refusalCode(error));
    if (reason !== this.#reportedRefusal) {
      this.#reportedRefusal = reason;
      this.#onEvent({ kind: 'refused', reason });
    }
  }

  #refused(code: string): void {
    const isNew = this.#refusal === undefined;
    this.#refusal = code;
    if (isNew) this.#probeLater();
    // Another one has become the master.
    if (this.#follows && code === 'READONLY') this.#reconnect();
  }

  #accepted(): void {
    if (this.#refusal === undefined) return;
    this.#refusal = undefined;
    this.#reportedRefusal = '';
    this.#onEvent({ kind: 'accepted', reason: 'takes commands' });
  }

  /** Writes, because a Redis that is full or read-only answers every PING, and reads the shared clock. */
  async #probe(): Promise<boolean> {
    const askedAt = performance.now();
    try {
      const probe = this.#connection.probe(this.keys, PROBE_LIFE_MS);
      const { time, errors } = await within(this.#timeoutMs * PROBE_DEADLINES, probe);
      this.#roundTripMs = performance.now() - askedAt;
      this.#sharedClock.read(time, this.#roundTripMs);
      if (errors.length > 0) throw worstOf(errors);
      this.#accepted();
      return true;
    } catch (error) {
      this.#lastError = shortened(error);
      // A write of one key finds its node, if it has one.
      const isGone = ['gone', 'moving'].includes(conditionOf(error));
      if (isGone) this.#connection.lookAgain();
      else this.#failed(error);
      return !isGone;
    } finally {
      this.#probeLater();
    }
  }

  #probeLater(): void {
    clearTimeout(this.#nextProbe);
    const delay = this.#refusal === undefined ? PROBE_MS : REFUSAL_PROBE_MS;
    this.#nextProbe = setTimeout(() => void this.#probeAgain(), delay).unref();
  }

  /** While the breaker is open it probes by itself. */
  async #probeAgain(): Promise<void> {
    if (!this.available || this.#isProbing) return;
    this.#isProbing = true;
    const alive = await this.#probe();
    this.#isProbing = false;
    if (!alive) this.#breaker.fail(this.#lastError);
  }

  /** Only a connection that is open on our side can be stuck; one that is being opened has its own timeout. */
  #reconnect(): void {
    if (this.#connection.isOpen) this.#connection.disconnect(true);
    if (this.#follows) this.#bulk.reconnect();
  }

  #changed(closed: boolean, reason: string): void {
    const kind = closed ? 'up' : 'down';
    if (closed) for (const listener of this.#upListeners) listener();
    if (this.#reported === kind) return;
    if (!closed) for (const listener of this.#downListeners) listener();
    // Silence on the commands' connection makes the other one suspect too: better a gap too many than a message too few.
    if (closed && this.#reported === 'down') this.#subscriber.reconnect();
    this.#reported = kind;
    if (!closed) this.#refusal = undefined;
    if (!closed) this.#reportedRefusal = '';
    this.#onEvent({ kind, reason });
  }
}

function payloadBytes(commands: readonly Command[]): number {
  let bytes = 0;
  for (const command of commands) for (const part of command) if (typeof part !== 'number') bytes += part.length;
  return bytes;
}

/** The first key of a command; each that the proxy sends has it second, a script fourth. */
function keyOf(command: Command | undefined): string | undefined {
  const key = command?.[command[0] === 'EVAL' ? 3 : 1];
  return typeof key === 'string' ? key : undefined;
}

/** One that says that Redis is gone, else any. */
function worstOf(errors: readonly unknown[]): unknown {
  return errors.find((error) => conditionOf(error) !== 'refusing') ?? errors[0];
}
