import type { WholeStream } from '../cache/recorder.ts';
import type { Outcome } from '../core/outcome.ts';
import type { AnswerFacts } from '../protocols/types.ts';
import type { UpstreamFailure } from '../upstream/types.ts';
import type { RefusedAnswer } from './answer.ts';

/** Reads the body of one answer and judges it. Calls come in order; after `onEnd` or `onFailure` there is none. */
export interface Intake {
  onData(chunk: Buffer): void;
  onEnd(): void;
  onFailure(failure: UpstreamFailure): void;
}

/** A whole answer that reaches no follower. */
export interface WithheldAnswer {
  /** In the client's protocol. */
  readonly body: Buffer;
  readonly facts?: AnswerFacts | undefined;
}

/** What an intake reports of the answer that it reads. */
export interface IntakeEvents {
  /** The answer is good: everything from here on goes to the followers. */
  commit(head: { answerId?: string; length?: number }): void;
  /** The answer is refused; nothing of it has reached a follower. `withheld`: it was whole and is billed all the same. */
  refuse(outcome: Outcome, answer?: RefusedAnswer, withheld?: WithheldAnswer): void;
  /** The committed answer has ended. */
  finish(outcome: Outcome, facts?: AnswerFacts, whole?: WholeStream): void;
  push(chunk: Buffer): void;
  /** Everything pushed so far, or undefined when it was too much to keep. */
  log(): readonly Buffer[] | undefined;
  firstEvent(): void;
}
