import { ProxyError } from '../core/errors.ts';
import { SLICE_BYTES, type Steps } from '../core/slices.ts';
import { NameCounter } from './name-counter.ts';

/**
 * A structural look at JSON bytes: how deep, how many keys, and where the members of the outermost object lie. It bounds
 * what JSON.parse is given and lets single members be edited in place. It is no validator: JSON.parse follows it.
 */
export const MAX_DEPTH = 64;
export const MAX_KEYS = 200_000;
/**
 * Different names that an object graph may have, about. Each costs JSON.parse some microseconds, a repeated one next to
 * nothing: 190,000 different ones held the event loop for 0.7 s.
 */
export const MAX_NAMES = 20_000;
/** Names up to here are not compared: nearly every body has fewer. */
const NAMES_FREE = 4_000;

const QUOTE = 34;
const BACKSLASH = 92;
const COMMA = 44;
const COLON = 58;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;
const OPEN_BRACKET = 91;
const CLOSE_BRACKET = 93;

/** 1 for the bytes that mean something between strings, by byte value. */
const STRUCTURAL = Uint8Array.from({ length: 256 }, (_, byte) =>
  '"{}[]:'.includes(String.fromCharCode(byte)) ? 1 : 0,
);

/** Bytes of a string that are looked at one by one before the native search takes over: it costs a call. */
const SHORT_STRING = 24;

export interface JsonMember {
  /** The name, unescaped. */
  readonly key: string;
  /** Offset of the name's opening quote. */
  readonly start: number;
  readonly valueStart: number;
  /** Offset behind the value's last byte. */
  readonly valueEnd: number;
}

export interface JsonScan {
  /** Offset behind the outermost `{`; -1 when the bytes are no object. */
  readonly open: number;
  /** Members of the outermost object in their order; a name may come more than once. */
  readonly members: readonly JsonMember[];
  /** Names in all objects, however deep; repeated ones count each time. */
  readonly keys: number;
}

/**
 * Throws ProxyError `body_too_complex` beyond 64 levels, 200,000 keys or about 20,000 different names. Malformed bytes give the members before the
 * fault.
 */
export function scanJson(bytes: Buffer): JsonScan {
  return new Scanner(bytes, REQUEST_BOUNDS).scan();
}

/** `scanJson` in steps of so many bytes, or of one string that is longer. */
export function scanSteps(bytes: Buffer, slice = SLICE_BYTES): Steps<JsonScan> {
  return new Scanner(bytes, REQUEST_BOUNDS).steps(slice);
}

/** The same for an endpoint's answer, which may repeat a request's deepest parts further down: it has no bounds. */
export function scanAnswer(bytes: Buffer): JsonScan {
  return new Scanner(bytes, { depth: Infinity, keys: Infinity, names: Infinity }).scan();
}

/** Offset behind the closing quote of the string that opens at `quote`; the length of the bytes when it never closes. */
export function stringEnd(bytes: Buffer, quote: number): number {
  let at = quote + 1;
  for (;;) {
    const near = Math.min(bytes.length, at + SHORT_STRING);
    while (at < near) {
      const byte = bytes[at];
      if (byte === QUOTE) return at + 1;
      at += byte === BACKSLASH ? 2 : 1;
    }
    const end = bytes.indexOf(QUOTE, at);
    if (end === -1) return bytes.length;
    // `at` is never an escaped byte, so the run of backslashes before the quote starts there at the earliest.
    let slash = end - 1;
    while (slash >= at && bytes[slash] === BACKSLASH) slash -= 1;
    if ((end - 1 - slash) % 2 === 0) return end + 1;
    at = end + 1;
  }
}

function nextStructural(bytes: Buffer, from: number, to: number): number {
  let at = from;
  while (at < to && STRUCTURAL[bytes[at] as number] === 0) at += 1;
  return at;
}

interface Bounds {
  readonly depth: number;
  readonly keys: number;
  readonly names: number;
}

const REQUEST_BOUNDS: Bounds = { depth: MAX_DEPTH, keys: MAX_KEYS, names: MAX_NAMES };

/** In place of an offset: the scan has stopped inside the value. */
const STOPPED = -1;

/** Where a scan has stopped inside a container. */
interface Stop {
  readonly at: number;
  readonly depth: number;
  readonly start: number;
  readonly end: number;
}

class Scanner {
  readonly #bytes: Buffer;
  readonly #most: Bounds;
  readonly #members: JsonMember[] = [];
  #at = 0;
  #keys = 0;
  #names: NameCounter | undefined;
  #stop: Stop | undefined;

  constructor(bytes: Buffer, most: Bounds) {
    this.#bytes = bytes;
    this.#most = most;
  }

  scan(): JsonScan {
    const open = this.#begin();
    this.#pass(open, Infinity);
    return { open, members: this.#members, keys: this.#keys };
  }

  *steps(slice: number): Steps<JsonScan> {
    const open = this.#begin();
    for (let until = slice; !this.#pass(open, until); until += slice) yield;
    return { open, members: this.#members, keys: this.#keys };
  }

  /** Offset behind the outermost `{`, or -1. */
  #begin(): number {
    const first = this.#skipSpace(0);
    const isObject = this.#bytes[first] === OPEN_BRACE;
    this.#at = isObject ? this.#skipSpace(first + 1) : first;
    return isObject ? first + 1 : -1;
  }

  /** Goes on about as far as `until`; false = there is more. */
  #pass(open: number, until: number): boolean {
    const bytes = this.#bytes;
    if (open === -1) return this.#skipValue(this.#at, 0, until) !== STOPPED;
    while (bytes[this.#at] === QUOTE) {
      if (this.#at >= until) return false;
      const member = this.#member(this.#at, until);
      if (member === STOPPED) return false;
      if (member === undefined) break;
      this.#members.push(member);
      const behind = this.#skipSpace(member.valueEnd);
      if (bytes[behind] !== COMMA) break;
      this.#at = this.#skipSpace(behind + 1);
    }
    return true;
  }

  #member(start: number, until: number): JsonMember | typeof STOPPED | undefined {
    const bytes = this.#bytes;
    const keyEnd = stringEnd(bytes, start);
    const colon = this.#skipSpace(keyEnd);
    if (bytes[colon] !== COLON) return undefined;
    if (this.#stop === undefined) this.#countKey(start, keyEnd);
    const valueStart = this.#skipSpace(colon + 1);
    const valueEnd = this.#skipValue(valueStart, 1, until);
    if (valueEnd === STOPPED) return STOPPED;
    if (valueEnd === valueStart) return undefined;
    return { key: unescape(bytes, start, keyEnd), start, valueStart, valueEnd };
  }

  /** Offset behind the value that starts at `from`, `depth` levels down. */
  #skipValue(from: number, depth: number, until: number): number {
    const bytes = this.#bytes;
    const first = bytes[from];
    if (first === QUOTE) return stringEnd(bytes, from);
    if (first === OPEN_BRACE || first === OPEN_BRACKET) return this.#skipNested(from, depth, until);
    let at = from;
    while (at < bytes.length && !endsScalar(bytes[at])) at += 1;
    return at;
  }

  #skipNested(from: number, outer: number, until: number): number {
    const bytes = this.#bytes;
    const to = Math.min(bytes.length, until);
    let { at, depth, start, end } = this.#stop ?? { at: from, depth: outer, start: from, end: from };
    this.#stop = undefined;
    while (at < to) {
      at = nextStructural(bytes, at, to);
      if (at === to) break;
      const byte = bytes[at];
      if (byte === QUOTE) {
        start = at;
        at = stringEnd(bytes, at);
        end = at;
        continue;
      }
      at += 1;
      if (byte === COLON) this.#countKey(start, end);
      else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
        depth += 1;
        if (depth > this.#most.depth) throw tooComplex(`is nested deeper than ${MAX_DEPTH} levels`);
      } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
        depth -= 1;
        if (depth === outer) return at;
      }
    }
    if (to === bytes.length) return to;
    this.#stop = { at, depth, start, end };
    return STOPPED;
  }

  /** Counts a name, which lies between these offsets. */
  #countKey(start: number, end: number): void {
    this.#keys += 1;
    if (this.#keys <= NAMES_FREE) return;
    if (this.#keys > this.#most.keys) throw tooComplex(`has more than ${MAX_KEYS} keys`);
    if (this.#most.names === Infinity) return;
    this.#names ??= new NameCounter();
    if (this.#names.add(this.#bytes, start, end) + NAMES_FREE > this.#most.names)
      throw tooComplex(`has more than ${MAX_NAMES} different keys`);
  }

  #skipSpace(from: number): number {
    let at = from;
    while (isSpace(this.#bytes[at])) at += 1;
    return at;
  }
}

function tooComplex(what: string): ProxyError {
  return new ProxyError('body_too_complex', `The JSON body ${what}.`);
}

function isSpace(byte: number | undefined): boolean {
  return byte === 32 || byte === 10 || byte === 13 || byte === 9;
}

function endsScalar(byte: number | undefined): boolean {
  return byte === COMMA || byte === CLOSE_BRACE || byte === CLOSE_BRACKET || isSpace(byte);
}

function unescape(bytes: Buffer, start: number, end: number): string {
  const raw = bytes.toString('utf8', start + 1, end - 1);
  if (!raw.includes('\\')) return raw;
  try {
    return JSON.parse(`"${raw}"`) as string;
  } catch {
    return raw; // JSON.parse of the whole will say what is wrong
  }
}
