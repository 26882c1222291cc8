import type { RedisClient } from './client.ts';
import { UNAVAILABLE } from './unavailable.ts';

/** Small strings with a time to live that all replicas see: who owns a response id. Never rejects. */
export class RedisSharedStore {
  readonly #client: RedisClient;

  constructor(client: RedisClient) {
    this.#client = client;
  }

  /** Undefined when it is not there or Redis does not answer. */
  async get(key: string): Promise<string | undefined> {
    const values = await this.#client.read([this.#client.keys.affinity(key)]);
    return values === UNAVAILABLE ? undefined : values[0]?.toString();
  }

  async set(key: string, value: string, ttlMs: number): Promise<void> {
    await this.#client.send([['SET', this.#client.keys.affinity(key), value, 'PX', Math.max(1, Math.round(ttlMs))]]);
  }
}
