import type { Clock } from './clock.ts';

interface Timer {
  readonly at: number;
  readonly action: () => void;
}

interface Waiter {
  readonly count: number;
  readonly settle: () => void;
}

/** Timers that may start one another; a run that starts more than this many is a loop without end. */
const MOST_TIMERS = 100_000;

/** A clock that stands still until it is moved. What is due on the way happens in order, each thing at its own time. */
export class VirtualClock implements Clock {
  #now: number;
  /** By time; equal times in the order in which they were asked for. */
  #timers: Timer[] = [];
  #waiters: Waiter[] = [];

  /** Epoch milliseconds to begin with. */
  constructor(start: number) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  /** Timers that wait for the clock to be moved. */
  get waiting(): number {
    return this.#timers.length;
  }

  /** Milliseconds until the next timer is due; `undefined` when none waits. */
  get nextMs(): number | undefined {
    const [next] = this.#timers;
    return next && Math.max(0, next.at - this.#now);
  }

  after(ms: number, action: () => void): () => void {
    const timer = { at: this.#now + Math.max(0, ms), action };
    const later = this.#timers.findIndex(({ at }) => at > timer.at);
    this.#timers.splice(later === -1 ? this.#timers.length : later, 0, timer);
    this.#notifyWaiters();
    return () => void (this.#timers = this.#timers.filter((other) => other !== timer));
  }

  /** Moves on by `ms`. Returns how many timers were due, those included that were started on the way. */
  advance(ms: number): number {
    const end = this.#now + ms;
    const ran = this.#run((timer) => timer.at <= end);
    this.#now = end;
    return ran;
  }

  /** Moves on until no timer waits. Returns how many were due. */
  runAll(): number {
    return this.#run(() => true);
  }

  /** Jumps to a time. Forwards that is an advance; backwards, what waits keeps the time it still has to wait. */
  set(time: number): number {
    const distance = time - this.#now;
    if (distance >= 0) return this.advance(distance);
    this.#now = time;
    this.#timers = this.#timers.map(({ at, action }) => ({ at: at + distance, action }));
    return 0;
  }

  /** Resolves when at least `count` timers wait: what was asked of the server before has come as far as it comes. */
  async whenWaiting(count: number): Promise<void> {
    if (this.#timers.length >= count) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiters.push({ count, settle: resolve });
    await promise;
  }

  #run(due: (timer: Timer) => boolean): number {
    for (let ran = 0; ran < MOST_TIMERS; ran += 1) {
      const [next] = this.#timers;
      if (next === undefined || !due(next)) return ran;
      this.#timers.shift();
      this.#now = Math.max(this.#now, next.at);
      next.action();
    }
    throw new Error(`the virtual clock stopped at ${MOST_TIMERS} timers: each starts the next without end`);
  }

  #notifyWaiters(): void {
    const enough = this.#waiters.filter(({ count }) => this.#timers.length >= count);
    if (enough.length === 0) return;
    this.#waiters = this.#waiters.filter((waiter) => !enough.includes(waiter));
    for (const { settle } of enough) settle();
  }
}
