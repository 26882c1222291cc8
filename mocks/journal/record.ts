import type { AnswerUsage, BilledAnswer } from './billing.ts';
import { billedFor } from './billing.ts';
import type { JournalEntry, SocketEnd, SocketFrame } from './entry.ts';
import type { EventTrace } from './trace.ts';

export interface Arrival {
  /** Ordinal of the request, from 1. */
  readonly sequence: number;
  readonly at: number;
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly port: number;
  readonly connection: number;
}

export interface Delivered {
  status?: number;
  requestId?: string;
  firstByteAt?: number;
  endedAt?: number;
  bytesOut: number;
  eventsOut: number;
  /** Visible tokens of the events handed to the socket. */
  tokensOut: number;
  /** Everything there was to say was handed over. */
  whole: boolean;
  /** What the whole answer costs. */
  usage?: AnswerUsage;
  /** Filled in when traces were asked for. */
  trace?: EventTrace[];
  abortedAt?: number;
  /** Of a WebSocket: what went over it. */
  frames?: SocketFrame[];
  closed?: SocketEnd;
}

/** Bodies up to this size are kept as text: one object, where a buffer is four. */
const TEXT_BYTES = 4096;

/** An entry in the making. Raw material is kept as it came and is only turned into an entry when the journal is read. */
export class JournalRecord {
  readonly arrival: Arrival;
  /** Written by the server while it answers. */
  readonly delivered: Delivered = { bytesOut: 0, eventsOut: 0, tokensOut: 0, whole: false };
  operation: string | undefined;
  model: string | undefined;
  stream = false;
  fault: string | undefined;
  rule: string | undefined;
  #body: Buffer | string | undefined;
  #bodyBytes = 0;
  #bodyCut: 'truncated' | 'dropped' | undefined;
  #forgotten = false;

  constructor(arrival: Arrival) {
    this.arrival = arrival;
  }

  /** Returns the bytes that are kept: none once the entry was forgotten. */
  keepBody(body: Buffer, limit: number): number {
    if (this.#forgotten) return 0;
    const whole = body.length <= limit;
    // A copy of the beginning: a slice would hold the whole of it in memory.
    const kept = whole ? body : Buffer.from(body.subarray(0, limit));
    this.#body = kept.length <= TEXT_BYTES ? kept.toString() : kept;
    this.#bodyBytes = kept.length;
    this.#bodyCut = whole ? undefined : 'truncated';
    return kept.length;
  }

  /** Returns the bytes that were set free. */
  dropBody(): number {
    const freed = this.#bodyBytes;
    if (freed > 0) this.#bodyCut = 'dropped';
    this.#body = undefined;
    this.#bodyBytes = 0;
    return freed;
  }

  /** The journal does not hold this entry any more; returns the bytes that were set free. */
  forget(): number {
    this.#forgotten = true;
    return this.dropBody();
  }

  toEntry(): JournalEntry {
    const { sequence, at, method, path, port, connection } = this.arrival;
    const { status, requestId, firstByteAt, endedAt, bytesOut, eventsOut, tokensOut } = this.delivered;
    const { usage, trace, abortedAt, frames, closed } = this.delivered;
    return withoutUndefined({
      id: `${port}-${sequence}`,
      sequence,
      at,
      method,
      path,
      query: Object.fromEntries(new URLSearchParams(this.arrival.query)),
      headers: joined(this.arrival.headers),
      body: this.#readBody(),
      bodyCut: this.#bodyCut,
      operation: this.operation,
      model: this.model,
      stream: this.stream,
      status,
      requestId,
      port,
      connection,
      firstByteAt,
      endedAt,
      bytesOut,
      eventsOut,
      tokensOut,
      usage: usage && { input: usage.input, output: usage.output },
      billed: this.#billed(),
      events: trace,
      frames: frames && [...frames],
      closed,
      aborted: abortedAt !== undefined,
      abortedAt,
      rule: this.rule,
      fault: this.fault,
    });
  }

  #billed(): BilledAnswer | undefined {
    const { usage, status } = this.delivered;
    return usage === undefined || status === undefined ? undefined : billedFor(usage, this.delivered, this.stream);
  }

  #readBody(): unknown {
    if (this.#body === undefined || this.#body.length === 0) return undefined;
    const text = this.#body.toString();
    if (this.#bodyCut === 'truncated') return text;
    try {
      return JSON.parse(text);
    } catch {
      return text;
    }
  }
}

type Loose<T> = { readonly [K in keyof T]: T[K] | undefined };

function withoutUndefined(entry: Loose<JournalEntry>): JournalEntry {
  return Object.fromEntries(
    Object.entries(entry).filter(([, value]) => value !== undefined),
  ) as unknown as JournalEntry;
}

function joined(headers: Arrival['headers']): Record<string, string> {
  const plain: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) plain[name] = typeof value === 'string' ? value : value.join(', ');
  }
  return plain;
}
