/**
 * Cutting a byte stream into server-sent events (WHATWG HTML, section 9.2.6) without decoding it. An event is every byte
 * up to and including its blank line, so that all events together are the stream, byte for byte. Lines end with LF, CRLF
 * or CR; chunks may be cut anywhere.
 */
const LF = 10;
const CR = 13;
const BLANK_LINE = Buffer.from('\n\n');

/** Bytes that one event may have unless told otherwise: 16 MiB. */
export const MAX_EVENT_BYTES = 16 * 1024 * 1024;

/** The stream held more bytes without a blank line than one event may have. */
export class EventTooLargeError extends Error {
  override readonly name = 'EventTooLargeError';

  constructor(limit: number) {
    super(`A stream event exceeds the limit of ${limit} bytes.`);
  }
}

/**
 * Offset behind the last blank line of a chunk that starts at the beginning of a line; 0 when there is none. A CR at the
 * very end does not count, since it may be the first half of a CRLF.
 */
export function lastBoundary(chunk: Buffer): number {
  if (endsAtBoundary(chunk)) return chunk.length;
  if (!chunk.includes(CR)) {
    const at = chunk.lastIndexOf(BLANK_LINE);
    if (at !== -1) return at + 2;
    return chunk[0] === LF ? 1 : 0;
  }
  return new BoundaryScanner().scan(chunk).at(-1) ?? 0;
}

/** Whether the chunk surely ends with a blank line; false also where that depends on what came before. */
function endsAtBoundary(chunk: Buffer): boolean {
  const end = chunk.length;
  if (chunk[end - 1] !== LF) return false;
  const before = chunk[end - 2];
  if (before === LF) return true;
  const first = chunk[end - 3];
  return before === CR && (first === LF || first === CR);
}

/** Finds blank lines across chunks. Keeps two bits of state and no bytes. */
class BoundaryScanner {
  /** A line has just ended (or the stream begins), so the next line end makes a blank line. */
  #lineStart = true;
  /** The chunk ended with a CR: what it ends is only known with the next byte. */
  #pendingCr: 'none' | 'line' | 'blank' = 'none';

  /** Offsets in `chunk` behind each blank line, ascending. Offset 0: the blank line ended with the chunk before. */
  scan(chunk: Buffer): number[] {
    const found: number[] = [];
    if (chunk.length === 0) return found;
    const from = this.#resolveCr(chunk, found);
    if (chunk.includes(CR, from)) this.#scanLines(chunk, from, found);
    else this.#scanLf(chunk, from, found);
    return found;
  }

  /** At the end of the stream: whether a blank line was still waiting for its LF. */
  finish(): boolean {
    const blank = this.#pendingCr === 'blank';
    this.#pendingCr = 'none';
    return blank;
  }

  #resolveCr(chunk: Buffer, found: number[]): number {
    if (this.#pendingCr === 'none') return 0;
    const from = chunk[0] === LF ? 1 : 0;
    if (this.#pendingCr === 'blank') found.push(from);
    this.#pendingCr = 'none';
    this.#lineStart = true;
    return from;
  }

  #scanLf(chunk: Buffer, from: number, found: number[]): void {
    let at = from;
    while (at < chunk.length) {
      if (this.#lineStart && chunk[at] === LF) {
        at += 1;
      } else {
        const blank = chunk.indexOf(BLANK_LINE, at);
        if (blank === -1) {
          this.#lineStart = chunk[chunk.length - 1] === LF;
          return;
        }
        at = blank + 2;
        this.#lineStart = true;
      }
      found.push(at);
    }
  }

  #scanLines(chunk: Buffer, from: number, found: number[]): void {
    const end = chunk.length;
    let at = from;
    let lf = -1;
    let cr = -1;
    while (at < end) {
      if (lf < at) lf = indexOrEnd(chunk, LF, at);
      if (cr < at) cr = indexOrEnd(chunk, CR, at);
      const lineEnd = Math.min(lf, cr);
      const blank = this.#lineStart && lineEnd === at;
      this.#lineStart = lineEnd < end;
      if (lineEnd === end) return;
      if (cr === end - 1 && cr < lf) {
        this.#pendingCr = blank ? 'blank' : 'line';
        return;
      }
      at = lf === cr + 1 ? lf + 1 : lineEnd + 1;
      if (blank) found.push(at);
    }
  }
}

function indexOrEnd(chunk: Buffer, byte: number, from: number): number {
  const at = chunk.indexOf(byte, from);
  return at === -1 ? chunk.length : at;
}

/** The bytes of an unfinished event, as the chunks they came in. */
class Tail {
  #parts: Buffer[] = [];
  #bytes = 0;
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get bytes(): number {
    return this.#bytes;
  }

  push(part: Buffer): void {
    if (part.length === 0) return;
    this.#bytes += part.length;
    if (this.#bytes > this.#limit) throw new EventTooLargeError(this.#limit);
    this.#parts.push(part);
  }

  /** All that was kept and `last` behind it; `last` itself when nothing was kept. */
  take(last: Buffer): Buffer {
    if (this.#bytes === 0) return last;
    const whole = Buffer.concat([...this.#parts, last]);
    this.#parts = [];
    this.#bytes = 0;
    return whole;
  }
}

export interface SseOptions {
  /** Bytes that one event may have; more throws EventTooLargeError. */
  readonly maxEventBytes?: number;
}

/** Yields each event on its own. Events that lie within one chunk are slices of it, not copies. */
export class EventSplitter {
  readonly #scanner = new BoundaryScanner();
  readonly #tail: Tail;
  readonly #limit: number;

  constructor(options: SseOptions = {}) {
    this.#limit = options.maxEventBytes ?? MAX_EVENT_BYTES;
    this.#tail = new Tail(this.#limit);
  }

  /** The events that this chunk completes. Throws EventTooLargeError. */
  push(chunk: Buffer): Buffer[] {
    const events: Buffer[] = [];
    let start = 0;
    for (const end of this.#scanner.scan(chunk)) {
      const event = this.#tail.take(chunk.subarray(start, end));
      if (event.length > this.#limit) throw new EventTooLargeError(this.#limit);
      events.push(event);
      start = end;
    }
    this.#tail.push(start === 0 ? chunk : chunk.subarray(start));
    return events;
  }

  /** At the end of the stream: the bytes behind the last blank line, undefined when there are none. */
  end(): Rest | undefined {
    return restOf(this.#scanner, this.#tail);
  }
}

export interface Rest {
  readonly bytes: Buffer;
  /** Whether the bytes are a whole event after all (the stream ended with a bare CR). */
  readonly whole: boolean;
}

function restOf(scanner: BoundaryScanner, tail: Tail): Rest | undefined {
  const whole = scanner.finish();
  if (tail.bytes === 0) return undefined;
  return { bytes: tail.take(Buffer.alloc(0)), whole };
}

/** Cuts chunks at event boundaries: what comes out is whole events, several at a time, the chunk itself where it can be. */
export class EventGate {
  readonly #scanner = new BoundaryScanner();
  readonly #tail: Tail;

  constructor(options: SseOptions = {}) {
    this.#tail = new Tail(options.maxEventBytes ?? MAX_EVENT_BYTES);
  }

  /** Whole events that can be passed on now; undefined when the chunk completes none. Throws EventTooLargeError. */
  push(chunk: Buffer): Buffer | undefined {
    // With no unfinished event the scanner stands at a line start, and a chunk that ends with a blank line leaves it there.
    if (this.#tail.bytes === 0 && endsAtBoundary(chunk)) return chunk;
    const boundary = this.#scanner.scan(chunk).at(-1);
    if (boundary === undefined) {
      this.#tail.push(chunk);
      return undefined;
    }
    const whole = this.#tail.take(chunk.subarray(0, boundary));
    this.#tail.push(chunk.subarray(boundary));
    return whole;
  }

  /** At the end of the stream: the bytes behind the last blank line, undefined when there are none. */
  end(): Rest | undefined {
    return restOf(this.#scanner, this.#tail);
  }
}

/** Cuts a whole stream. Bytes behind the last blank line are its last element and no event. */
export function splitEvents(stream: Buffer): Buffer[] {
  const splitter = new EventSplitter({ maxEventBytes: Number.POSITIVE_INFINITY });
  const events = splitter.push(stream);
  const rest = splitter.end();
  if (rest !== undefined) events.push(rest.bytes);
  return events;
}
