import { chunks } from './chunks.ts';
import type { Adjustment, Change } from './script-commands.ts';
import type { Limit } from './types.ts';

/** Counters of one change: a command stays far below what Redis is sent on another connection. */
const CHUNK = 50;
/** Changes that may wait one by one. */
const MAX_WAITING = 10_000;

interface Waiting {
  readonly change: Change;
  sending: boolean;
}

interface Delta {
  readonly limit: Limit;
  readonly start: number;
  amount: bigint;
}

/**
 * Changes that Redis has not confirmed. Those that were never sent are summed a counter, so their number is bounded by that
 * of the counters; those whose answer was lost are kept one by one, bounded by what was in flight.
 */
export class Outbox {
  readonly #waiting = new Map<number, Waiting>();
  readonly #deltas = new Map<string, Delta>();
  readonly #resets = new Map<string, { readonly limit: Limit; readonly start: number }>();
  /** Numbers of changes that are not settled, in ascending order. */
  readonly #open = new Set<number>();
  #last = 0;

  /** Number of a new change. */
  next(): number {
    this.#last += 1;
    this.#open.add(this.#last);
    return this.#last;
  }

  settled(seq: number): void {
    this.#open.delete(seq);
  }

  /** All changes up to this number are settled. */
  get floor(): number {
    for (const lowest of this.#open) return lowest - 1;
    return this.#last;
  }

  get isEmpty(): boolean {
    return this.#waiting.size + this.#deltas.size + this.#resets.size === 0;
  }

  /** Whether nothing more may wait one by one: what follows is counted without asking whether Redis had done it. */
  get isFull(): boolean {
    return this.#waiting.size >= MAX_WAITING;
  }

  /** Whether something of the counter was never sent. */
  holds(limit: Limit): boolean {
    return this.#deltas.has(limit.id) || this.#resets.has(limit.id);
  }

  /** A change is to be sent until it is confirmed. */
  keep(change: Change): void {
    this.#waiting.set(change.seq, { change, sending: false });
  }

  /** An amount was added to the window that began at `start`, here alone. */
  add(limit: Limit, start: number, amount: bigint): void {
    const delta = this.#deltas.get(limit.id);
    if (delta?.start === start) delta.amount += amount;
    // What was added to a window that is over matters to no limit any more.
    else this.#deltas.set(limit.id, { limit, start, amount });
  }

  /** The counter was set to zero here, in a window that begins at `start`. */
  reset(limit: Limit, start: number): void {
    this.#deltas.delete(limit.id);
    this.#resets.set(limit.id, { limit, start });
  }

  forget(limit: Limit): void {
    this.#deltas.delete(limit.id);
    this.#resets.delete(limit.id);
  }

  /** What is to be sent now, in its order; each is to be confirmed or returned. */
  take(): Change[] {
    for (const entries of chunks([...this.#resets.values()], CHUNK)) {
      this.keep({ kind: 'reset', seq: this.next(), ref: 0, entries });
    }
    this.#resets.clear();
    const deltas = [...this.#deltas.values()].filter(({ amount }) => amount !== 0n);
    this.#deltas.clear();
    for (const chunk of chunks(deltas, CHUNK)) {
      const entries = chunk.map(({ limit, start, amount }): Adjustment => ({
        limit,
        since: start,
        amount,
        ifApplied: 0n,
      }));
      this.keep({ kind: 'adjust', seq: this.next(), ref: 0, rule: 'open', entries });
    }
    const idle = [...this.#waiting.values()].filter(({ sending }) => !sending);
    for (const waiting of idle) waiting.sending = true;
    return idle.map(({ change }) => change);
  }

  confirm({ seq, ref }: Change): void {
    this.#waiting.delete(seq);
    this.#open.delete(seq);
    this.#open.delete(ref);
  }

  returned({ seq }: Change): void {
    const waiting = this.#waiting.get(seq);
    if (waiting !== undefined) waiting.sending = false;
  }
}
