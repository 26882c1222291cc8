import type { Outcome } from '../core/outcome.ts';
import type { UpstreamFailure } from '../upstream/types.ts';
import type { RefusedAnswer } from './answer.ts';
import type { Intake, IntakeEvents } from './intake.ts';

/** More of an error body than this is not kept, in bytes. */
export const ERROR_BODY_LIMIT = 256 * 1024;

/** The body of a refusal, or as much of it as came. */
export interface ErrorBody {
  readonly bytes: Buffer;
  /** Why it is not whole. */
  readonly lacks?: string;
}

/** Collects the body of an answer that is not what was asked for, and refuses it. */
export class ErrorIntake implements Intake {
  readonly #events: IntakeEvents;
  readonly #judge: (body: ErrorBody) => { outcome: Outcome; answer?: RefusedAnswer };
  readonly #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(events: IntakeEvents, judge: (body: ErrorBody) => { outcome: Outcome; answer?: RefusedAnswer }) {
    this.#events = events;
    this.#judge = judge;
  }

  onData(chunk: Buffer): void {
    this.#bytes += chunk.length;
    this.#chunks.push(chunk);
    if (this.#bytes > ERROR_BODY_LIMIT) this.#refuse(`it has more than ${ERROR_BODY_LIMIT / 1024} KiB`);
  }

  onEnd(): void {
    this.#refuse();
  }

  onFailure(failure: UpstreamFailure): void {
    if (failure.kind === 'client_left') this.#events.refuse({ kind: 'client_left', reason: failure.reason });
    else this.#refuse(`it broke off (${failure.reason})`);
  }

  #refuse(lacks?: string): void {
    const bytes = Buffer.concat(this.#chunks);
    const { outcome, answer } = this.#judge(lacks === undefined ? { bytes } : { bytes, lacks });
    this.#events.refuse(outcome, answer);
  }
}
