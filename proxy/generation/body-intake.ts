import type { Protocol } from '../protocols/types.ts';
import type { UpstreamFailure } from '../upstream/types.ts';
import type { Intake, IntakeEvents } from './intake.ts';
import { type ReadEmbedded, withoutDetails } from './embedded-error.ts';

/** A unary answer is held back until it is whole, up to this many bytes: until then a broken one can fail over. */
export const HOLD_LIMIT = 16 * 1024 * 1024;

export interface BodyOptions {
  readonly readError?: ReadEmbedded;
  /** Makes the events of a stream out of the body, where a stream was asked for. */
  readonly convert?: (body: Buffer) => Buffer;
}

/** Reads a unary JSON answer. */
export class BodyIntake implements Intake {
  readonly #protocol: Protocol;
  readonly #events: IntakeEvents;
  readonly #embedded: ReadEmbedded;
  readonly #convert: ((body: Buffer) => Buffer) | undefined;
  #held: Buffer[] = [];
  #bytes = 0;
  #state: 'held' | 'committed' | 'refused' = 'held';

  constructor(protocol: Protocol, events: IntakeEvents, { readError = withoutDetails, convert }: BodyOptions = {}) {
    this.#protocol = protocol;
    this.#events = events;
    this.#embedded = readError;
    this.#convert = convert;
  }

  onData(chunk: Buffer): void {
    if (this.#state === 'refused') return;
    if (this.#bytes === 0) this.#events.firstEvent();
    this.#bytes += chunk.length;
    if (this.#state === 'committed') {
      this.#events.push(chunk);
      return;
    }
    this.#held.push(chunk);
    if (this.#bytes <= HOLD_LIMIT) return;
    if (this.#convert) this.#refuse(`a body of more than ${HOLD_LIMIT} bytes cannot be given as a stream`);
    else this.#flush();
  }

  onEnd(): void {
    if (this.#state === 'refused') return;
    if (this.#state === 'committed') {
      this.#events.finish({ kind: 'ok' });
      return;
    }
    const body = this.#held.length === 1 ? (this.#held[0] as Buffer) : Buffer.concat(this.#held);
    const facts = this.#protocol.judgeBody(body);
    if (!facts.ended) {
      const { outcome, answer } = this.#embedded(facts.error, facts.reason ?? 'not an answer');
      this.#events.refuse(outcome, answer);
      return;
    }
    const id = facts.id === undefined ? {} : { answerId: facts.id };
    const bytes = this.#convert ? this.#convert(body) : body;
    this.#events.commit(this.#convert ? id : { length: body.length, ...id });
    this.#events.push(bytes);
    this.#events.finish({ kind: 'ok', status: 200 }, facts);
  }

  onFailure(failure: UpstreamFailure): void {
    if (this.#state === 'committed') this.#events.finish({ kind: failure.kind, reason: failure.reason });
    else if (this.#state === 'held') {
      const kind = failure.kind === 'cut' ? 'bad_answer' : failure.kind;
      this.#events.refuse({ kind, reason: failure.reason });
    }
  }

  #refuse(reason: string): void {
    this.#state = 'refused';
    this.#held = [];
    this.#events.refuse({ kind: 'bad_answer', status: 200, reason });
  }

  #flush(): void {
    this.#state = 'committed';
    this.#events.commit({});
    for (const chunk of this.#held) this.#events.push(chunk);
    this.#held = [];
  }
}
