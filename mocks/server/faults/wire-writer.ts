import type { Socket } from 'node:net';
import type { Delivered } from '../../journal/record.ts';
import type { Clock } from '../clock.ts';
import type { Wire, WireEnding, WireStep } from '../delivery.ts';

export interface WireWriterParts {
  readonly socket: Socket;
  readonly wire: Wire;
  /** For the journal; `undefined` when no head is sent. */
  readonly status: number | undefined;
  readonly clock: Clock;
  /** What was written so far; shared with the journal. */
  readonly delivered: Delivered;
  readonly fail: (error: unknown) => void;
}

const ENDINGS: Readonly<Record<WireEnding, (socket: Socket) => void>> = {
  fin: (socket) => socket.destroySoon(),
  'half-close': (socket) => void socket.end(),
  reset: (socket) => void socket.resetAndDestroy(),
  hang: () => {},
};

/** Writes an answer straight to its socket, each step only when the one before it was handed over: the reader sees the same pieces. */
export class WireWriter {
  readonly #parts: WireWriterParts;
  readonly #steps: Iterator<WireStep>;
  #cancelTimer: (() => void) | undefined;
  #over = false;

  constructor(parts: WireWriterParts) {
    this.#parts = parts;
    this.#steps = parts.wire.steps[Symbol.iterator]();
  }

  start(): void {
    const { socket, status, delivered, clock } = this.#parts;
    socket.setNoDelay(true);
    if (status !== undefined) {
      delivered.status = status;
      delivered.firstByteAt = clock.now();
    }
    this.#next();
  }

  stop(): void {
    this.#over = true;
    this.#cancelTimer?.();
    this.#steps.return?.();
  }

  readonly #next = (): void => {
    if (this.#over) return;
    try {
      const step = this.#steps.next();
      if (step.done) this.#end();
      else this.#take(step.value);
    } catch (error) {
      this.stop();
      this.#parts.fail(error);
    }
  };

  #take(step: WireStep): void {
    const { socket, clock, delivered } = this.#parts;
    if ('waitMs' in step) {
      this.#cancelTimer = clock.after(step.waitMs, this.#next);
      return;
    }
    delivered.bytesOut += step.bodyBytes;
    delivered.eventsOut += step.events;
    socket.write(step.send, this.#next);
  }

  #end(): void {
    const { socket, wire, delivered, clock } = this.#parts;
    this.#over = true;
    if (wire.ending !== 'hang') {
      delivered.endedAt = clock.now();
      delivered.whole = true;
    }
    ENDINGS[wire.ending](socket);
  }
}
