import type { RedisClient } from './client.ts';
import { UNAVAILABLE } from './unavailable.ts';

/** Small strings with a time to live that all replicas see: who owns a response id, shares of cached prompts. Never rejects. */
export class RedisSharedStore {
  readonly #client: RedisClient;
  readonly #nameOf: (key: string) => string;

  /** `nameOf`: the name in Redis of what is kept under a key. */
  constructor(client: RedisClient, nameOf: (key: string) => string = (key) => client.keys.affinity(key)) {
    this.#client = client;
    this.#nameOf = nameOf;
  }

  /** Undefined when it is not there or Redis does not answer. */
  async get(key: string): Promise<string | undefined> {
    const values = await this.#client.read([this.#nameOf(key)]);
    return values === UNAVAILABLE ? undefined : values[0]?.toString();
  }

  async set(key: string, value: string, ttlMs: number): Promise<void> {
    await this.#client.send([['SET', this.#nameOf(key), value, 'PX', Math.max(1, Math.round(ttlMs))]]);
  }
}
