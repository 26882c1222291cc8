import type { CancelTimer, TimerClock } from '../../proxy/core/clock.ts';

/** A wall clock to begin with, in epoch milliseconds: the figures of a run do not depend on the day. */
const STARTED_AT = 1_750_000_000_000;
/** Cancelled timers that may lie in the queue beside as many live ones. */
const SPARE = 4_096;

interface Timer {
  readonly at: number;
  /** Timers of one moment run in the order in which they were set. */
  readonly order: number;
  /** Undefined once it is cancelled: what it holds on to is given up at once. */
  run: (() => void) | undefined;
}

/** Virtual time: it stands still while something runs and then moves on to the next timer, in a binary heap. */
export class EventClock implements TimerClock {
  #heap: Timer[] = [];
  #time = 0;
  #orders = 0;
  #cancelled = 0;

  now(): number {
    return STARTED_AT + this.#time;
  }

  monotonic(): number {
    return this.#time;
  }

  after(ms: number, run: () => void): CancelTimer {
    const timer: Timer = { at: this.#time + Math.max(0, ms), order: this.#orders++, run };
    this.#heap.push(timer);
    this.#rise(this.#heap.length - 1);
    return () => this.#cancel(timer);
  }

  /**
   * Runs timer after timer while `goesOn` says so and one is left. After each of them all that it has left in microtasks
   * runs, in the same moment of virtual time. Resolves to the number of timers that ran.
   */
  async run(goesOn: () => boolean): Promise<number> {
    let ran = 0;
    while (goesOn()) {
      const timer = this.#take();
      if (timer === undefined) break;
      const { run } = timer;
      if (run === undefined) {
        this.#cancelled -= 1;
        continue;
      }
      timer.run = undefined;
      this.#time = timer.at;
      run();
      ran += 1;
      await new Promise<void>(setImmediate);
    }
    return ran;
  }

  #cancel(timer: Timer): void {
    if (timer.run === undefined) return;
    timer.run = undefined;
    this.#cancelled += 1;
    if (this.#cancelled <= SPARE || this.#cancelled * 2 <= this.#heap.length) return;
    this.#cancelled = 0;
    // A sorted list is a heap.
    this.#heap = this.#heap.filter(({ run }) => run !== undefined).toSorted(before);
  }

  #take(): Timer | undefined {
    const [first] = this.#heap;
    const last = this.#heap.pop();
    if (first === undefined || last === undefined || first === last) return first;
    this.#heap[0] = last;
    this.#sink();
    return first;
  }

  #rise(from: number): void {
    const heap = this.#heap;
    for (let at = from; at > 0;) {
      const above = (at - 1) >> 1;
      if (!this.#swapped(above, at, heap)) return;
      at = above;
    }
  }

  #sink(): void {
    const heap = this.#heap;
    for (let at = 0; ;) {
      const left = 2 * at + 1;
      const [one, other] = [heap[left], heap[left + 1]];
      if (one === undefined) return;
      const least = other !== undefined && before(other, one) < 0 ? left + 1 : left;
      if (!this.#swapped(at, least, heap)) return;
      at = least;
    }
  }

  /** Puts the earlier one above; false where it stands there already. */
  #swapped(above: number, below: number, heap: Timer[]): boolean {
    const [high, low] = [heap[above], heap[below]];
    if (high === undefined || low === undefined || before(high, low) <= 0) return false;
    heap[above] = low;
    heap[below] = high;
    return true;
  }
}

function before(one: Timer, other: Timer): number {
  return one.at - other.at || one.order - other.order;
}
