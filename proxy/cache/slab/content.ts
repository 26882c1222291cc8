import type { Recording } from '../types.ts';
import { bytesOrReady, type ReadyForm } from '../ready-form.ts';
import { numbersLength, readNumbers, writeNumbers } from './numbers.ts';

/*
 * What is written of a recording:   0 stored at · 8 expires at · 16 length of the details · 20 length of the events ·
 *                                   24 length of the bytes · 28 details (JSON) · events · bytes
 * The events are their lengths, then their times, then the cuts of the ready form. The bytes may lie elsewhere. All that many recordings have in common
 * is their `Kind`, which is kept once.
 */
const EXPIRES_AT = 8;
const DETAILS_LENGTH_AT = 16;
const EVENTS_LENGTH_AT = 20;
const BYTES_LENGTH_AT = 24;
const HEAD_BYTES = 28;

/** What recordings of one model have in common. */
export type Kind = Pick<Recording, 'operation' | 'model' | 'shape' | 'endpoint' | 'target' | 'kept'>;

type Details = [
  headers: Recording['headers'],
  encryptedItems: Recording['encryptedItems'],
  usage: Recording['usage'] | 0,
  answerId: string | 0,
  refusal: Recording['refusal'] | 0,
  /** Of a ready form, whose body stands in place of the bytes: number of events, what is hidden, whose fields; 1 = nothing of it. */
  ready: readonly [number, ReadyForm['hidden'], ReadyForm['own']] | 1 | 0,
];

export interface Draft {
  readonly recording: Recording;
  /** What is kept of its bytes. */
  readonly body: Buffer;
  readonly details: string;
  readonly detailsLength: number;
  readonly events: readonly number[];
  readonly eventsLength: number;
}

export function kindOf({ operation, model, shape, endpoint, target, kept }: Recording): Kind {
  return { operation, model, shape, endpoint, target, kept };
}

/** Equal for equal kinds. */
export function kindText({ operation, model, shape, endpoint, target, kept }: Kind): string {
  const { provider, address, model: upstream } = target;
  return JSON.stringify([operation, model, shape, endpoint, provider, address, upstream, kept]);
}

export function draftOf(recording: Recording): Draft {
  const { headers, encryptedItems, usage, answerId, refusal, ready, ends, times } = recording;
  const parts: Details = [headers, encryptedItems, usage ?? 0, answerId ?? 0, refusal ?? 0, readyPart(recording)];
  const details = JSON.stringify(parts);
  const events = [...ends.map((end, index) => end - (ends[index - 1] ?? 0)), ...times, ...(ready?.cuts ?? [])];
  return {
    recording,
    body: ready?.body ?? recording.bytes,
    details,
    detailsLength: Buffer.byteLength(details),
    events,
    eventsLength: events.length === 0 ? 0 : numbersLength(events),
  };
}

function readyPart({ ready, ends }: Recording): Details[5] {
  if (!ready) return 0;
  return ready.hidden.length + ready.own.length === 0 ? 1 : [ends.length, ready.hidden, ready.own];
}

/** Bytes that `writeContent` writes. */
export function contentLength(draft: Draft, withBytes: boolean): number {
  return HEAD_BYTES + draft.detailsLength + draft.eventsLength + (withBytes ? draft.body.length : 0);
}

export function writeContent(draft: Draft, withBytes: boolean, into: Buffer, at: number): void {
  const { recording, body, details, detailsLength, events, eventsLength } = draft;
  into.writeDoubleLE(recording.storedAt, at);
  into.writeDoubleLE(recording.expiresAt, at + EXPIRES_AT);
  into.writeUInt32LE(detailsLength, at + DETAILS_LENGTH_AT);
  into.writeUInt32LE(eventsLength, at + EVENTS_LENGTH_AT);
  into.writeUInt32LE(body.length, at + BYTES_LENGTH_AT);
  into.write(details, at + HEAD_BYTES, 'utf8');
  const end = writeNumbers(events, into, at + HEAD_BYTES + detailsLength);
  if (withBytes) into.set(body, end);
}

/** When the recording was stored, in epoch milliseconds. */
export function storedAtIn(from: Buffer, at: number): number {
  return from.readDoubleLE(at);
}

/** The provider's id of the answer, if it has one. */
export function answerIdIn(from: Buffer, at: number): string | undefined {
  return detailsIn(from, at)[3] || undefined;
}

/** The recording; `bytesFrom` makes its bytes of those in the content, if they are there. */
export function recordingIn(
  kind: Kind,
  from: Buffer,
  at: number,
  bytesFrom: (from: Buffer, at: number, length: number) => Buffer,
): Recording {
  const [headers, encryptedItems, usage, answerId, refusal, ready] = detailsIn(from, at);
  const eventsAt = at + HEAD_BYTES + from.readUInt32LE(at + DETAILS_LENGTH_AT);
  const bytesAt = eventsAt + from.readUInt32LE(at + EVENTS_LENGTH_AT);
  const events = bytesAt === eventsAt ? [] : (readNumbers(from, eventsAt, bytesAt) ?? []);
  const [count, hidden, own] = typeof ready === 'number' ? [events.length / 2, [], []] : ready;
  const body = bytesFrom(from, bytesAt, from.readUInt32LE(at + BYTES_LENGTH_AT));
  let end = 0;
  const held = ready === 0 ? undefined : { hidden, own, cuts: hidden.length === 0 ? [] : events.slice(2 * count) };
  const facts = {
    headers,
    ends: count === 0 ? [] : events.slice(0, count).map((length) => (end += length)),
    times: count === 0 ? [] : events.slice(count, 2 * count),
    encryptedItems,
    storedAt: from.readDoubleLE(at),
    expiresAt: from.readDoubleLE(at + EXPIRES_AT),
    ...(usage === 0 ? {} : { usage }),
    ...(answerId === 0 ? {} : { answerId }),
    ...(refusal === 0 ? {} : { refusal }),
  };
  return Object.assign(bytesOrReady(body, held), kind, facts);
}

function detailsIn(from: Buffer, at: number): Details {
  const start = at + HEAD_BYTES;
  return JSON.parse(from.toString('utf8', start, start + from.readUInt32LE(at + DETAILS_LENGTH_AT))) as Details;
}
