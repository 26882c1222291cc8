import type { Step, Timers, Turn } from './host.ts';

export interface PlayerParts {
  readonly steps: Iterator<Step>;
  readonly turn: Turn;
  readonly clock: Timers;
  /** Everything was sent. */
  readonly done: () => void;
  /** What making a frame threw. */
  readonly fail: (error: unknown) => void;
}

/** Sends the frames of one answer, each when it is due. */
export class Player {
  readonly #parts: PlayerParts;
  #startedAt = 0;
  #pending: { readonly step: Step; readonly dueMs: number } | undefined;
  #cancel: (() => void) | undefined;
  #over = false;

  constructor(parts: PlayerParts) {
    this.#parts = parts;
  }

  get over(): boolean {
    return this.#over;
  }

  start(): void {
    const { turn, clock } = this.#parts;
    this.#startedAt = clock.now() + turn.delayMs;
    if (turn.delayMs > 0) this.#cancel = clock.after(turn.delayMs, this.#guarded);
    else this.#guarded();
  }

  /** Nothing more is sent. */
  stop(): void {
    this.#over = true;
    this.#cancel?.();
  }

  readonly #guarded = (): void => {
    try {
      this.#pump();
    } catch (error) {
      this.stop();
      this.#parts.fail(error);
    }
  };

  #pull(): { readonly step: Step; readonly dueMs: number } | undefined {
    const next = this.#parts.steps.next();
    if (next.done) return undefined;
    const { text, tokens, kind } = next.value;
    return { step: next.value, dueMs: this.#parts.turn.schedule.dueMs({ bytes: text, tokens, kind }) };
  }

  #pump(): void {
    const { turn, clock, done } = this.#parts;
    while (!this.#over) {
      this.#pending ??= this.#pull();
      if (this.#pending === undefined) {
        this.#over = true;
        done();
        return;
      }
      const waitMs = turn.schedule.idle ? 0 : this.#startedAt + this.#pending.dueMs - clock.now();
      if (waitMs > 0) {
        this.#cancel = clock.after(Math.max(1, waitMs), this.#guarded);
        return;
      }
      const { step } = this.#pending;
      this.#pending = undefined;
      turn.send(step.text, step.tokens);
      step.sent?.();
    }
  }
}
