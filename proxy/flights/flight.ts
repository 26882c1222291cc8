import type { LogBudget } from './log-budget.ts';

/**
 * One upstream generation that several exchanges share. The producer opens it, pushes whole events (or body pieces) and
 * ends it; each follower replays what has come so far and then follows, at its own pace.
 *
 * Endings are a closed set: `done` · `failed` (the error is the same for all followers) · `cut` (broke off after it had
 * opened) · `abandoned` (no follower was left, the producer stops; the next equal request starts a new flight).
 */
export type FlightEnding<Failure> =
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly failure: Failure }
  | { readonly kind: 'cut'; readonly reason: string }
  | { readonly kind: 'abandoned' };

/** What one follower does with the flight. All calls are synchronous and in order: open, chunks, end. */
export interface Follower<Head, Failure> {
  onOpen(head: Head): void;
  /** Returns false to be paused until `Attachment.resume`. */
  onChunk(chunk: Buffer): boolean;
  onEnd(ending: FlightEnding<Failure>): void;
}

export interface Attachment {
  /** The follower can take more. */
  resume(): void;
  /** The follower leaves; when it was the last, the flight is abandoned. */
  leave(): void;
}

export interface FlightControls {
  pause(): void;
  resume(): void;
  /** No follower is left: stop the upstream. */
  abort(): void;
}

/** Sees all of a flight without being one of its followers: it sets no pace. */
export interface Watcher<Head, Failure> {
  onOpen(head: Head): void;
  onChunk(chunk: Buffer): void;
  onEnd(ending: FlightEnding<Failure>): void;
  /** The last follower has left: true keeps the flight going until `Flight.release`. */
  holds(): boolean;
}

interface Cursor<Head, Failure> {
  readonly follower: Follower<Head, Failure>;
  next: number;
  opened: boolean;
  blocked: boolean;
  left: boolean;
}

const NO_CONTROLS: FlightControls = { pause: () => undefined, resume: () => undefined, abort: () => undefined };

export class Flight<Head, Failure> {
  readonly #retainBytes: number;
  readonly #cursors = new Set<Cursor<Head, Failure>>();
  readonly #onEmpty: () => void;
  readonly #budget: LogBudget | undefined;
  #controls = NO_CONTROLS;
  #watcher: Watcher<Head, Failure> | undefined;
  #log: Buffer[] = [];
  /** Index of `#log[0]` in the whole flight; above 0 once the log was trimmed. */
  #base = 0;
  #bytes = 0;
  /** Everything is kept. */
  #keepsAll = true;
  /** Bytes of the budget that the log has taken. */
  #taken = 0;
  #head: Head | undefined;
  #ending: FlightEnding<Failure> | undefined;
  #paused = false;

  /**
   * `retainBytes`: how much of the answer is kept for late followers and for the recorder; past it the flight takes
   * no new follower and forgets what all followers have read. 0 keeps nothing. `budget`: what it shares with other flights;
   * without anything left there it goes on as past the bound.
   */
  constructor(retainBytes: number, onEmpty: () => void = () => undefined, budget?: LogBudget) {
    this.#retainBytes = retainBytes;
    this.#onEmpty = onEmpty;
    this.#budget = budget;
  }

  /** Whether a late follower would still get everything from the first byte. */
  get joinable(): boolean {
    return this.#base === 0 && this.#ending?.kind !== 'abandoned' && this.#ending?.kind !== 'failed';
  }

  get head(): Head | undefined {
    return this.#head;
  }

  get ending(): FlightEnding<Failure> | undefined {
    return this.#ending;
  }

  /** Everything that was pushed, or undefined when it was too much to keep. */
  get log(): readonly Buffer[] | undefined {
    return this.#base === 0 ? this.#log : undefined;
  }

  get followers(): number {
    return this.#cursors.size;
  }

  attach(follower: Follower<Head, Failure>): Attachment {
    const cursor: Cursor<Head, Failure> = { follower, next: this.#base, opened: false, blocked: false, left: false };
    this.#cursors.add(cursor);
    this.#serve(cursor);
    return {
      resume: () => {
        cursor.blocked = false;
        this.#serve(cursor);
        this.#trim();
        this.#adjustFlow();
      },
      leave: () => this.#leave(cursor),
    };
  }

  /** Before the flight is opened; there is one watcher at the most. */
  watch(watcher: Watcher<Head, Failure>): void {
    this.#watcher = watcher;
  }

  /** The watcher holds the flight no longer: without a follower it is abandoned. */
  release(): void {
    if (!this.#ending && this.#cursors.size === 0) this.#abandon();
  }

  /** The producer's side from here on. Each attempt brings its own controls. */
  control(controls: FlightControls): void {
    this.#controls = controls;
    this.#paused = false;
  }

  open(head: Head): void {
    if (this.#ending) return;
    this.#head = head;
    this.#watcher?.onOpen(head);
    for (const cursor of this.#cursors) this.#serve(cursor);
  }

  push(chunk: Buffer): void {
    if (this.#ending) return;
    this.#log.push(chunk);
    this.#bytes += chunk.length;
    if (this.#keepsAll && !this.#mayKeepAll()) {
      this.#keepsAll = false;
      this.#giveBack();
    }
    this.#watcher?.onChunk(chunk);
    for (const cursor of this.#cursors) this.#serve(cursor);
    this.#trim();
    this.#adjustFlow();
  }

  end(ending: FlightEnding<Failure>): void {
    if (this.#ending) return;
    this.#ending = ending;
    this.#controls = NO_CONTROLS;
    this.#giveBack();
    this.#watcher?.onEnd(ending);
    for (const cursor of this.#cursors) this.#serve(cursor);
  }

  #serve(cursor: Cursor<Head, Failure>): void {
    if (cursor.left) return;
    if (!cursor.opened && this.#head !== undefined) {
      cursor.opened = true;
      cursor.follower.onOpen(this.#head);
    }
    if (cursor.opened) {
      while (!cursor.blocked && !cursor.left) {
        const chunk = this.#log[cursor.next - this.#base];
        if (chunk === undefined) break;
        cursor.next += 1;
        cursor.blocked = !cursor.follower.onChunk(chunk);
      }
    }
    const caughtUp = cursor.next - this.#base >= this.#log.length || !cursor.opened;
    if (this.#ending && caughtUp && !cursor.left) {
      cursor.left = true;
      this.#cursors.delete(cursor);
      cursor.follower.onEnd(this.#ending);
    }
  }

  #leave(cursor: Cursor<Head, Failure>): void {
    if (cursor.left) return;
    cursor.left = true;
    this.#cursors.delete(cursor);
    if (this.#ending) return;
    if (this.#cursors.size === 0 && this.#watcher?.holds() !== true) {
      this.#abandon();
    } else {
      this.#trim();
      this.#adjustFlow();
    }
  }

  #mayKeepAll(): boolean {
    if (this.#bytes > this.#retainBytes) return false;
    const more = this.#budget ? this.#budget.share(this.#bytes) - this.#taken : 0;
    if (more === 0) return true;
    if (this.#budget?.take(more) !== true) return false;
    this.#taken += more;
    return true;
  }

  #giveBack(): void {
    if (this.#taken > 0) this.#budget?.giveBack(this.#taken);
    this.#taken = 0;
  }

  #abandon(): void {
    const controls = this.#controls;
    this.end({ kind: 'abandoned' });
    this.#onEmpty();
    controls.abort();
  }

  /** Past the bound only what the slowest follower still needs is kept. */
  #trim(): void {
    if (this.#keepsAll || (this.#cursors.size === 0 && !this.#watcher)) return;
    let slowest = this.#base + this.#log.length;
    for (const cursor of this.#cursors) slowest = Math.min(slowest, cursor.next);
    const drop = slowest - this.#base;
    if (drop <= 0) return;
    this.#log = this.#log.slice(drop);
    this.#base += drop;
  }

  /** While all is kept the fastest follower sets the pace, afterwards the slowest. */
  #adjustFlow(): void {
    if (this.#ending) return;
    const pause = this.#keepsAll ? this.#allBlocked() : this.#anyBlocked();
    if (pause === this.#paused) return;
    this.#paused = pause;
    if (pause) this.#controls.pause();
    else this.#controls.resume();
  }

  #allBlocked(): boolean {
    for (const cursor of this.#cursors) if (!cursor.blocked) return false;
    return this.#cursors.size > 0;
  }

  #anyBlocked(): boolean {
    for (const cursor of this.#cursors) if (cursor.blocked) return true;
    return false;
  }
}
