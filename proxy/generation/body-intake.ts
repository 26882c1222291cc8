import type { Protocol } from '../protocols/types.ts';
import type { UpstreamFailure } from '../upstream/types.ts';
import type { Intake, IntakeEvents } from './intake.ts';

/** A unary answer is held back until it is whole, up to this many bytes: until then a broken one can fail over. */
const HOLD_LIMIT = 16 * 1024 * 1024;

/** Reads a unary JSON answer. */
export class BodyIntake implements Intake {
  readonly #protocol: Protocol;
  readonly #events: IntakeEvents;
  #held: Buffer[] = [];
  #bytes = 0;
  #committed = false;

  constructor(protocol: Protocol, events: IntakeEvents) {
    this.#protocol = protocol;
    this.#events = events;
  }

  onData(chunk: Buffer): void {
    if (this.#bytes === 0) this.#events.firstEvent();
    this.#bytes += chunk.length;
    if (this.#committed) {
      this.#events.push(chunk);
      return;
    }
    this.#held.push(chunk);
    if (this.#bytes > HOLD_LIMIT) this.#flush();
  }

  onEnd(): void {
    if (this.#committed) {
      this.#events.finish({ kind: 'ok' });
      return;
    }
    const body = this.#held.length === 1 ? (this.#held[0] as Buffer) : Buffer.concat(this.#held);
    const facts = this.#protocol.judgeBody(body);
    if (!facts.ended) {
      this.#events.refuse({ kind: 'bad_answer', status: 200, reason: facts.reason ?? 'not an answer' });
      return;
    }
    this.#events.commit({ length: body.length, ...(facts.id === undefined ? {} : { answerId: facts.id }) });
    this.#events.push(body);
    this.#events.finish({ kind: 'ok', status: 200 }, facts);
  }

  onFailure(failure: UpstreamFailure): void {
    if (this.#committed) this.#events.finish({ kind: failure.kind, reason: failure.reason });
    else this.#events.refuse({ kind: failure.kind === 'cut' ? 'bad_answer' : failure.kind, reason: failure.reason });
  }

  #flush(): void {
    this.#committed = true;
    this.#events.commit({});
    for (const chunk of this.#held) this.#events.push(chunk);
    this.#held = [];
  }
}
