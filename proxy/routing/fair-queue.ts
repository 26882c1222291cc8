import type { CancelTimer, TimerClock } from '../core/clock.ts';

/**
 * Why a request does not wait any more, or never did. `share`: the queue is full, and its caller has as many requests in it as any.
 * `closed`: the proxy stops.
 */
export type QueueRefusal = 'full' | 'share' | 'timeout' | 'closed';

/** A request that waits. */
export interface Waiter {
  /** Callers take turns; opaque. */
  readonly caller: string;
  /** Turns of the caller in a round, and its part of a full queue, where others have 1; a whole number from 1 on. Default: 1. */
  readonly weight?: number;
  /** Takes what has become free; false = nothing that it could use has. */
  take(): boolean;
  refused(why: QueueRefusal): void;
}

export interface QueueSettings {
  /** Requests that may wait; 0 = none may. */
  readonly size: number;
  /** Milliseconds that one may wait. */
  readonly timeoutMs: number;
}

/** How a wait has ended, and how long it was. */
export type WaitEnd = QueueRefusal | 'taken' | 'left';
export type OnWaited = (end: WaitEnd, ms: number) => void;

interface Place {
  readonly waiter: Waiter;
  readonly since: number;
  stop: CancelTimer;
}

/** What waits of one caller. */
interface Line {
  readonly places: Place[];
  weight: number;
  /** Turns that are left of the round. */
  turns: number;
}

/**
 * Requests that wait until something is free, bounded in number and time. Callers take turns, whatever the number of their requests, as many in
 * a round as their weight says; those of one caller go in their order. Where the queue is full, a caller with fewer requests in it, for its
 * weight, than another takes the newest place of that one.
 */
export class FairQueue {
  /** Whether something may be free: without it no waiter is asked. */
  hasRoom: () => boolean = () => true;
  readonly #clock: TimerClock;
  readonly #onWaited: OnWaited;
  #settings: QueueSettings;
  /** By caller, the one whose turn is next first. */
  readonly #lines = new Map<string, Line>();
  #size = 0;
  #isClosed = false;
  #isWaking = false;

  constructor(settings: QueueSettings, clock: TimerClock, onWaited: OnWaited = () => undefined) {
    this.#settings = settings;
    this.#clock = clock;
    this.#onWaited = onWaited;
  }

  /** Requests that wait. */
  get size(): number {
    return this.#size;
  }

  /** Milliseconds that one may wait. */
  get timeoutMs(): number {
    return this.#settings.timeoutMs;
  }

  /** Takes the settings of a new configuration; who waits keeps the end of its wait. */
  configure(settings: QueueSettings): void {
    this.#settings = settings;
    this.wakeSoon();
  }

  /** Lets a request wait. The returned function takes it out again; undefined = it may not wait, and has heard why. */
  enter(waiter: Waiter): (() => void) | undefined {
    const refusal = this.#refusalOf(waiter);
    if (refusal) {
      this.#onWaited(refusal, 0);
      waiter.refused(refusal);
      return undefined;
    }
    const place: Place = { waiter, since: this.#clock.monotonic(), stop: () => undefined };
    place.stop = this.#clock.after(this.#settings.timeoutMs, () => this.#refuse(place, 'timeout'));
    const { caller, weight = 1 } = waiter;
    const line = this.#lines.get(caller);
    if (line) {
      line.places.push(place);
      line.weight = weight;
    } else this.#lines.set(caller, { places: [place], weight, turns: weight });
    this.#size += 1;
    if (this.hasRoom()) this.wakeSoon();
    return () => void this.#leave(place, 'left');
  }

  /** Something has become free: who waits is asked once the present call is through. */
  wakeSoon(): void {
    if (this.#size === 0 || this.#isWaking) return;
    this.#isWaking = true;
    queueMicrotask(() => {
      this.#isWaking = false;
      this.#wake();
    });
  }

  /** Refuses all that wait, and all that come. */
  close(): void {
    this.#isClosed = true;
    for (const place of [...this.#lines.values()].flatMap(({ places }) => places)) this.#refuse(place, 'closed');
  }

  #wake(): void {
    let served = true;
    while (served && this.#size > 0) {
      served = false;
      for (const [caller, line] of this.#lines) {
        if (!this.hasRoom()) return;
        const place = line.places.find(({ waiter }) => waiter.take());
        if (place === undefined) continue;
        served = true;
        this.#leave(place, 'taken');
        this.#turnOver(caller, line);
        break;
      }
    }
  }

  /** Once a caller has had its turns, the next ones come after those of all others. */
  #turnOver(caller: string, line: Line): void {
    line.turns -= 1;
    if (line.turns > 0 || line.places.length === 0) return;
    line.turns = line.weight;
    this.#lines.delete(caller);
    this.#lines.set(caller, line);
  }

  #refusalOf({ caller, weight = 1 }: Waiter): QueueRefusal | undefined {
    if (this.#isClosed) return 'closed';
    if (this.#size < this.#settings.size) return undefined;
    if (this.#size === 0) return 'full';
    const own = this.#lines.get(caller)?.places.length ?? 0;
    const longest = [...this.#lines.values()].reduce((most, line) => (loadOf(line) > loadOf(most) ? line : most));
    const newest = longest.places.at(-1);
    if (newest === undefined || loadOf(longest) <= (own + 1) / weight) return own === 0 ? 'full' : 'share';
    this.#refuse(newest, 'share');
    return undefined;
  }

  #refuse(place: Place, why: QueueRefusal): void {
    if (this.#leave(place, why)) place.waiter.refused(why);
  }

  #leave(place: Place, end: WaitEnd): boolean {
    const { caller } = place.waiter;
    const line = this.#lines.get(caller);
    const index = line?.places.indexOf(place) ?? -1;
    if (line === undefined || index === -1) return false;
    line.places.splice(index, 1);
    if (line.places.length === 0) this.#lines.delete(caller);
    this.#size -= 1;
    place.stop();
    this.#onWaited(end, this.#clock.monotonic() - place.since);
    return true;
  }
}

function loadOf({ places, weight }: Line): number {
  return places.length / weight;
}
