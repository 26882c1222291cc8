import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { TimerClock } from '../core/clock.ts';
import type { SharedStore } from '../routing/affinity.ts';

/** Input tokens of an answer, and how many of them the provider had read from its cache. */
export interface ReportedInput {
  readonly input: number;
  readonly cached: number;
}

export interface CachedSharesOptions {
  readonly clock: TimerClock;
  /** Where replicas share what they have learned. */
  readonly shared?: SharedStore;
  /** Pairs in memory; the least recently used one goes first. Default 10,000. */
  readonly maxPairs?: number;
}

/** What is known of one principal and prompt prefix. */
interface Pair {
  /** 0..1 in steps of 0.1; undefined = nothing was reported. */
  share: number | undefined;
  /** Monotonic time since which it holds, or at which the shared store was asked last. */
  at: number;
  /** Reported since the share has changed. */
  input: number;
  cached: number;
  asking: Promise<number | undefined> | undefined;
}

const MAX_PAIRS = 10_000;
/** A share holds at least so long, so that equal requests are ranked alike. */
const HOLDS_MS = 60_000;
const SHARED_TTL_MS = 86_400_000;
/** Longest wait for the shared store. */
const WAIT_MS = 50;

/**
 * Which share of a prompt providers have read from their caches, by who asks and how the prompt begins: it makes the price of
 * `auto` aware of these caches. Prompts are kept as digests.
 */
export class CachedShares {
  readonly #clock: TimerClock;
  readonly #shared: SharedStore | undefined;
  readonly #pairs: LRUCache<string, Pair>;

  constructor({ clock, shared, maxPairs = MAX_PAIRS }: CachedSharesOptions) {
    this.#clock = clock;
    this.#shared = shared;
    this.#pairs = new LRUCache({ max: maxPairs });
  }

  /**
   * The share for a principal (whatever names it) and a prompt prefix; undefined = nothing is known. Waits for the shared store where
   * this process has not looked for a minute, 50 ms at most. Never rejects.
   */
  of(principal: string, prefix: string): number | undefined | Promise<number | undefined> {
    const name = nameOf(principal, prefix);
    const pair = this.#pairs.get(name);
    const shared = this.#shared;
    if (shared === undefined || (pair && !this.#isDue(pair))) return pair?.share;
    const asked = pair ?? this.#make(name);
    asked.asking ??= this.#ask(shared, name, asked).finally(() => (asked.asking = undefined));
    return asked.asking;
  }

  /** Takes note of what upstream has reported for such a prompt. */
  learn(principal: string, prefix: string, { input, cached }: ReportedInput): void {
    if (!(input > 0) || !(cached >= 0)) return;
    const name = nameOf(principal, prefix);
    const pair = this.#pairs.get(name) ?? this.#make(name);
    pair.input += input;
    pair.cached += Math.min(cached, input);
    if (pair.share === undefined) this.#change(name, pair);
    else if (this.#isDue(pair)) void this.#renew(name, pair);
  }

  /** What another replica has changed meanwhile counts for this minute. */
  async #renew(name: string, pair: Pair): Promise<void> {
    const { share } = pair;
    if (this.#shared !== undefined) {
      pair.asking ??= this.#ask(this.#shared, name, pair).finally(() => (pair.asking = undefined));
      if ((await pair.asking) !== share) return;
    }
    if (pair.input > 0) this.#change(name, pair);
  }

  #change(name: string, pair: Pair): void {
    const share = Math.round((10 * pair.cached) / pair.input) / 10;
    pair.share = share;
    pair.at = this.#clock.monotonic();
    pair.input = 0;
    pair.cached = 0;
    if (this.#shared !== undefined) void attempt(() => this.#shared?.set(name, String(share), SHARED_TTL_MS));
  }

  async #ask(shared: SharedStore, name: string, pair: Pair): Promise<number | undefined> {
    const found = shareOf(await this.#inTime(attempt(() => shared.get(name))));
    pair.at = this.#clock.monotonic();
    if (found !== undefined) pair.share = found;
    return pair.share;
  }

  async #inTime<T>(answer: Promise<T>): Promise<T | undefined> {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const cancel = this.#clock.after(WAIT_MS, () => resolve(undefined));
    try {
      return await Promise.race([answer, promise]);
    } finally {
      cancel();
    }
  }

  #isDue({ at }: Pair): boolean {
    return this.#clock.monotonic() - at >= HOLDS_MS;
  }

  /** Due at once: the shared store was not asked yet. */
  #make(name: string): Pair {
    const pair: Pair = { share: undefined, at: -Infinity, input: 0, cached: 0, asking: undefined };
    this.#pairs.set(name, pair);
    return pair;
  }
}

function nameOf(principal: string, prefix: string): string {
  return hash('sha256', JSON.stringify([principal, prefix]), 'base64url');
}

/** Undefined for what no replica of ours has written. */
function shareOf(text: string | undefined): number | undefined {
  const share = text === undefined || text === '' ? Number.NaN : Number(text);
  return share >= 0 && share <= 1 ? share : undefined;
}

async function attempt<T>(call: () => T): Promise<Awaited<T> | undefined> {
  try {
    return await call();
  } catch {
    return undefined;
  }
}
