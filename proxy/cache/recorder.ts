import { EventSplitter } from '../protocols/sse.ts';
import type { AnswerFacts, Protocol } from '../protocols/types.ts';
import { keptHeaders } from './kept-headers.ts';
import { ownBytes } from './recording.ts';
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
  /** The protocol's verdict, where it has been asked already. */
  readonly facts?: AnswerFacts;
}

export interface RecordingTerms {
  /** Epoch milliseconds. */
  readonly now: number;
  readonly ttlMs: number;
  /** Larger answers are rejected. */
  readonly maxBytes: number;
}

/** `facts` are told also of an answer that may not be stored, unless it was not even read. */
export type RecordResult =
  | { readonly recording: Recording; readonly facts: AnswerFacts }
  | { readonly rejected: string; readonly facts?: AnswerFacts };

interface Events {
  readonly events: Buffer[];
  readonly times: number[];
  /** Bytes behind the last blank line: the stream broke off within an event. */
  readonly torn: boolean;
}

/** Judges a whole answer and makes a recording of it when it was seen to its verified end. */
export function record(answer: Answer, terms: RecordingTerms): RecordResult {
  const refusal = refusalOf(answer);
  if (refusal !== undefined) return { rejected: refusal };
  const bytes = ownBytes(answer.chunks);
  const stream = answer.shape === 'stream' ? eventsIn(answer.chunks, answer.times) : undefined;
  const facts =
    answer.facts ?? (stream ? answer.protocol.judgeStream(stream.events) : answer.protocol.judgeBody(bytes));
  if (!facts.complete) return { rejected: `incomplete: ${facts.reason ?? 'no verified end'}`, facts };
  if (stream?.torn) return { rejected: 'incomplete: bytes after the last event', facts };
  if (bytes.length > terms.maxBytes) return { rejected: `too large: ${bytes.length} bytes`, facts };
  const recording: Recording = {
    operation: answer.protocol.id,
    model: answer.model,
    shape: answer.shape,
    headers: keptHeaders(answer.headers),
    bytes,
    ends: stream ? endsOf(stream.events) : [],
    times: stream ? relative(stream.times) : [],
    endpoint: answer.endpoint,
    ...(facts.id === undefined ? {} : { answerId: facts.id }),
    encryptedItems: facts.encryptedItems,
    storedAt: terms.now,
    expiresAt: terms.now + terms.ttlMs,
  };
  return { recording, facts };
}

function refusalOf(answer: Answer): string | undefined {
  if (answer.status !== 200) return `status ${answer.status}`;
  const encoding = answer.headers.find(([name]) => name.toLowerCase() === 'content-encoding')?.[1];
  // Compressed bytes cannot be judged, nor replayed to a client that did not ask for them.
  return encoding === undefined || encoding.toLowerCase() === 'identity' ? undefined : `content-encoding ${encoding}`;
}

function eventsIn(chunks: readonly Buffer[], chunkTimes: readonly number[]): Events {
  const splitter = new EventSplitter({ maxEventBytes: Number.POSITIVE_INFINITY });
  const events: Buffer[] = [];
  const times: number[] = [];
  for (const [index, chunk] of chunks.entries()) {
    for (const event of splitter.push(chunk)) {
      events.push(event);
      times.push(chunkTimes[index] ?? 0);
    }
  }
  const rest = splitter.end();
  if (rest?.whole) {
    events.push(rest.bytes);
    times.push(chunkTimes.at(-1) ?? 0);
  }
  return { events, times, torn: rest !== undefined && !rest.whole };
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
