import type { AnswerFacts, TokenUsage } from '../protocols/types.ts';
import type { UpstreamFailure } from '../upstream/types.ts';
import { EventTooLargeError } from '../wire/sse.ts';
import { HOLD_LIMIT } from './body-intake.ts';
import type { Intake, IntakeEvents } from './intake.ts';

/** Makes an answer in the client's protocol out of one in the endpoint's. */
export interface AnswerTranslator {
  /** Takes bytes of a stream as they come; gives whole events of the client's, none while there is nothing to tell. Throws EventTooLargeError. */
  push(chunk: Buffer): Buffer;
  /** What is left when the stream has ended; `clean`: as its framing says it should. */
  end(clean: boolean): Buffer;
  /** Takes a whole unary body. */
  body(body: Buffer): Buffer;
  /** The answer has ended, by a terminal mark or, where there is none, with its stream. */
  readonly ended: boolean;
  /** Why the endpoint's answer is nothing to keep; undefined for a good one. */
  doubt(): string | undefined;
  /** What the endpoint bills, as it said it. */
  readonly usage?: TokenUsage | undefined;
}

/** What an intake reports of a translated answer: complete it is only if the endpoint's was, by the rules of its own protocol. */
export function doubting(translator: AnswerTranslator, events: IntakeEvents): IntakeEvents {
  return {
    commit: (head) => events.commit(head),
    refuse: (outcome, answer, withheld) => events.refuse(outcome, answer, withheld),
    finish: (outcome, facts, whole) => events.finish(outcome, facts && judged(facts, translator), whole),
    push: (chunk) => events.push(chunk),
    log: () => events.log(),
    firstEvent: () => events.firstEvent(),
  };
}

function judged(facts: AnswerFacts, translator: AnswerTranslator): AnswerFacts {
  const { usage } = translator;
  return doubted(usage === undefined ? facts : { ...facts, usage }, translator.doubt());
}

function doubted(facts: AnswerFacts, reason: string | undefined): AnswerFacts {
  if (reason === undefined || (!facts.complete && facts.atLimit !== true)) return facts;
  const { atLimit: _, ...rest } = facts;
  return { ...rest, complete: false, reason };
}

const UNPROVED_END: UpstreamFailure = { kind: 'cut', reason: 'the stream ended early' };

/**
 * Reads a stream in the endpoint's protocol: the intake behind it sees the client's. Whether the end of the stream is the end of the
 * answer is for the endpoint's protocol to say: the intake behind is told of a clean end or of a cut.
 */
export class TranslatedStream implements Intake {
  readonly #translator: AnswerTranslator;
  readonly #inner: Intake;
  readonly #delimited: boolean;
  #over = false;

  constructor(translator: AnswerTranslator, inner: Intake, delimited: boolean) {
    this.#translator = translator;
    this.#inner = inner;
    this.#delimited = delimited;
  }

  onData(chunk: Buffer): void {
    if (this.#over) return;
    try {
      this.#pass(this.#translator.push(chunk));
    } catch (error) {
      if (!(error instanceof EventTooLargeError)) throw error;
      this.onFailure({ kind: 'cut', reason: error.message });
    }
  }

  onEnd(): void {
    if (this.#over) return;
    this.#over = true;
    this.#pass(this.#translator.end(this.#delimited));
    if (this.#delimited || this.#translator.ended) this.#inner.onEnd();
    else this.#inner.onFailure(UNPROVED_END);
  }

  onFailure(failure: UpstreamFailure): void {
    if (this.#over) return;
    this.#over = true;
    if (failure.kind === 'cut' && this.#translator.ended) this.#inner.onEnd();
    else this.#inner.onFailure(failure);
  }

  #pass(bytes: Buffer): void {
    if (bytes.length > 0) this.#inner.onData(bytes);
  }
}

/** Holds a unary answer in the endpoint's protocol until it is whole: the intake behind it sees the client's. */
export class TranslatedBody implements Intake {
  readonly #translator: AnswerTranslator;
  readonly #inner: Intake;
  readonly #events: IntakeEvents;
  #held: Buffer[] = [];
  #bytes = 0;

  constructor(translator: AnswerTranslator, inner: Intake, events: IntakeEvents) {
    this.#translator = translator;
    this.#inner = inner;
    this.#events = events;
  }

  onData(chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes <= HOLD_LIMIT) {
      this.#held.push(chunk);
      return;
    }
    this.#held = [];
    const reason = `a body of more than ${HOLD_LIMIT} bytes cannot be translated`;
    this.#events.refuse({ kind: 'bad_answer', status: 200, reason });
  }

  onEnd(): void {
    if (this.#bytes > HOLD_LIMIT) return;
    this.#inner.onData(this.#translator.body(Buffer.concat(this.#held)));
    this.#inner.onEnd();
  }

  onFailure(failure: UpstreamFailure): void {
    if (this.#bytes <= HOLD_LIMIT) this.#inner.onFailure(failure);
  }
}
