import { ProxyError } from '../core/errors.ts';
import type { Place, StateStore } from '../responses-state/store.ts';
import type { SharedStore } from '../routing/affinity.ts';
import type { SharedChange, SharedHealth } from '../routing/shared-health.ts';
import type { ToPrimary } from './worker-link.ts';
import type { Space } from './messages.ts';

/** Milliseconds that a request waits for a small string, and for a kept response. */
const STRING_MS = 50;
const STATE_MS = 1_000;
const HEALTH_MS = 1_000;
/** Times that a change is made anew because another came first. */
const MOST_SWAPS = 20;

/** Health of endpoints, shared with the other workers through the primary. */
export class WorkerHealth implements SharedHealth {
  readonly #primary: ToPrimary;
  readonly #listeners = new Set<(endpoint: string, change: unknown) => void>();

  constructor(primary: ToPrimary) {
    this.#primary = primary;
  }

  publish(endpoint: string, change: SharedChange, ttlMs: number): void {
    this.#primary.offer({ what: 'health', endpoint, change, ttlMs });
  }

  subscribe(listener: (endpoint: string, change: unknown) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async load(): Promise<Iterable<readonly [string, SharedChange]>> {
    return (await this.#primary.ask({ what: 'health' }, HEALTH_MS)) ?? [];
  }

  /** Another worker has published it. */
  hear(endpoint: string, change: SharedChange): void {
    for (const listener of this.#listeners) listener(endpoint, change);
  }
}

/** Small strings that all workers see. */
export class WorkerStore implements SharedStore {
  readonly #primary: ToPrimary;
  readonly #space: Space;

  constructor(primary: ToPrimary, space: Space) {
    this.#primary = primary;
    this.#space = space;
  }

  async get(key: string): Promise<string | undefined> {
    return (await this.#primary.ask({ what: 'get', space: this.#space, key }, STRING_MS))?.value;
  }

  set(key: string, value: string, ttlMs: number): void {
    this.#primary.offer({ what: 'set', space: this.#space, key, value, ttlMs });
  }
}

/** Responses and conversations, in the memory of the primary. */
export class WorkerStates implements StateStore {
  readonly #primary: ToPrimary;

  constructor(primary: ToPrimary) {
    this.#primary = primary;
  }

  async get(place: Place): Promise<Buffer | undefined> {
    return answered(await this.#primary.ask({ what: 'state', place }, STATE_MS)).value;
  }

  async put(place: Place, value: Buffer, ttlMs: number): Promise<void> {
    answered(await this.#primary.ask({ what: 'put', place, value, ttlMs }, STATE_MS));
  }

  async update(
    place: Place,
    change: (current: Buffer | undefined) => Buffer | undefined,
    ttlMs: number,
  ): Promise<boolean> {
    for (let turn = 0; turn < MOST_SWAPS; turn += 1) {
      const expected = await this.get(place);
      const value = change(expected);
      if (value === undefined) return false;
      const swap = { what: 'swap', place, expected, value, ttlMs } as const;
      if (answered(await this.#primary.ask(swap, STATE_MS))) return true;
    }
    throw unavailable();
  }

  async delete(place: Place): Promise<boolean> {
    return answered(await this.#primary.ask({ what: 'delete', place }, STATE_MS));
  }
}

function answered<T>(answer: T | undefined): T {
  if (answer === undefined) throw unavailable();
  return answer;
}

function unavailable(): ProxyError {
  return new ProxyError(
    'state_unavailable',
    'Kept responses cannot be read or changed now: the primary process does not answer.',
  );
}
