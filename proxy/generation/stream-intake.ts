import { ownBytes } from '../cache/recording.ts';
import type { WholeStream } from '../cache/recorder.ts';
import { EventGate, EventTooLargeError, splitEvents } from '../wire/sse.ts';
import type { AnswerFacts, EventFacts, Protocol, StreamJudge } from '../protocols/types.ts';
import type { UpstreamFailure } from '../upstream/types.ts';
import type { Intake, IntakeEvents } from './intake.ts';
import { type ReadEmbedded, withoutDetails } from './embedded-error.ts';
import { closedEvent, endedCleanly, saysNothing, torn } from './whole-events.ts';

/** Opening events are held back until the first content event, up to this many bytes. */
const OPENING_LIMIT = 256 * 1024;

/** What a closing mark looks like in the bytes; text that holds it by chance is looked at more closely. */
const MARK = Buffer.from('[DONE]');

export interface StreamOptions {
  /** The head says how the end of the body is known: a closed connection alone is none. */
  readonly delimited: boolean;
  readonly readError?: ReadEmbedded;
}

/**
 * Reads an event stream. Until the first content event all is held back, so that a failure can still move to the next
 * endpoint; from then on whole events are passed on as they come, by reference where the network delivered them whole. A
 * closing mark waits for the verdict over what it closes. Everything is decided event by event: how the network cut the
 * bytes changes nothing.
 */
export class StreamIntake implements Intake {
  readonly #protocol: Protocol;
  readonly #events: IntakeEvents;
  readonly #delimited: boolean;
  readonly #embedded: ReadEmbedded;
  readonly #gate = new EventGate();
  #state: 'opening' | 'flowing' | 'over' = 'opening';
  #held: Buffer[] = [];
  #heldBytes = 0;
  #answerId: string | undefined;
  /** Something of the last event never came. */
  #torn = false;
  readonly #judge: StreamJudge;

  constructor(protocol: Protocol, events: IntakeEvents, { delimited, readError }: StreamOptions = { delimited: true }) {
    this.#protocol = protocol;
    this.#events = events;
    this.#judge = protocol.streamJudge();
    this.#delimited = delimited;
    this.#embedded = readError ?? withoutDetails;
  }

  onData(chunk: Buffer): void {
    if (this.#state === 'over') return;
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
    if (this.#state === 'over') return;
    this.#takeRest();
    if (this.#state === 'opening') this.#refuse('the stream ended before any content');
    else if (this.#state === 'flowing') this.#finish(this.#delimited);
  }

  onFailure(failure: UpstreamFailure): void {
    if (this.#state === 'over') return;
    if (this.#state === 'opening') {
      this.#state = 'over';
      const kind = failure.kind === 'cut' ? 'bad_answer' : failure.kind;
      this.#events.refuse({ kind, reason: failure.reason });
      return;
    }
    this.#torn = this.#gate.end() !== undefined;
    // The terminal event is the end; how the connection goes afterwards changes nothing.
    if (failure.kind === 'cut' && hasEnded(this.#judge.verdict())) this.#finish(false);
    else this.#over({ kind: failure.kind, reason: failure.reason });
  }

  #take(whole: Buffer): void {
    if (this.#state === 'flowing') this.#flow(whole);
    else this.#readOpening(whole);
  }

  /** At a clean end: an event that lacks nothing but its blank line gets one, what is torn goes nowhere. */
  #takeRest(): void {
    const rest = this.#gate.end();
    if (rest === undefined || saysNothing(rest)) return;
    const closed = closedEvent(rest);
    if (closed) this.#take(closed);
    // Where streams end with a mark, a clean end makes up for it; any other last event may have lost more than its blank line.
    if (!closed || (!rest.whole && !(this.#delimited && this.#protocol.endMark))) this.#torn = true;
  }

  #readOpening(whole: Buffer): void {
    for (const event of splitEvents(whole)) {
      const facts = this.#protocol.readEvent(event);
      this.#answerId ??= facts.id;
      if (facts.kind === 'error') {
        this.#refuseEmbedded(facts);
        return;
      }
      if (facts.mark) {
        this.#refuse('the stream ended before any content');
        return;
      }
      this.#heldBytes += event.length;
      if (facts.kind === 'content' || facts.kind === 'end' || this.#heldBytes > OPENING_LIMIT) {
        this.#commit(whole);
        return;
      }
    }
    this.#held.push(whole);
  }

  /** The first content is here: what was held back goes out in one piece with it, so that the client has both at once. */
  #commit(chunk: Buffer): void {
    this.#state = 'flowing';
    this.#events.firstEvent();
    this.#events.commit(this.#answerId === undefined ? {} : { answerId: this.#answerId });
    const opening = this.#held.length === 0 ? chunk : Buffer.concat([...this.#held, chunk]);
    this.#held = [];
    this.#flow(opening);
  }

  #refuse(reason: string): void {
    this.#state = 'over';
    this.#events.refuse({ kind: 'bad_answer', status: 200, reason });
  }

  #refuseEmbedded({ error, message }: EventFacts): void {
    this.#state = 'over';
    const { outcome, answer } = this.#embedded(error, `the stream began with an error: ${message ?? 'no message'}`);
    this.#events.refuse(outcome, answer);
  }

  #break(reason: string): void {
    if (this.#state === 'opening') this.#refuse(reason);
    else this.#over({ kind: 'cut', reason });
  }

  #over(...end: Parameters<IntakeEvents['finish']>): void {
    this.#state = 'over';
    this.#events.finish(...end);
  }

  #flow(bytes: Buffer): void {
    if (this.#judge.addOrdinary(bytes)) this.#events.push(bytes);
    else if (this.#protocol.endMark && bytes.includes(MARK)) this.#close(bytes);
    else this.#pass(bytes);
  }

  /** A closing mark says to the client that it has everything: it goes out if that is true, and an error in its place if not. */
  #close(bytes: Buffer): void {
    const events = splitEvents(bytes);
    const at = events.findIndex((event) => this.#protocol.readEvent(event).mark);
    for (const event of events) this.#judge.add(event);
    const { ended, failed, reason } = this.#judge.verdict();
    if (at === -1 || ended || failed) {
      this.#events.push(bytes);
      return;
    }
    if (at > 0) this.#events.push(Buffer.concat(events.slice(0, at)));
    this.#over({ kind: 'cut', reason: reason ?? 'the stream ended early' }, this.#judge.verdict());
  }

  #pass(bytes: Buffer): void {
    for (const event of splitEvents(bytes)) this.#judge.add(event);
    this.#events.push(bytes);
  }

  /** `clean`: the endpoint itself has said that nothing more comes. */
  #finish(clean: boolean): void {
    const { endMark, endsUnmarked } = this.#protocol;
    if (clean && endMark && this.#judge.verdict().unmarked) this.#pass(endMark);
    const verdict = this.#judge.verdict();
    const seen = clean && endsUnmarked ? endedCleanly(verdict) : verdict;
    const facts = this.#torn ? torn(seen) : seen;
    const cut = { kind: 'cut', reason: facts.reason ?? 'the stream ended early' } as const;
    this.#over(hasEnded(facts) ? { kind: 'ok', status: 200 } : cut, facts, this.#whole());
  }

  #whole(): WholeStream | undefined {
    const log = this.#events.log();
    if (!log) return undefined;
    const bytes = ownBytes(log);
    return { bytes, events: splitEvents(bytes) };
  }
}

/** Whether the terminal event is among what was passed on. */
function hasEnded({ ended, unmarked }: AnswerFacts): boolean {
  return ended && unmarked !== true;
}
