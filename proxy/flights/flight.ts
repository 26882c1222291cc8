/**
 * One upstream generation that several exchanges share. The producer opens it, pushes whole events (or body pieces) and
 * ends it; each passenger replays what has come so far and then follows, at its own pace.
 *
 * Endings are a closed set: `done` · `failed` (the error is the same for everyone) · `cut` (broke off after it had
 * opened) · `abandoned` (no passenger was left, the producer stops; whoever comes now starts a new flight).
 */
export type FlightEnding<Failure> =
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly failure: Failure }
  | { readonly kind: 'cut'; readonly reason: string }
  | { readonly kind: 'abandoned' };

/** What one passenger does with the flight. All calls are synchronous and in order: open, chunks, end. */
export interface Passenger<Head, Failure> {
  onOpen(head: Head): void;
  /** Returns false to be paused until `Boarding.resume`. */
  onChunk(chunk: Buffer): boolean;
  onEnd(ending: FlightEnding<Failure>): void;
}

export interface Boarding {
  /** The passenger can take more. */
  resume(): void;
  /** The passenger leaves; when it was the last, the flight is abandoned. */
  leave(): void;
}

export interface FlightControls {
  pause(): void;
  resume(): void;
  /** Nobody is left: stop the upstream. */
  abort(): void;
}

interface Seat<Head, Failure> {
  readonly passenger: Passenger<Head, Failure>;
  next: number;
  opened: boolean;
  blocked: boolean;
  left: boolean;
}

const NO_CONTROLS: FlightControls = { pause: () => undefined, resume: () => undefined, abort: () => undefined };

export class Flight<Head, Failure> {
  readonly #retainBytes: number;
  readonly #seats = new Set<Seat<Head, Failure>>();
  readonly #onEmpty: () => void;
  #controls = NO_CONTROLS;
  #log: Buffer[] = [];
  /** Index of `#log[0]` in the whole flight; above 0 once the log was trimmed. */
  #base = 0;
  #bytes = 0;
  #head: Head | undefined;
  #ending: FlightEnding<Failure> | undefined;
  #paused = false;

  /**
   * `retainBytes`: how much of the answer is kept for late passengers and for the recorder; past it the flight takes
   * no new passenger and forgets what everyone has read. 0 keeps nothing.
   */
  constructor(retainBytes: number, onEmpty: () => void = () => undefined) {
    this.#retainBytes = retainBytes;
    this.#onEmpty = onEmpty;
  }

  /** Whether a late passenger would still get everything from the first byte. */
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

  get passengers(): number {
    return this.#seats.size;
  }

  board(passenger: Passenger<Head, Failure>): Boarding {
    const seat: Seat<Head, Failure> = { passenger, next: this.#base, opened: false, blocked: false, left: false };
    this.#seats.add(seat);
    this.#serve(seat);
    return {
      resume: () => {
        seat.blocked = false;
        this.#serve(seat);
        this.#trim();
        this.#adjustFlow();
      },
      leave: () => this.#leave(seat),
    };
  }

  /** The producer's side from here on. Each attempt brings its own controls. */
  control(controls: FlightControls): void {
    this.#controls = controls;
    this.#paused = false;
  }

  open(head: Head): void {
    if (this.#ending) return;
    this.#head = head;
    for (const seat of this.#seats) this.#serve(seat);
  }

  push(chunk: Buffer): void {
    if (this.#ending) return;
    this.#log.push(chunk);
    this.#bytes += chunk.length;
    for (const seat of this.#seats) this.#serve(seat);
    this.#trim();
    this.#adjustFlow();
  }

  end(ending: FlightEnding<Failure>): void {
    if (this.#ending) return;
    this.#ending = ending;
    this.#controls = NO_CONTROLS;
    for (const seat of this.#seats) this.#serve(seat);
  }

  #serve(seat: Seat<Head, Failure>): void {
    if (seat.left) return;
    if (!seat.opened && this.#head !== undefined) {
      seat.opened = true;
      seat.passenger.onOpen(this.#head);
    }
    if (seat.opened) {
      while (!seat.blocked && !seat.left) {
        const chunk = this.#log[seat.next - this.#base];
        if (chunk === undefined) break;
        seat.next += 1;
        seat.blocked = !seat.passenger.onChunk(chunk);
      }
    }
    const caughtUp = seat.next - this.#base >= this.#log.length || !seat.opened;
    if (this.#ending && caughtUp && !seat.left) {
      seat.left = true;
      this.#seats.delete(seat);
      seat.passenger.onEnd(this.#ending);
    }
  }

  #leave(seat: Seat<Head, Failure>): void {
    if (seat.left) return;
    seat.left = true;
    this.#seats.delete(seat);
    if (this.#ending) return;
    if (this.#seats.size === 0) {
      const controls = this.#controls;
      this.end({ kind: 'abandoned' });
      this.#onEmpty();
      controls.abort();
    } else {
      this.#trim();
      this.#adjustFlow();
    }
  }

  /** Past the bound only what the slowest passenger still needs is kept. */
  #trim(): void {
    if (this.#bytes <= this.#retainBytes || this.#seats.size === 0) return;
    let slowest = Infinity;
    for (const seat of this.#seats) slowest = Math.min(slowest, seat.next);
    const drop = slowest - this.#base;
    if (drop <= 0) return;
    this.#log = this.#log.slice(drop);
    this.#base += drop;
  }

  /** While all is kept the fastest passenger sets the pace, afterwards the slowest. */
  #adjustFlow(): void {
    if (this.#ending) return;
    const pause = this.#bytes <= this.#retainBytes ? this.#everyoneBlocked() : this.#someoneBlocked();
    if (pause === this.#paused) return;
    this.#paused = pause;
    if (pause) this.#controls.pause();
    else this.#controls.resume();
  }

  #everyoneBlocked(): boolean {
    for (const seat of this.#seats) if (!seat.blocked) return false;
    return this.#seats.size > 0;
  }

  #someoneBlocked(): boolean {
    for (const seat of this.#seats) if (seat.blocked) return true;
    return false;
  }
}
