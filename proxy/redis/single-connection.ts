import { Redis, type RedisOptions } from 'ioredis';
import type { Random } from '../core/random.ts';
import type { Command } from './command.ts';
import type { Connection, ConnectionEvent, Probed } from './connection.ts';
import { COMMON, loginOptions, retryDelay } from './connection-options.ts';
import type { Keyspace } from './keyspace.ts';
import type { SentinelsPlace, SinglePlace } from './place.ts';

/** Longest wait for what a sentinel says. */
const SENTINEL_TIMEOUT_MS = 1_000;

/** States of a connection that the network has accepted: `connect` while Redis has not said that it is ready. */
const OPEN: ReadonlySet<string> = new Set(['connect', 'ready']);

/**
 * Ioredis ends a connection for good that is told to leave while a sentinel is still asked for the master, as every connection is when
 * the master changes. This one begins anew until it is closed.
 */
class LastingRedis extends Redis {
  #isClosed = false;
  #ends = 0;

  constructor(options: Omit<RedisOptions, 'replyMapping'>, random: Random) {
    super(options);
    this.on('ready', () => (this.#ends = 0));
    this.on('end', () => {
      this.#ends += 1;
      setTimeout(() => this.#again(), retryDelay(this.#ends, random)).unref();
    });
  }

  override disconnect(reconnect = false): void {
    if (!reconnect) this.#isClosed = true;
    super.disconnect(reconnect);
  }

  #again(): void {
    if (!this.#isClosed && this.status === 'end') this.connect().catch(() => undefined);
  }
}

/** A connection to one Redis, or to the one that the sentinels say is the master. */
export function openRedis(
  place: SinglePlace | SentinelsPlace,
  random: Random,
  { watchesFailover = false }: { readonly watchesFailover?: boolean } = {},
): Redis {
  const options: RedisOptions = {
    ...COMMON,
    enableOfflineQueue: false,
    retryStrategy: (times) => retryDelay(times, random),
  };
  const redis =
    place.kind === 'single'
      ? new Redis(place.url, options)
      : new LastingRedis({ ...options, ...sentinelOptions(place, random), failoverDetector: watchesFailover }, random);
  // Without a listener ioredis prints to the console.
  redis.on('error', () => undefined);
  return redis;
}

function sentinelOptions(
  { sentinels, master, tls, login, sentinelLogin }: SentinelsPlace,
  random: Random,
): RedisOptions {
  const { username, password } = sentinelLogin;
  const delay = (times: number): number => retryDelay(times, random);
  return {
    ...loginOptions(login, tls),
    sentinels: [...sentinels],
    name: master,
    ...(username === undefined ? {} : { sentinelUsername: username }),
    ...(password === undefined ? {} : { sentinelPassword: password }),
    ...(tls ? { sentinelTLS: {}, enableTLSForSentinelMode: true } : {}),
    sentinelCommandTimeout: SENTINEL_TIMEOUT_MS,
    sentinelRetryStrategy: delay,
    sentinelReconnectStrategy: delay,
  };
}

/** Commands of one round trip each to one Redis. */
export class SingleConnection implements Connection {
  readonly nodes = [undefined];
  readonly #redis: Redis;

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  get isOpen(): boolean {
    return OPEN.has(this.#redis.status);
  }

  connect(): Promise<unknown> {
    return this.#redis.connect();
  }

  disconnect(reconnect = false): void {
    this.#redis.disconnect(reconnect);
  }

  quit(): Promise<unknown> {
    return this.#redis.quit();
  }

  on(event: ConnectionEvent, listener: (error: Error) => void): void {
    this.#redis.on(event, listener);
  }

  readMany(keys: string[]): Promise<(Buffer | null)[]> {
    return this.#redis.mgetBuffer(keys);
  }

  async run(commands: readonly Command[]): Promise<unknown[]> {
    const pipeline = this.#redis.pipeline();
    for (const [name, ...args] of commands) pipeline.call(name, ...args);
    return answersOf(await pipeline.exec());
  }

  async runForBuffers(commands: readonly Command[]): Promise<unknown[]> {
    const pipeline = this.#redis.pipeline();
    for (const [name, ...args] of commands) pipeline.callBuffer(name, ...args);
    return answersOf(await pipeline.exec());
  }

  async probe(keys: Keyspace, lifeMs: number): Promise<Probed> {
    const pipeline = this.#redis.pipeline().call('TIME');
    for (const key of keys.probes) pipeline.call('SET', key, '1', 'PX', lifeMs);
    const [time, ...writes] = (await pipeline.exec()) ?? [];
    return { time: time?.[1], errors: writes.flatMap(([error]) => (error ? [error] : [])) };
  }

  bytesReadFor(): number {
    return bytesReadOf(this.#redis);
  }

  lookAgain(): void {
    // Where it is is asked with every connection.
  }
}

function answersOf(results: [Error | null, unknown][] | null): unknown[] {
  return (results ?? []).map(([error, answer]) => {
    if (error) throw error;
    return answer;
  });
}

export function bytesReadOf({ stream }: Redis): number {
  return (stream as { bytesRead?: number } | undefined)?.bytesRead ?? 0;
}
