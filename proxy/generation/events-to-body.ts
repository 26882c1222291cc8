import type { Protocol } from '../protocols/types.ts';
import type { UpstreamFailure } from '../upstream/types.ts';
import { EventGate } from '../wire/sse.ts';
import { HOLD_LIMIT } from './body-intake.ts';
import type { Intake, IntakeEvents } from './intake.ts';
import type { StreamOptions } from './stream-intake.ts';
import { withoutDetails } from './embedded-error.ts';
import { closedEvent, judgeWhole, saysNothing, torn, withMark, type JudgedStream } from './whole-events.ts';

/** Reads an event stream where a unary answer was asked for: nothing is passed on before the stream has come to its end. */
export class EventsToBodyIntake implements Intake {
  readonly #protocol: Protocol;
  readonly #events: IntakeEvents;
  readonly #options: StreamOptions;
  #held: Buffer[] = [];
  #bytes = 0;
  #refused = false;

  constructor(protocol: Protocol, events: IntakeEvents, options: StreamOptions) {
    this.#protocol = protocol;
    this.#events = events;
    this.#options = options;
  }

  onData(chunk: Buffer): void {
    if (this.#refused) return;
    if (this.#bytes === 0) this.#events.firstEvent();
    this.#bytes += chunk.length;
    this.#held.push(chunk);
    if (this.#bytes <= HOLD_LIMIT) return;
    this.#refused = true;
    this.#held = [];
    const reason = `a stream of more than ${HOLD_LIMIT} bytes cannot be given in one piece`;
    this.#events.refuse({ kind: 'bad_answer', status: 200, reason });
  }

  onEnd(): void {
    if (this.#refused) return;
    this.#convert(this.#judge(this.#options.delimited));
  }

  onFailure(failure: UpstreamFailure): void {
    if (this.#refused) return;
    const judged = failure.kind === 'cut' ? this.#judge(false) : undefined;
    // The terminal event is the end; how the connection goes afterwards changes nothing.
    if (judged?.facts.complete && !judged.facts.unmarked) this.#convert(judged);
    else this.#events.refuse({ kind: failure.kind === 'cut' ? 'bad_answer' : failure.kind, reason: failure.reason });
  }

  #judge(clean: boolean): JudgedStream {
    const gate = new EventGate({ maxEventBytes: Number.POSITIVE_INFINITY });
    const whole = gate.push(Buffer.concat(this.#held)) ?? Buffer.alloc(0);
    const end = gate.end();
    const rest = end && !saysNothing(end) ? end : undefined;
    const closed = rest && closedEvent(rest);
    const judged = judgeWhole(this.#protocol, closed ? Buffer.concat([whole, closed]) : whole);
    const marked = clean ? withMark(this.#protocol, judged) : judged;
    const lost = rest && !rest.whole && !(closed && clean && this.#protocol.endMark);
    return lost ? { ...marked, facts: torn(marked.facts) } : marked;
  }

  #convert({ events, facts }: JudgedStream): void {
    if (!facts.ended || facts.unmarked === true) {
      this.#refuse(events, facts.reason ?? 'the stream ended early');
      return;
    }
    const body = this.#protocol.streamToBody(events);
    this.#events.commit({ length: body.length, ...(facts.id === undefined ? {} : { answerId: facts.id }) });
    this.#events.push(body);
    this.#events.finish({ kind: 'ok', status: 200 }, facts);
  }

  #refuse(events: readonly Buffer[], reason: string): void {
    const failure = events.map((event) => this.#protocol.readEvent(event)).find(({ kind }) => kind === 'error');
    const { readError = withoutDetails } = this.#options;
    const { outcome, answer } = readError(failure?.error, reason);
    this.#events.refuse(outcome, answer);
  }
}
