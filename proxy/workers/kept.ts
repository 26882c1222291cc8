import { LRUCache } from 'lru-cache';
import type { Clock } from '../core/clock.ts';
import { MemoryStateStore } from '../responses-state/memory-store.ts';
import type { SharedChange } from '../routing/shared-health.ts';
import type { Space } from './messages.ts';

/** Endpoints and their operations whose last change is kept, and for how long when it does not say so, in milliseconds. */
const MOST_CHANGES = 20_000;
const READMITTED_MS = 24 * 3_600_000;
/** Bytes of the small strings that workers share; characters of one name and one value. */
const STRING_BYTES = 64 * 1024 * 1024;
const MOST_NAME = 1_024;
const MOST_VALUE = 4_096;
const ENTRY_BYTES = 200;

interface KeptChange {
  readonly change: SharedChange;
  /** Monotonic milliseconds. */
  readonly until: number;
}

interface KeptString {
  readonly value: string;
  /** Monotonic milliseconds. */
  readonly until: number;
}

/** What the primary keeps for workers that have no Redis: what Redis keeps for replicas, bounded, in memory. */
export class Kept {
  readonly #clock: Clock;
  readonly #changes = new LRUCache<string, KeptChange>({ max: MOST_CHANGES });
  readonly #strings = new LRUCache<string, KeptString>({
    maxSize: STRING_BYTES,
    sizeCalculation: ({ value }, key) => value.length + key.length + ENTRY_BYTES,
  });
  /** Responses and conversations. */
  readonly states: MemoryStateStore;

  /** `stateBytes`: `responses.memory`. */
  constructor(clock: Clock, stateBytes: number) {
    this.#clock = clock;
    this.states = new MemoryStateStore(stateBytes, clock);
  }

  /** Keeps a change of health unless a later one is kept. Returns whether it did. `ttlMs` 0: as long as it may matter. */
  publish(endpoint: string, change: SharedChange, ttlMs: number): boolean {
    const known = this.#changes.get(endpoint);
    if (known !== undefined && known.change.at > change.at) return false;
    const until = this.#clock.monotonic() + (ttlMs > 0 ? ttlMs : READMITTED_MS);
    this.#changes.set(endpoint, { change, until });
    return true;
  }

  /** The changes that still matter, by endpoint. */
  changes(): (readonly [string, SharedChange])[] {
    const now = this.#clock.monotonic();
    return [...this.#changes].flatMap(([endpoint, { change, until }]) => (until > now ? [[endpoint, change]] : []));
  }

  get(space: Space, key: string): string | undefined {
    const name = `${space} ${key}`;
    const kept = this.#strings.get(name);
    if (kept === undefined || kept.until > this.#clock.monotonic()) return kept?.value;
    this.#strings.delete(name);
    return undefined;
  }

  /** What is longer than any name or value of ours is not kept. */
  set(space: Space, key: string, value: string, ttlMs: number): void {
    if (key.length > MOST_NAME || value.length > MOST_VALUE) return;
    this.#strings.set(`${space} ${key}`, { value, until: this.#clock.monotonic() + ttlMs });
  }
}
