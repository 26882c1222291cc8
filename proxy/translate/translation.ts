import { isUtf8 } from 'node:buffer';
import type { JsonObject } from '../core/json.ts';
import type { AnswerFacts, Protocol, StreamJudge, TokenUsage } from '../protocols/types.ts';
import { parseObject } from '../wire/json-object.ts';
import { dataRange, parseEvent } from '../wire/sse-event.ts';
import { EventSplitter, type Rest } from '../wire/sse.ts';
import type { Family } from './conversation.ts';
import type { AnswerContext, AnswerHints, AnswerReader, AnswerWriter, Step } from './steps.ts';
import { translatorOf } from './table.ts';
import type { RequestTarget, WrittenRequest } from './types.ts';

/** What a family's route says of a request outside of its body (Gemini: the model and whether it streams). */
export interface RequestHeadFacts {
  readonly stream: boolean;
  readonly model: string;
}

/** Writes a client's request for an endpoint of another family. Throws ProxyError (400) that names the client's field. */
export function translateRequest(
  families: { readonly from: Family; readonly to: Family },
  body: JsonObject,
  target: RequestTarget,
  head?: RequestHeadFacts,
): WrittenRequest {
  const conversation = translatorOf(families.from).readRequest(body, head);
  return translatorOf(families.to).writeRequest(conversation, target);
}

export interface TranslationOptions {
  /** The endpoint's family. */
  readonly from: Family;
  /** The client's. */
  readonly to: Family;
  readonly context: AnswerContext;
  readonly hints?: AnswerHints;
  /** Judges the endpoint's answer, beside the verdict over what is made of it. */
  readonly protocol?: Pick<Protocol, 'streamJudge' | 'judgeBody' | 'endMark'>;
  /** Bytes that one event may have. */
  readonly maxEventBytes?: number;
}

const NOTHING = Buffer.alloc(0);
const OPEN_BRACE = 123;
const LETTER_E = 101;
const EVENT_FIELD = 'event:';
const DATA_FIELD = 'data';

/**
 * One answer on its way from an endpoint to a client of another family, as a stream or as a body. What it writes goes by the endpoint's
 * events alone, however the network cut their bytes. It never finishes an answer that the endpoint did not finish.
 */
export class AnswerTranslation {
  readonly #reader: AnswerReader;
  readonly #writer: AnswerWriter;
  readonly #splitter: EventSplitter;
  readonly #protocol: TranslationOptions['protocol'];
  readonly #judge: StreamJudge | undefined;
  #bodyFacts: AnswerFacts | undefined;
  #torn = false;
  #utf8 = true;
  #ended = false;
  #upstreamId: string | undefined;

  constructor({ from, to, context, hints, maxEventBytes, protocol }: TranslationOptions) {
    this.#protocol = protocol;
    this.#judge = protocol?.streamJudge();
    this.#reader = translatorOf(from).answerReader(hints);
    this.#writer = translatorOf(to).answerWriter(context);
    this.#splitter = new EventSplitter(maxEventBytes === undefined ? {} : { maxEventBytes });
  }

  /** Id that the endpoint gave its answer, once it has: the client is given another, in the form that it knows. */
  get upstreamId(): string | undefined {
    return this.#upstreamId;
  }

  /** The end of the answer was read, in words of the endpoint's protocol: what comes of the connection then changes nothing. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Takes bytes of the endpoint's stream; gives whole events of the client's, or no bytes. Throws EventTooLargeError. */
  push(chunk: Buffer): Buffer {
    const written: Buffer[] = [];
    for (const event of this.#splitter.push(chunk)) this.#take(event, written);
    return joined(written);
  }

  /**
   * The endpoint's stream has ended. `clean`: at its proper end (last chunk, length), so that a finished answer without a terminal mark is
   * a whole one. Of one that was cut nothing more is written: the client's protocol tells of that.
   */
  end(clean = true): Buffer {
    const written: Buffer[] = [];
    const rest = this.#splitter.end();
    if (!clean) return NOTHING;
    if (rest !== undefined && isEvent(rest)) this.#take(rest.bytes, written);
    else if (rest !== undefined) this.#torn = true;
    const { endMark } = this.#protocol ?? {};
    // A clean end makes up for the mark.
    if (endMark && this.#judge?.verdict().unmarked) this.#judge.add(endMark);
    this.#write(this.#reader.end(), written);
    return joined(written);
  }

  /** Takes a whole unary answer of the endpoint; gives the client's, or its error body. */
  body(body: Buffer): Buffer {
    this.#utf8 = isUtf8(body);
    this.#bodyFacts = this.#protocol?.judgeBody(body);
    const steps = this.#reader.body(body);
    this.#learnId(steps);
    return this.#writer.body(steps);
  }

  /**
   * Why the endpoint's answer is nothing to keep, although the client's may look complete: what shows it (numbers, counters,
   * padding) does not come through translation. undefined: nothing speaks against it.
   */
  doubt(): string | undefined {
    if (this.#torn) return 'the last event is torn';
    if (!this.#utf8) return 'not UTF-8';
    const facts = this.#bodyFacts ?? this.#judge?.verdict();
    if (facts === undefined) return undefined;
    return facts.complete || facts.atLimit === true ? undefined : (facts.reason ?? 'the answer is not complete');
  }

  /** What the endpoint bills for the answer, as its own protocol says it: the client's may have no word for some of it. */
  get usage(): TokenUsage | undefined {
    return (this.#bodyFacts ?? this.#judge?.verdict())?.usage;
  }

  #take(event: Buffer, written: Buffer[]): void {
    this.#utf8 &&= isUtf8(event);
    if (this.#judge?.addOrdinary(event) === false) this.#judge.add(event);
    this.#write(this.#read(event), written);
  }

  #write(steps: readonly Step[], written: Buffer[]): void {
    if (steps.length === 0) return;
    this.#learnId(steps);
    this.#ended ||= steps.at(-1)?.kind === 'end';
    written.push(...this.#writer.events(steps));
  }

  #learnId([first]: readonly Step[]): void {
    if (first?.kind === 'start') this.#upstreamId ??= first.id;
  }

  #read(event: Buffer): readonly Step[] {
    const range = dataRange(event);
    if (range !== undefined && range.end > range.start)
      return this.#reader.event(nameOf(event), event.toString('utf8', range.start, range.end));
    // Some providers break off with a bare object that is no event.
    if (event[0] === OPEN_BRACE) return this.#reader.event('error', event.toString().trim());
    const { event: name, data } = parseEvent(event);
    // Comments, blank lines: an error alone may go without data.
    return data === '' && name !== 'error' ? [] : this.#reader.event(name, data);
  }
}

/** Whether what stands behind the last blank line lacks nothing but that, or says nothing: the rest of an event does not count. */
function isEvent({ bytes, whole }: Rest): boolean {
  if (whole) return true;
  const { data } = parseEvent(bytes);
  return data === '' ? !bytes.includes(DATA_FIELD) : data.trim() === '[DONE]' || parseObject(data) !== undefined;
}

/** The event's name, which stands in its first line or nowhere in the streams of all families. */
function nameOf(event: Buffer): string | undefined {
  if (event[0] !== LETTER_E) return undefined;
  const [line = ''] = event.toString('utf8', 0, Math.min(event.length, 128)).split(/[\r\n]/, 1);
  return line.startsWith(EVENT_FIELD) ? line.slice(EVENT_FIELD.length).trim() : undefined;
}

function joined(written: readonly Buffer[]): Buffer {
  const [first] = written;
  if (first === undefined) return NOTHING;
  return written.length === 1 ? first : Buffer.concat(written);
}
