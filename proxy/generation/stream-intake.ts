import { ownBytes } from '../cache/recording.ts';
import { EventGate, EventTooLargeError, splitEvents } from '../wire/sse.ts';
import type { EventFacts, Protocol } from '../protocols/types.ts';
import type { UpstreamFailure } from '../upstream/types.ts';
import type { Intake, IntakeEvents } from './intake.ts';
import { StreamTail } from './stream-tail.ts';
import { type ReadTold, tellsNothing } from './told.ts';
import { closedEvent, judgeWhole, type JudgedStream, saysNothing, torn, withMark } from './whole-events.ts';

/** Opening events are held back until the first content event, up to this many bytes. */
const OPENING_LIMIT = 256 * 1024;

/** What a closing mark looks like in the bytes; text that holds it by chance is looked at more closely. */
const MARK = '[DONE]';

export interface StreamOptions {
  /** The head says how the end of the body is known: a closed connection alone is none. */
  readonly delimited: boolean;
  readonly told?: ReadTold;
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
  readonly #told: ReadTold;
  readonly #gate = new EventGate();
  #state: 'opening' | 'flowing' | 'over' = 'opening';
  #held: Buffer[] = [];
  #heldBytes = 0;
  #answerId: string | undefined;
  /** Something of the last event never came. */
  #torn = false;
  /** The verdict over everything passed on so far, once a closing mark has asked for it. */
  #judged: JudgedStream | undefined;
  readonly #tail: StreamTail;

  constructor(protocol: Protocol, events: IntakeEvents, { delimited, told }: StreamOptions = { delimited: true }) {
    this.#protocol = protocol;
    this.#events = events;
    this.#tail = new StreamTail(protocol);
    this.#delimited = delimited;
    this.#told = told ?? tellsNothing;
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
    if (failure.kind === 'cut' && this.#hasEnded()) this.#finish(false);
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
        this.#refuseTold(facts);
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

  #refuseTold({ error, message }: EventFacts): void {
    this.#state = 'over';
    const { outcome, answer } = this.#told(error, `the stream began with an error: ${message ?? 'no message'}`);
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
    if (this.#protocol.endMark && bytes.includes(MARK)) this.#close(bytes);
    else this.#pass(bytes);
  }

  /** A closing mark says to the client that it has everything: it goes out if that is true, and an error in its place if not. */
  #close(bytes: Buffer): void {
    const events = splitEvents(bytes);
    const at = events.findIndex((event) => this.#protocol.readEvent(event).mark);
    const log = this.#events.log();
    if (at === -1 || !log) {
      this.#pass(bytes);
      return;
    }
    const judged = judgeWhole(this.#protocol, ownBytes([...log, bytes]));
    if (judged.facts.ended || judged.facts.failed) {
      this.#pass(bytes);
      this.#judged = judged;
      return;
    }
    if (at > 0) this.#pass(Buffer.concat(events.slice(0, at)));
    this.#over({ kind: 'cut', reason: judged.facts.reason ?? 'the stream ended early' }, judged.facts);
  }

  #pass(bytes: Buffer): void {
    this.#judged = undefined;
    this.#events.push(bytes);
    this.#tail.passed(bytes, this.#events.log() !== undefined);
  }

  /** `clean`: the endpoint itself has said that nothing more comes. */
  #finish(clean: boolean): void {
    const judged = this.#verdict(clean);
    if (judged === undefined) {
      this.#finishUnlogged(clean);
      return;
    }
    const { bytes, events } = judged;
    const facts = this.#torn ? torn(judged.facts) : judged.facts;
    const ended = facts.ended && facts.unmarked !== true;
    const cut = { kind: 'cut', reason: facts.reason ?? 'the stream ended early' } as const;
    this.#over(ended ? { kind: 'ok', status: 200 } : cut, facts, { bytes, events });
  }

  /** The verdict over everything that was passed on, with the closing mark where it was left out. */
  #verdict(clean: boolean): JudgedStream | undefined {
    if (this.#judged) return this.#judged;
    const log = this.#events.log();
    if (!log) return undefined;
    const judged = judgeWhole(this.#protocol, ownBytes(log));
    const marked = clean ? withMark(this.#protocol, judged) : judged;
    if (marked !== judged && this.#protocol.endMark) this.#pass(this.#protocol.endMark);
    return marked;
  }

  /** A stream that was too long to be judged whole: its last events decide. */
  #finishUnlogged(clean: boolean): void {
    const { endMark } = this.#protocol;
    const { kind, finished } = this.#tail;
    if (kind === 'end') this.#over({ kind: 'ok', status: 200 });
    else if (kind !== 'error' && finished && clean && endMark) {
      this.#pass(endMark);
      this.#over({ kind: 'ok', status: 200 });
    } else {
      const facts = { complete: false, ended: false, failed: kind === 'error', encryptedItems: [] };
      this.#over({ kind: 'cut', reason: 'the stream ended early' }, facts);
    }
  }

  /** Whether the terminal event has been passed on. */
  #hasEnded(): boolean {
    const log = this.#events.log();
    if (!log) return this.#tail.kind === 'end';
    const { ended, unmarked } = (this.#judged ?? judgeWhole(this.#protocol, ownBytes(log))).facts;
    return ended && unmarked !== true;
  }
}
