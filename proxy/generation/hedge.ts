import type { CancelTimer } from '../core/clock.ts';
import { OUTCOMES, type Outcome } from '../core/outcome.ts';
import type { Endpoint } from '../routing/types.ts';
import type { AttemptRecord } from '../telemetry/attempt-record.ts';
import type { AnswerHead } from './answer.ts';
import { Attempt, type AttemptControls, type AttemptEnd, type AttemptEvents, type AttemptOptions } from './attempt.ts';

/** Which endpoint an attempt is made at. */
export type AttemptPlace = Pick<AttemptOptions, 'lease' | 'timeouts' | 'foreignSeals'>;

/** How one generation comes by a second attempt, which is made beside the first one: once at most. */
export interface Hedger {
  /** Milliseconds without content after which it may be made; undefined = it may not. */
  readonly afterMs: number | undefined;
  /** An endpoint that admits and has room, leased; undefined where there is none, or the budget is used up. */
  take(): AttemptPlace | undefined;
  /** An attempt had its first content after so many milliseconds, or was given up after them without any. */
  observed(ms: number): void;
}

/** What attempts that race report to their generation, as one attempt would. */
export interface RaceEvents extends AttemptEvents {
  /** A second attempt is made beside the first one. What it comes to is written into the record. */
  askedBeside(endpoint: Endpoint): AttemptRecord;
  /** One of two attempts has ended, and nothing follows from that: the other one decides. */
  endedBeside(end: AttemptEnd, endpoint: Endpoint): void;
  /** Runs what a timer has called; a throw ends the generation. */
  guarded(step: () => void): void;
}

const LOST: Outcome = { kind: 'hedge_lost', reason: 'another attempt had content first' };

interface Runner {
  readonly attempt: Attempt;
  readonly startedAt: number;
  readonly isSecond: boolean;
  controls: AttemptControls | undefined;
  /** Milliseconds to its first content. */
  contentMs: number | undefined;
}

/**
 * An attempt that gets company at another endpoint when it has no content for long. The first of the two to commit is the
 * attempt; the other one is given up in the same tick, and its endpoint is not blamed. What fails beside the other is not
 * tried again; a refusal that no other endpoint would mend ends both, if it is the answer to the first one.
 */
export class HedgedAttempt {
  readonly #options: AttemptOptions & { readonly events: RaceEvents };
  readonly #hedger: Hedger;
  readonly #running = new Set<Runner>();
  #stopTimer: CancelTimer | undefined;
  /** All of them are being ended. */
  #isLeaving = false;
  /** The one whose end is that of the generation's attempt. */
  #decisive: Runner | undefined;
  #hasReported = false;
  #attempts: number;

  constructor(options: AttemptOptions & { readonly events: RaceEvents }, hedger: Hedger) {
    this.#options = options;
    this.#hedger = hedger;
    this.#attempts = options.record.ordinal;
  }

  start(): void {
    const { afterMs } = this.#hedger;
    const { clock, events } = this.#options;
    if (afterMs !== undefined) {
      this.#stopTimer = clock.after(afterMs, () => events.guarded(() => this.#hedge()));
    }
    this.#run(this.#options);
  }

  /** A time that bounds all attempts of the generation has passed. */
  expire(outcome: Outcome): void {
    this.#leave(({ attempt }) => attempt.expire(outcome));
  }

  #hedge(): void {
    const [first] = this.#running;
    if (first === undefined || first.contentMs !== undefined || this.#isLeaving) return;
    const second = this.#hedger.take();
    if (second === undefined) return;
    const record = this.#options.events.askedBeside(second.lease.endpoint);
    this.#attempts = record.ordinal;
    this.#run({ ...this.#options, ...second, record });
  }

  #run(options: AttemptOptions): void {
    const { events } = this.#options;
    const attempt = new Attempt({
      ...options,
      events: {
        sent: (controls) => {
          runner.controls = controls;
          if (!runner.isSecond) events.sent(this.#controls());
        },
        firstEvent: (ms) => this.#hasContent(runner, ms),
        committed: (head, answerId) => this.#won(runner, head, answerId),
        push: (chunk) => events.push(chunk),
        log: () => events.log(),
        ended: (end, endpoint) => this.#ended(runner, end, endpoint),
      },
    });
    const runner: Runner = {
      attempt,
      startedAt: options.record.begin,
      isSecond: this.#running.size > 0,
      controls: undefined,
      contentMs: undefined,
    };
    this.#running.add(runner);
    attempt.start();
  }

  #controls(): AttemptControls {
    const each = (does: (controls: AttemptControls) => void): void => {
      for (const { controls } of this.#running) if (controls) does(controls);
    };
    return {
      pause: () => each((controls) => controls.pause()),
      resume: () => each((controls) => controls.resume()),
      abort: () => this.#leave(({ controls }) => controls?.abort()),
    };
  }

  #hasContent(runner: Runner, ms: number): void {
    runner.contentMs = ms;
    this.#hedger.observed(ms);
    // Of two it is told when one of them wins.
    if (this.#running.size === 1) this.#reportContent(runner);
  }

  #reportContent({ contentMs }: Runner): void {
    if (contentMs === undefined || this.#hasReported) return;
    this.#hasReported = true;
    this.#options.events.firstEvent(contentMs);
  }

  #won(winner: Runner, head: AnswerHead, answerId: string | undefined): void {
    this.#giveUpOthers(winner);
    this.#reportContent(winner);
    this.#options.events.committed({ ...head, attempts: this.#attempts }, answerId);
  }

  #ended(runner: Runner, end: AttemptEnd, endpoint: Endpoint): void {
    const { events } = this.#options;
    this.#running.delete(runner);
    if (!this.#decides(runner, end.outcome)) {
      events.endedBeside(end, endpoint);
      return;
    }
    this.#giveUpOthers(runner);
    events.ended(end, endpoint);
  }

  #decides(runner: Runner, { kind }: Outcome): boolean {
    if (this.#decisive) return this.#decisive === runner;
    if (this.#running.size === 0) return true;
    return !this.#isLeaving && !runner.isSecond && OUTCOMES[kind].retry === 'no';
  }

  #giveUpOthers(but: Runner): void {
    this.#decisive = but;
    this.#stopTimer?.();
    for (const runner of this.#running) {
      if (runner === but) continue;
      // It would have taken at least so long: without it the times of slow answers would be missing.
      if (runner.contentMs === undefined) {
        this.#hedger.observed(this.#options.clock.monotonic() - runner.startedAt);
      }
      runner.attempt.expire(LOST);
    }
  }

  #leave(each: (runner: Runner) => void): void {
    this.#isLeaving = true;
    this.#stopTimer?.();
    for (const runner of this.#running) each(runner);
  }
}
