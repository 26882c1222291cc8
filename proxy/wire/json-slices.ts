import { isUtf8 } from 'node:buffer';
import { ProxyError } from '../core/errors.ts';
import { countKeys, type Json, type JsonObject } from '../core/json.ts';
import { SLICE_BYTES, type Steps } from '../core/slices.ts';
import { holdsSuspectNumber, textLosesDigits } from './json-exact.ts';
import { NOT_JSON } from './json-object.ts';
import { stringEnd } from './json-scan.ts';

const QUOTE = 34;
const COMMA = 44;
const COLON = 58;
const OPEN_BRACKET = 91;
const CLOSE_BRACKET = 93;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;

/** 1 for the bytes that mean something between strings, by byte value. */
const STRUCTURAL = Uint8Array.from({ length: 256 }, (_, byte) =>
  '"{}[],:'.includes(String.fromCharCode(byte)) ? 1 : 0,
);

/** What `requestObject` gives, and what is found out by the way. */
export interface SlicedObject {
  readonly parsed: JsonObject;
  /** Names in all objects; fewer than a scan has counted where some object names a member twice. */
  readonly keys: number;
  /** `losesDigits` of the bytes; where no object names a member twice. */
  readonly losesDigits: boolean;
}

/**
 * `requestObject` in steps of so many bytes, or of one string that is longer. Throws ProxyError `invalid_json` for anything but
 * an object, as that does.
 *
 * A step ends at a comma and parses the members since the step before: whole ones by JSON.parse, between brackets of
 * their own; containers that are still open are built by hand. A text is valid exactly when each of its parts is and the
 * brackets around them match.
 */
export function* requestObjectSteps(body: Buffer, slice = SLICE_BYTES): Steps<SlicedObject> {
  const result = isUtf8(body) ? yield* new SlicedParser(body).steps(slice) : undefined;
  if (result === undefined) throw new ProxyError('invalid_json', NOT_JSON);
  return result;
}

/** A container that is open. Offsets are of the bytes. */
interface Frame {
  readonly close: number;
  /** Set once a step has ended inside. */
  value: Json[] | JsonObject | undefined;
  /** Begin of what is not parsed yet. */
  from: number;
  /** Begin of the member or element that is being read. */
  member: number;
  /** The last member was open when a step ended, and is in `value`. */
  attached: boolean;
  /** A comma stood before `from`: something has to follow. */
  continued: boolean;
}

class Malformed extends Error {}

class SlicedParser {
  readonly #bytes: Buffer;
  readonly #open: Frame[] = [];
  #keys = 0;
  #losesDigits = false;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** Undefined for what is no object. */
  *steps(slice: number): Steps<SlicedObject | undefined> {
    const bytes = this.#bytes;
    const first = this.#skipSpace(0);
    if (bytes[first] !== OPEN_BRACE) return undefined;
    const parsed: JsonObject = {};
    this.#open.push({ ...frameAt(first, CLOSE_BRACE), value: parsed });
    let [at, done] = [first + 1, first];
    try {
      while (this.#open.length > 0) {
        at = this.#pass(at);
        if (at > bytes.length) return undefined;
        if (at - done < slice || bytes[at - 1] !== COMMA) continue;
        this.#flush(at - 1);
        done = at;
        yield;
      }
    } catch (error) {
      // A parse error and nothing else: the whole text is malformed where a part of it is.
      if (error instanceof Malformed || error instanceof SyntaxError) return undefined;
      throw error;
    }
    if (this.#skipSpace(at) !== bytes.length) return undefined;
    return { parsed, keys: this.#keys, losesDigits: this.#losesDigits };
  }

  /** Reads up to the next token between strings; returns the offset behind it, and one beyond the end for none. */
  #pass(from: number): number {
    const bytes = this.#bytes;
    let at = from;
    for (;;) {
      while (at < bytes.length && STRUCTURAL[bytes[at] as number] === 0) at += 1;
      if (bytes[at] !== QUOTE) break;
      at = stringEnd(bytes, at);
    }
    const byte = bytes[at];
    if (byte === OPEN_BRACE) this.#open.push(frameAt(at, CLOSE_BRACE));
    else if (byte === OPEN_BRACKET) this.#open.push(frameAt(at, CLOSE_BRACKET));
    else if (byte === COMMA) this.#comma(at);
    else if (byte !== COLON && at < bytes.length) this.#close(at);
    return at + 1;
  }

  #comma(at: number): void {
    const frame = this.#open.at(-1) as Frame;
    if (frame.attached) this.#leaveAttached(frame, at);
    frame.member = at + 1;
  }

  #close(at: number): void {
    const frame = this.#open.pop() as Frame;
    if (frame.value === undefined) return; // parsed with what is around it, its brackets too
    if (frame.close !== this.#bytes[at]) throw new Malformed();
    if (frame.attached) this.#leaveAttached(frame, at);
    else this.#add(frame, at);
    if (!Array.isArray(frame.value)) this.#keys += Object.keys(frame.value).length;
    const parent = this.#open.at(-1);
    if (parent === undefined) return;
    parent.attached = true;
    parent.from = at + 1;
  }

  /** Behind a member that was built by hand only white space may stand. */
  #leaveAttached(frame: Frame, at: number): void {
    if (this.#skipSpace(frame.from) !== at) throw new Malformed();
    frame.attached = false;
    frame.continued = true;
    frame.from = at + 1;
  }

  /** Parses what of every open container is whole up to the comma at `end`. */
  #flush(end: number): void {
    const top = this.#open.at(-1) as Frame;
    this.#open.forEach((frame, index) => {
      frame.value ??= this.#opened(frame, this.#open[index - 1] as Frame);
      // The comma before the member that is open, or the last one of all.
      const to = frame === top ? end : frame.member - 1;
      if (to < frame.from) return;
      this.#add(frame, to);
      frame.from = to + 1;
      frame.continued = true;
    });
  }

  /** The container that begins a member of `parent`, put there empty. */
  #opened(frame: Frame, parent: Frame): Json[] | JsonObject {
    const value: Json[] | JsonObject = frame.close === CLOSE_BRACE ? {} : [];
    const before = this.#bytes.toString('utf8', parent.member, frame.from - 1);
    if (Array.isArray(parent.value)) {
      if ((JSON.parse(`[${before}null]`) as Json[]).length !== 1) throw new Malformed();
      parent.value.push(value);
      return value;
    }
    const names = Object.keys(JSON.parse(`{${before}null}`) as JsonObject);
    if (names.length !== 1) throw new Malformed();
    setMember(parent.value as JsonObject, names[0] as string, value);
    return value;
  }

  /** Adds the whole members between `frame.from` and `end`. */
  #add(frame: Frame, end: number): void {
    const bytes = this.#bytes.subarray(frame.from, end);
    const [open, close] = Array.isArray(frame.value) ? '[]' : '{}';
    const text = `${open}${bytes.toString('utf8')}${close}`;
    const parsed = JSON.parse(text) as Json[] | JsonObject;
    const added = Array.isArray(parsed) ? this.#addElements(frame, parsed) : this.#addMembers(frame, parsed);
    if (added === 0 && (frame.continued || this.#bytes[end] === COMMA)) throw new Malformed();
    this.#losesDigits ||= holdsSuspectNumber(bytes) && textLosesDigits(text);
  }

  #addMembers({ value }: Frame, parsed: JsonObject): number {
    const members = Object.entries(parsed);
    for (const [name, member] of members) {
      setMember(value as JsonObject, name, member);
      this.#keys += countKeys(member);
    }
    return members.length;
  }

  #addElements({ value }: Frame, elements: readonly Json[]): number {
    for (const element of elements) (value as Json[]).push(element);
    this.#keys += countKeys(elements as Json[]);
    return elements.length;
  }

  #skipSpace(from: number): number {
    let at = from;
    while (isSpace(this.#bytes[at])) at += 1;
    return at;
  }
}

function frameAt(bracket: number, close: number): Frame {
  const from = bracket + 1;
  return { close, value: undefined, from, member: from, attached: false, continued: false };
}

/** As JSON.parse does: `__proto__` is a name like any other. */
function setMember(object: JsonObject, name: string, value: Json): void {
  if (name !== '__proto__') object[name] = value;
  else Object.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true });
}

function isSpace(byte: number | undefined): boolean {
  return byte === 32 || byte === 10 || byte === 13 || byte === 9;
}
