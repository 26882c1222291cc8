import type { Outcome } from '../core/outcome.ts';
import type { UpstreamFailure } from '../upstream/types.ts';
import type { RefusedAnswer } from './answer.ts';
import type { Intake, IntakeEvents } from './intake.ts';

/** More of an error body than this is not kept, in bytes. */
const ERROR_BODY_LIMIT = 256 * 1024;

/** Collects the body of an answer that is not what was asked for, and refuses it. */
export class ErrorIntake implements Intake {
  readonly #events: IntakeEvents;
  readonly #judge: (body: Buffer) => { outcome: Outcome; answer?: RefusedAnswer };
  readonly #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(events: IntakeEvents, judge: (body: Buffer) => { outcome: Outcome; answer?: RefusedAnswer }) {
    this.#events = events;
    this.#judge = judge;
  }

  onData(chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes <= ERROR_BODY_LIMIT) this.#chunks.push(chunk);
    else this.onEnd();
  }

  onEnd(): void {
    const { outcome, answer } = this.#judge(Buffer.concat(this.#chunks));
    this.#events.refuse(outcome, answer);
  }

  onFailure(failure: UpstreamFailure): void {
    if (failure.kind === 'client_left') this.#events.refuse({ kind: 'client_left', reason: failure.reason });
    else this.onEnd();
  }
}
