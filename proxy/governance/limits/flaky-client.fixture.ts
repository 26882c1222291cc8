import type { Command, RedisClient } from '../../redis/client.ts';
import type { Unavailable } from '../../redis/unavailable.ts';
import { UNAVAILABLE } from '../../redis/unavailable.ts';
import type { CountersClient } from './shared-counters.ts';

/**
 * A client of a real Redis whose next commands can be made to fail: `away` sends nothing, `unanswered` carries them out and
 * loses the answer, `dropped` loses the command, `late` carries them out when `deliver` is called.
 */
export class FlakyClient implements CountersClient {
  readonly #client: RedisClient;
  readonly #listeners = new Set<() => void>();
  readonly #late: (readonly Command[])[] = [];
  #isFull = false;
  #mode: 'up' | 'away' | 'unanswered' | 'dropped' | 'late' = 'up';

  constructor(client: RedisClient) {
    this.#client = client;
  }

  get keys() {
    return this.#client.keys;
  }

  get clockAheadMs(): number {
    return this.#client.clockAheadMs;
  }

  get available(): boolean {
    return this.#mode !== 'away';
  }

  get refusal(): string | undefined {
    return this.#isFull ? 'OOM' : undefined;
  }

  /** It answers, and takes no writes. */
  fill(isFull: boolean): void {
    this.#isFull = isFull;
  }

  onUp(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  fail(mode: 'away' | 'unanswered' | 'dropped' | 'late'): void {
    this.#mode = mode;
  }

  /** Ends the outage. */
  recover(): void {
    if (this.#mode === 'up') return;
    this.#mode = 'up';
    for (const listener of this.#listeners) listener();
  }

  /** Carries out what is late. */
  async deliver(): Promise<void> {
    for (const commands of this.#late.splice(0)) await this.#client.send(commands);
  }

  async send(commands: readonly Command[]): Promise<unknown[] | Unavailable> {
    const mode = this.#mode;
    if (mode === 'up') return this.#client.send(commands);
    // One command fails on its way; Redis is away for those that follow.
    this.#mode = 'away';
    if (mode === 'unanswered') await this.#client.send(commands);
    if (mode === 'late') this.#late.push(commands);
    return UNAVAILABLE;
  }
}
