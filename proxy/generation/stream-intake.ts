import { ownBytes } from '../cache/recording.ts';
import { EventGate, EventTooLargeError, splitEvents } from '../wire/sse.ts';
import type { AnswerFacts, EventKind, Protocol } from '../protocols/types.ts';
import type { UpstreamFailure } from '../upstream/types.ts';
import type { Intake, IntakeEvents } from './intake.ts';

/** Opening events are held back until the first content event, up to this many bytes. */
const OPENING_LIMIT = 256 * 1024;

/**
 * Reads an event stream. Until the first content event all is held back, so that a failure can still move to the next
 * endpoint; from then on whole events are passed on as they come, by reference where the network delivered them whole.
 */
export class StreamIntake implements Intake {
  readonly #protocol: Protocol;
  readonly #events: IntakeEvents;
  readonly #gate = new EventGate();
  #state: 'opening' | 'flowing' | 'refused' = 'opening';
  #held: Buffer[] = [];
  #heldBytes = 0;
  #answerId: string | undefined;
  /** The last whole events that were passed on: they tell whether the stream ended where it should. */
  #tail: Buffer | undefined;

  constructor(protocol: Protocol, events: IntakeEvents) {
    this.#protocol = protocol;
    this.#events = events;
  }

  onData(chunk: Buffer): void {
    if (this.#state === 'refused') return;
    let whole: Buffer | undefined;
    try {
      whole = this.#gate.push(chunk);
    } catch (error) {
      if (!(error instanceof EventTooLargeError)) throw error;
      this.#break(error.message);
      return;
    }
    if (whole) this.#take(whole);
  }

  onEnd(): void {
    if (this.#state === 'refused') return;
    const rest = this.#gate.end();
    if (rest) this.#take(rest.bytes);
    if (this.#state === 'opening') this.#refuse('the stream ended before any content');
    else if (this.#state === 'flowing') this.#finish();
  }

  onFailure(failure: UpstreamFailure): void {
    if (this.#state === 'flowing') {
      // The terminal event is the end; how the connection goes afterwards changes nothing.
      if (failure.kind === 'cut' && !this.#gate.end() && this.#lastKind() === 'end') this.#finish();
      else this.#events.finish({ kind: failure.kind, reason: failure.reason });
      return;
    }
    this.#state = 'refused';
    const kind = failure.kind === 'cut' ? 'bad_answer' : failure.kind;
    this.#events.refuse({ kind, reason: failure.reason });
  }

  #take(whole: Buffer): void {
    if (this.#state === 'flowing') this.#pass(whole);
    else this.#readOpening(whole);
  }

  #readOpening(whole: Buffer): void {
    for (const event of splitEvents(whole)) {
      const facts = this.#protocol.readEvent(event);
      this.#answerId ??= facts.id;
      if (facts.kind === 'error') {
        this.#refuse(`the stream began with an error: ${facts.message ?? 'no message'}`);
        return;
      }
      const first = this.#heldBytes === 0 && facts.id === undefined;
      if (facts.kind === 'end' && first) {
        this.#refuse('the stream ended before any content');
        return;
      }
      if (facts.kind === 'content' || facts.kind === 'end') {
        this.#commit(whole);
        return;
      }
    }
    this.#held.push(whole);
    this.#heldBytes += whole.length;
    if (this.#heldBytes > OPENING_LIMIT) this.#commit();
  }

  /** The first content is here: what was held back goes out in one piece with it, so that the client has both at once. */
  #commit(chunk?: Buffer): void {
    this.#state = 'flowing';
    this.#events.firstEvent();
    this.#events.commit(this.#answerId === undefined ? {} : { answerId: this.#answerId });
    if (chunk) this.#held.push(chunk);
    this.#pass(this.#held.length === 1 ? (this.#held[0] as Buffer) : Buffer.concat(this.#held));
    this.#held = [];
  }

  #refuse(reason: string): void {
    this.#state = 'refused';
    this.#events.refuse({ kind: 'bad_answer', status: 200, reason });
  }

  #break(reason: string): void {
    if (this.#state === 'opening') this.#refuse(reason);
    else this.#events.finish({ kind: 'cut', reason });
  }

  #pass(bytes: Buffer): void {
    this.#tail = bytes;
    this.#events.push(bytes);
  }

  #finish(): void {
    const log = this.#events.log();
    if (log) {
      const bytes = ownBytes(log);
      const events = splitEvents(bytes);
      const facts = this.#protocol.judgeStream(events);
      const outcome = facts.ended
        ? ({ kind: 'ok', status: 200 } as const)
        : ({ kind: 'cut', reason: facts.reason ?? 'the stream ended early' } as const);
      this.#events.finish(outcome, facts, { bytes, events });
      return;
    }
    const last = this.#lastKind();
    if (last === 'end') this.#events.finish({ kind: 'ok', status: 200 });
    else this.#events.finish({ kind: 'cut', reason: 'the stream ended early' }, unfinished(last === 'error'));
  }

  /** What the latest event that means anything was. */
  #lastKind(): EventKind | undefined {
    const kinds = this.#tail ? splitEvents(this.#tail).map((event) => this.#protocol.readEvent(event).kind) : [];
    return kinds.findLast((kind) => kind !== 'other');
  }
}

/** The verdict over a stream that was too long to be judged whole. */
function unfinished(failed: boolean): AnswerFacts {
  return { complete: false, ended: false, failed, encryptedItems: [] };
}
