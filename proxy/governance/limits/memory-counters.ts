import { randomUUID } from 'node:crypto';
import { admissionOf } from './admission.ts';
import { added } from './amounts.ts';
import type {
  Admission,
  Ask,
  Charge,
  Charged,
  Counters,
  Limit,
  Reading,
  Reservation,
  Snapshot,
  SnapshotRow,
} from './types.ts';
import { Windows } from './windows.ts';

/** One counter's state; `used` belongs to the window that began at `start`. */
interface State {
  limit: Limit;
  used: bigint;
  start: number;
}

export interface MemoryCountersOptions {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly windows?: Windows;
}

/**
 * Counters of one process. Every call works within one turn of the event loop, so what runs in parallel cannot come
 * between a check and its charge.
 */
export class MemoryCounters implements Counters {
  readonly #now: () => number;
  readonly #windows: Windows;
  readonly #states = new Map<string, State>();
  readonly #changed = new Set<string>();
  readonly #slots = new Map<string, Set<string>>();

  constructor(options: MemoryCountersOptions) {
    this.#now = options.now;
    this.#windows = options.windows ?? new Windows();
  }

  reserve(ask: Ask, id: string = randomUUID()): Admission {
    const now = this.#now();
    const readings = ask.claims.map(({ limit }) => this.#reading(limit, now));
    const slotsUsed = (ask.slots ?? []).map((slot) => this.#slots.get(slot.id)?.size ?? 0);
    const admission = admissionOf(ask, id, now, { readings, slotsUsed });
    if (admission.reservation === undefined) return admission;
    for (const [index, reading] of admission.readings.entries()) {
      if (ask.claims[index]?.mode === 'take') this.#keep(reading);
    }
    for (const slot of admission.reservation.slots) this.#holdersOf(slot.id).add(id);
    return admission;
  }

  charge(charges: readonly Charge[]): readonly Charged[] {
    const now = this.#now();
    return charges.map(({ limit, amount: given }) => {
      const amount = given > 0n ? given : 0n;
      const before = this.#reading(limit, now);
      const after = { ...before, used: added(limit.unit, before.used, amount), amount };
      this.#keep(after);
      return after;
    });
  }

  giveBack(reservation: Reservation): void {
    this.giveBackOpen(reservation);
  }

  /** Gives back, and says which of the requests still stood in the window that is open. */
  giveBackOpen({ taken }: Reservation): Reservation['taken'] {
    const now = this.#now();
    return taken.filter(({ limit, start }) => {
      const reading = this.#reading(limit, now);
      if (reading.start !== start) return false;
      this.#keep({ ...reading, used: added(limit.unit, reading.used, -1n) });
      return true;
    });
  }

  release({ id, slots }: Reservation): void {
    for (const slot of slots) {
      const holders = this.#slots.get(slot.id);
      holders?.delete(id);
      if (holders?.size === 0) this.#slots.delete(slot.id);
    }
  }

  read(limits: readonly Limit[]): readonly Reading[] {
    const now = this.#now();
    return limits.map((limit) => this.#reading(limit, now));
  }

  reset(limits: readonly Limit[]): void {
    const now = this.#now();
    for (const limit of limits) this.#keep({ limit, used: 0n, start: this.#resetAt(limit, now) });
  }

  restore({ counters }: Snapshot): void {
    for (const row of counters) if (!this.#states.has(row.limit.id)) this.#keep(row);
  }

  snapshot(): Snapshot {
    return { epoch: undefined, counters: this.rows() };
  }

  changed(): Snapshot {
    const counters = [...this.#changed].flatMap((id) => this.#states.get(id) ?? []).map((state) => ({ ...state }));
    this.#changed.clear();
    return { epoch: undefined, counters };
  }

  /** Counters that were used, as they were last left. */
  rows(): SnapshotRow[] {
    return [...this.#states.values()].map(({ limit, used, start }) => ({ limit, used, start }));
  }

  rowsFor(limits: readonly Limit[]): SnapshotRow[] {
    return limits.flatMap(({ id }) => this.#states.get(id) ?? []);
  }

  /** Counts slots that were granted elsewhere. */
  hold({ id, slots }: Reservation): void {
    for (const slot of slots) this.#holdersOf(slot.id).add(id);
  }

  /** Takes over what is known from elsewhere. */
  put(rows: readonly SnapshotRow[]): void {
    for (const row of rows) this.#keep(row);
  }

  forget(limits: readonly Limit[]): void {
    for (const { id } of limits) {
      this.#states.delete(id);
      this.#changed.delete(id);
    }
  }

  close(): void {
    this.#slots.clear();
  }

  /** A window that was reset is another one, even within the same millisecond: what it replaces is not given back to it. */
  #resetAt(limit: Limit, now: number): number {
    const start = this.#states.get(limit.id)?.start ?? limit.anchor;
    return start === now ? now + 1 : now;
  }

  #reading(limit: Limit, now: number): Reading {
    const state = this.#states.get(limit.id);
    const known = state?.start ?? limit.anchor;
    const { start, end } = this.#windows.at(limit.window, known, now);
    return { limit, used: start === known ? (state?.used ?? 0n) : 0n, start, end };
  }

  #keep({ limit, used, start }: SnapshotRow): void {
    const state = this.#states.get(limit.id);
    if (state?.used !== used || state.start !== start) this.#changed.add(limit.id);
    if (state === undefined) {
      this.#states.set(limit.id, { limit, used, start });
      return;
    }
    state.limit = limit;
    state.used = used;
    state.start = start;
  }

  #holdersOf(slotId: string): Set<string> {
    const known = this.#slots.get(slotId);
    if (known !== undefined) return known;
    const made = new Set<string>();
    this.#slots.set(slotId, made);
    return made;
  }
}
