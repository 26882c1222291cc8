import type { TimerClock } from '../../core/clock.ts';
import { chunks } from './chunks.ts';
import type { Reservation, SlotLimit } from './types.ts';

const CHUNK = 200;

interface Lease {
  readonly slot: SlotLimit;
  readonly id: string;
}

export interface LeasesOptions {
  readonly clock: TimerClock;
  readonly leaseMs: number;
  readonly renew: (leases: readonly Lease[]) => void;
}

/** Slots that requests of this process hold, renewed three times in the life of a lease. */
export class Leases {
  readonly #options: LeasesOptions;
  readonly #held = new Map<string, readonly SlotLimit[]>();
  #timer: (() => void) | undefined;

  constructor(options: LeasesOptions) {
    this.#options = options;
  }

  begin({ id, slots }: Reservation): void {
    if (slots.length === 0) return;
    this.#held.set(id, slots);
    this.#renewLater();
  }

  /** False when the lease had ended before, or held nothing. */
  end(id: string): boolean {
    return this.#held.delete(id);
  }

  renew(): void {
    const all = [...this.#held].flatMap(([id, slots]) => slots.map((slot): Lease => ({ slot, id })));
    for (const part of chunks(all, CHUNK)) this.#options.renew(part);
  }

  close(): void {
    this.#timer?.();
    this.#held.clear();
  }

  #renewLater(): void {
    this.#timer ??= this.#options.clock.after(this.#options.leaseMs / 3, () => {
      this.#timer = undefined;
      if (this.#held.size === 0) return;
      this.renew();
      this.#renewLater();
    });
  }
}
