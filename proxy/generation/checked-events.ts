import type { WholeStream } from '../cache/recorder.ts';
import type { Outcome } from '../core/outcome.ts';
import type { AnswerFacts } from '../protocols/types.ts';
import type { RefusedAnswer } from './answer.ts';
import type { IntakeEvents, WithheldAnswer } from './intake.ts';

/** The answer cannot be judged: it is passed on and not stored. */
export const UNCHECKED = Symbol('unchecked');

/**
 * Judges a whole JSON answer in the client's protocol. Resolves to the reason why it does not fit, to undefined where it fits,
 * and to `UNCHECKED` where that cannot be told. Bounded in time; never rejects. The reason is shown to the client: it quotes
 * nothing of the answer.
 */
export type AnswerCheck = (body: Buffer) => Promise<string | undefined | typeof UNCHECKED>;

export interface CheckOptions {
  readonly check: AnswerCheck;
  /** Runs what goes on after the check, unless the attempt has ended; takes care of what it throws. */
  readonly run: (step: () => void) => void;
}

type CommitHead = Parameters<IntakeEvents['commit']>[0];
type Finish = Parameters<IntakeEvents['finish']>;

/**
 * Holds back what an intake reports of a whole answer until its check has decided: then all of it goes on in its order, or the
 * answer is refused with `invalid_output`. What is not whole when it is committed (a body above the intake's `HOLD_LIMIT`) and
 * what is refused by the intake itself passes at once.
 *
 * `open ──commit of a whole answer──▶ held ──finish──▶ checking ──verdict, or passUnchecked──▶ decided`; `decided` takes no event.
 */
export class CheckedEvents implements IntakeEvents {
  readonly #events: IntakeEvents;
  readonly #options: CheckOptions;
  #state: 'open' | 'held' | 'checking' | 'decided' = 'open';
  #head: CommitHead = {};
  #chunks: Buffer[] = [];
  #body: Buffer = Buffer.alloc(0);
  #finish: Finish = [{ kind: 'ok' }];

  constructor(events: IntakeEvents, options: CheckOptions) {
    this.#events = events;
    this.#options = options;
  }

  /** The answer that waits for its check; undefined before and afterwards. */
  get withheld(): WithheldAnswer | undefined {
    if (this.#state !== 'checking') return undefined;
    return { body: this.#body, facts: this.#finish[1] };
  }

  commit(head: CommitHead): void {
    if (head.length === undefined) {
      this.#events.commit(head);
      return;
    }
    this.#state = 'held';
    this.#head = head;
  }

  push(chunk: Buffer): void {
    if (this.#state === 'held') this.#chunks.push(chunk);
    else if (this.#state === 'open') this.#events.push(chunk);
  }

  finish(outcome: Outcome, facts?: AnswerFacts, whole?: WholeStream): void {
    if (this.#state === 'open') this.#events.finish(outcome, facts, whole);
    if (this.#state !== 'held') return;
    this.#state = 'checking';
    this.#finish = [outcome, facts, whole];
    this.#body = this.#chunks.length === 1 ? (this.#chunks[0] as Buffer) : Buffer.concat(this.#chunks);
    const { check, run } = this.#options;
    void check(this.#body).then(
      (verdict) => run(() => this.#decide(verdict)),
      (fault: unknown) =>
        run(() => {
          throw fault;
        }),
    );
  }

  refuse(outcome: Outcome, answer?: RefusedAnswer): void {
    if (this.#state === 'open') this.#events.refuse(outcome, answer);
  }

  log(): readonly Buffer[] | undefined {
    return this.#events.log();
  }

  firstEvent(): void {
    this.#events.firstEvent();
  }

  /** The time of the answer is up: it is better passed on than lost. */
  passUnchecked(): void {
    this.#decide(UNCHECKED);
  }

  #decide(verdict: Awaited<ReturnType<AnswerCheck>>): void {
    const answer = this.withheld;
    if (!answer) return;
    this.#state = 'decided';
    const [outcome, facts, whole] = this.#finish;
    if (typeof verdict === 'string') {
      const { status } = outcome;
      const why = { kind: 'invalid_output', reason: verdict } as const;
      this.#events.refuse(status === undefined ? why : { ...why, status }, undefined, answer);
      return;
    }
    this.#events.commit(this.#head);
    for (const chunk of this.#chunks) this.#events.push(chunk);
    this.#events.finish(outcome, verdict === UNCHECKED && facts ? unproved(facts) : facts, whole);
  }
}

/** Not to be stored. */
function unproved(facts: AnswerFacts): AnswerFacts {
  const { atLimit: _, ...rest } = facts;
  return { ...rest, complete: false, reason: 'it was not checked against the schema of the request' };
}
