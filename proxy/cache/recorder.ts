import { isUtf8 } from 'node:buffer';
import { lastBoundary, splitEvents } from '../wire/sse.ts';
import type { AnswerFacts, Protocol } from '../protocols/types.ts';
import { keptHeaders } from './kept-headers.ts';
import { ownBytes } from './recording.ts';
import type { Target } from './target.ts';
import type { Recording } from './types.ts';

/** A whole answer as it came from an endpoint. */
export interface Answer {
  readonly protocol: Protocol;
  /** Public model name. */
  readonly model: string;
  readonly shape: Recording['shape'];
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  /** The body's bytes, cut anywhere. */
  readonly chunks: readonly Buffer[];
  /** When each chunk came, in milliseconds of any one clock. */
  readonly times: readonly number[];
  readonly endpoint: string;
  readonly target: Target;
  /** Whether the provider keeps the answer under its id. */
  readonly kept: boolean;
  /** The request limits the tokens of its answer: one that ends at a limit is whole. */
  readonly limitsOutput?: boolean;
  /** The protocol's verdict, where it has been asked already. */
  readonly facts?: AnswerFacts;
  /** A stream's chunks joined in memory of their own, and its events, where that has been done already. */
  readonly whole?: WholeStream | undefined;
}

export interface WholeStream {
  readonly bytes: Buffer;
  /** Views into `bytes`; what lies behind the last blank line is the last one. */
  readonly events: readonly Buffer[];
}

export interface RecordingTerms {
  /** Epoch milliseconds. */
  readonly now: number;
  readonly ttlMs: number;
  /** Larger answers are rejected. */
  readonly maxBytes: number;
}

/** An answer that may not be stored has `facts` as well, unless it was not even read. */
export type RecordResult =
  | { readonly recording: Recording; readonly facts: AnswerFacts }
  | { readonly rejected: string; readonly facts?: AnswerFacts };

interface Events {
  readonly events: readonly Buffer[];
  readonly times: number[];
  /** Bytes behind the last blank line: the stream broke off within an event. */
  readonly torn: boolean;
}

/** Judges a whole answer and makes a recording of it when it was seen to its verified end. */
export function record(answer: Answer, terms: RecordingTerms): RecordResult {
  const refusal = refusalOf(answer);
  if (refusal !== undefined) return { rejected: refusal };
  const bytes = answer.whole?.bytes ?? joined(answer.chunks);
  const stream = answer.shape === 'stream' ? eventsIn(answer, bytes) : undefined;
  const facts =
    answer.facts ?? (stream ? answer.protocol.judgeStream(stream.events) : answer.protocol.judgeBody(bytes));
  if (stream?.torn) return { rejected: 'incomplete: bytes after the last event', facts };
  if (!isGood(facts, answer)) return { rejected: `incomplete: ${facts.reason ?? 'no verified end'}`, facts };
  if (!isUtf8(bytes)) return { rejected: 'not UTF-8', facts };
  if (bytes.length > terms.maxBytes) return { rejected: `too large: ${bytes.length} bytes`, facts };
  return { recording: recordingOf(answer, bytes, { facts, terms, stream }), facts };
}

/** What came in one piece is not copied here: a store copies what it keeps. */
function joined(chunks: readonly Buffer[]): Buffer {
  const [only] = chunks;
  return chunks.length === 1 && only ? only : ownBytes(chunks);
}

function isGood({ complete, atLimit, unmarked }: AnswerFacts, { limitsOutput }: Answer): boolean {
  return unmarked !== true && (complete || (atLimit === true && limitsOutput === true));
}

interface Verified {
  readonly facts: AnswerFacts;
  readonly terms: RecordingTerms;
  readonly stream: Events | undefined;
}

function recordingOf(answer: Answer, bytes: Buffer, { facts, terms, stream }: Verified): Recording {
  return {
    operation: answer.protocol.id,
    model: answer.model,
    shape: answer.shape,
    headers: keptHeaders(answer.headers),
    bytes,
    ends: stream ? endsOf(stream.events) : [],
    times: stream ? relative(stream.times) : [],
    endpoint: answer.endpoint,
    target: answer.target,
    ...(facts.id === undefined ? {} : { answerId: facts.id }),
    kept: answer.kept,
    ...(facts.usage === undefined ? {} : { usage: facts.usage }),
    encryptedItems: facts.encryptedItems,
    storedAt: terms.now,
    expiresAt: terms.now + terms.ttlMs,
  };
}

function refusalOf(answer: Answer): string | undefined {
  if (answer.status !== 200) return `status ${answer.status}`;
  const encoding = answer.headers.find(([name]) => name.toLowerCase() === 'content-encoding')?.[1];
  // Compressed bytes cannot be judged, nor replayed to a client that did not ask for them.
  return encoding === undefined || encoding.toLowerCase() === 'identity' ? undefined : `content-encoding ${encoding}`;
}

function eventsIn({ chunks, times: chunkTimes, whole }: Answer, bytes: Buffer): Events {
  const events = whole?.events ?? splitEvents(bytes);
  const times: number[] = [];
  let chunk = 0;
  let chunkEnd = chunks[0]?.length ?? 0;
  let end = 0;
  for (const event of events) {
    end += event.length;
    while (chunkEnd < end && chunk < chunks.length - 1) {
      chunk += 1;
      chunkEnd += chunks[chunk]?.length ?? 0;
    }
    times.push(chunkTimes[chunk] ?? 0);
  }
  return { events, times, torn: lastBoundary(bytes) !== bytes.length };
}

function endsOf(events: readonly Buffer[]): number[] {
  let end = 0;
  return events.map((event) => (end += event.length));
}

/** Whole milliseconds from the first event. */
function relative(times: readonly number[]): number[] {
  const first = times[0] ?? 0;
  return times.map((time) => Math.max(0, Math.round(time - first)));
}
