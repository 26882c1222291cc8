import type { OwnField, Protocol, StreamView } from '../protocols/types.ts';
import { eventsOf, ownBytes } from './recording.ts';
import type { Recording } from './types.ts';

/** What a client sees of a stream that asks for nothing in particular. */
const PLAIN_VIEW: StreamView = { includeUsage: false, includeObfuscation: true };

/** A recording as most clients get it, in its own shape, and what its bytes have beside that. */
export interface ReadyForm {
  /** Ready to send. */
  readonly body: Buffer;
  /** What is not shown, each text once. */
  readonly hidden: readonly string[];
  /** For each place where something is not shown: bytes of `body` since the place before, and which of `hidden` it is. */
  readonly cuts: readonly number[];
  /** Where `body` repeats fields of the request that name the caller. */
  readonly own: readonly OwnField[];
}

/** Whether the view is the one of ready forms. */
export function isPlain({ includeUsage, includeObfuscation, framing }: StreamView): boolean {
  return includeUsage === PLAIN_VIEW.includeUsage && includeObfuscation === PLAIN_VIEW.includeObfuscation && !framing;
}

/** The ready form of an answer; undefined where events are changed by more than leaving out a part of them. */
export function readyFormOf(protocol: Protocol, recording: Recording): ReadyForm | undefined {
  const { shape, bytes, refusal } = recording;
  if (refusal) return undefined;
  const shown = shape === 'stream' ? shownOf(protocol, recording) : whole(bytes);
  return shown && { ...shown, own: protocol.findOwnFields(shown.body, shape) };
}

function shownOf(protocol: Protocol, recording: Recording): Omit<ReadyForm, 'own'> | undefined {
  if (protocol.marks && !holdsOne(recording.bytes, protocol.marks)) return whole(recording.bytes);
  const builder = new Builder();
  for (const event of eventsOf(recording)) if (!builder.take(event, protocol.show(event, PLAIN_VIEW))) return undefined;
  return builder.changed ? builder.build() : whole(recording.bytes);
}

function whole(body: Buffer): Omit<ReadyForm, 'own'> {
  return { body, hidden: [], cuts: [] };
}

/** The recorded bytes that a ready form was made of. */
export function restored({ body, hidden, cuts }: Omit<ReadyForm, 'own'>): Buffer {
  if (cuts.length === 0) return body;
  const pieces: Buffer[] = [];
  const texts = hidden.map((text) => Buffer.from(text));
  let at = 0;
  for (let index = 0; index < cuts.length; index += 2) {
    const next = at + (cuts[index] ?? 0);
    const text = texts[cuts[index + 1] ?? 0];
    pieces.push(body.subarray(at, next));
    if (text) pieces.push(text);
    at = next;
  }
  return ownBytes([...pieces, body.subarray(at)]);
}

/** Bytes of what `restored` returns; undefined when the form is none. */
export function restoredLength({ body, hidden, cuts }: Omit<ReadyForm, 'own'>): number | undefined {
  const lengths = hidden.map((text) => Buffer.byteLength(text));
  let length = body.length;
  let at = 0;
  for (let index = 0; index < cuts.length; index += 2) {
    const text = lengths[cuts[index + 1] ?? -1];
    at += cuts[index] ?? 0;
    if (text === undefined || at > body.length) return undefined;
    length += text;
  }
  return length;
}

/** The parts of a recording that hold its bytes: these bytes, or what is restored from the form when it is needed. */
export function bytesOrReady(
  body: Buffer,
  ready: Omit<ReadyForm, 'body'> | undefined,
): Pick<Recording, 'bytes' | 'ready'> {
  if (!ready) return { bytes: body };
  const form = { ...ready, body };
  let whole: Buffer | undefined;
  return {
    ready: form,
    get bytes() {
      whole ??= restored(form);
      return whole;
    },
  };
}

/** A search in a string is four times as fast as one in a buffer, the conversion included. */
function holdsOne(bytes: Buffer, marks: readonly string[]): boolean {
  const text = bytes.toString('latin1');
  return marks.some((mark) => text.includes(mark));
}

class Builder {
  readonly #shown: Buffer[] = [];
  readonly #hidden = new Map<string, number>();
  readonly #cuts: number[] = [];
  /** Bytes shown since the last cut. */
  #since = 0;

  get changed(): boolean {
    return this.#cuts.length > 0;
  }

  /** False when the event is changed by more than leaving out one piece of it. */
  take(event: Buffer, seen: Buffer | undefined): boolean {
    if (seen === event) {
      this.#show(event);
      return true;
    }
    const start = seen === undefined ? 0 : samePrefix(event, seen);
    const end = start + event.length - (seen?.length ?? 0);
    if (end <= start || (seen && !seen.subarray(start).equals(event.subarray(end)))) return false;
    this.#show(event.subarray(0, start));
    this.#cut(event.toString('utf8', start, end));
    this.#show(event.subarray(end));
    return true;
  }

  build(): Omit<ReadyForm, 'own'> {
    return { body: ownBytes(this.#shown), hidden: [...this.#hidden.keys()], cuts: this.#cuts };
  }

  #show(piece: Buffer): void {
    this.#shown.push(piece);
    this.#since += piece.length;
  }

  #cut(text: string): void {
    const known = this.#hidden.get(text) ?? this.#hidden.size;
    this.#hidden.set(text, known);
    this.#cuts.push(this.#since, known);
    this.#since = 0;
  }
}

function samePrefix(one: Buffer, other: Buffer): number {
  let at = 0;
  while (at < other.length && one[at] === other[at]) at += 1;
  return at;
}
