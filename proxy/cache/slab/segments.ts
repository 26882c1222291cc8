/** Room for records that are written one after the other. */
export interface Segment {
  readonly number: number;
  readonly memory: ArrayBuffer;
  readonly bytes: Buffer;
  /** Records begin below this offset. */
  used: number;
  /** Bytes of the records that are still wanted. */
  live: number;
  /** Views of it are elsewhere. */
  lent: boolean;
}

/** What may lie unused before records are moved together: an eighth of what is wanted, and two segments. */
const SLACK = 1 / 8;
const SPARE = 2;

/**
 * Memory for records, in segments of one size. Nothing in a segment is ever overwritten before the whole segment is free. One
 * of which views were handed out is never used again: it is let go of, and lives as long as the last of its views.
 *
 * Segments are resizable buffers: V8 takes their pages from the operating system itself, and `resize(0)` returns them
 * without a garbage collection. What malloc is given back it may keep.
 */
export class Segments {
  readonly segmentBytes: number;
  readonly #segments: (Segment | undefined)[] = [];
  readonly #numbers: number[] = [];
  readonly #spare: ArrayBuffer[] = [];
  #head: Segment | undefined;
  #live = 0;
  #held = 0;

  constructor(segmentBytes: number) {
    this.segmentBytes = segmentBytes;
  }

  /** Bytes of wanted records. */
  get live(): number {
    return this.#live;
  }

  /** Bytes of memory. */
  get held(): number {
    return this.#held;
  }

  /** The segment in which a record of this length, at most `segmentBytes`, is to be written, at its `used`. */
  reserve(length: number): Segment {
    const head = this.#head;
    if (head && head.used + length <= this.segmentBytes) return head;
    const next = this.#open();
    this.#head = next;
    if (head?.live === 0) this.#close(head);
    return next;
  }

  /** A record of this length was written at the end of the segment. */
  wrote(segment: Segment, length: number): void {
    segment.used += length;
    segment.live += length;
    this.#live += length;
  }

  at(number: number): Segment {
    const segment = this.#segments[number];
    if (!segment) throw new Error('a record lies in a segment');
    return segment;
  }

  /** Views of the segment are about to be handed out. */
  lend(number: number): void {
    this.at(number).lent = true;
  }

  /** A record of this length is no longer wanted. */
  release(number: number, length: number): void {
    const segment = this.at(number);
    segment.live -= length;
    this.#live -= length;
    if (segment.live === 0 && segment !== this.#head) this.#close(segment);
  }

  /** The segment whose records are to be moved, because too much lies unused; undefined when that is not so. */
  sparse(): Segment | undefined {
    const spare = this.#spare.length * this.segmentBytes;
    if (this.#held - spare <= this.#live * (1 + SLACK) + SPARE * this.segmentBytes) return undefined;
    let least: Segment | undefined;
    for (const segment of this.#segments) {
      if (segment && segment !== this.#head && segment.live < (least?.live ?? Infinity)) least = segment;
    }
    return least;
  }

  /** Gives memory back, of this many segments at most, whatever lies in them; false when none is left. */
  free(most: number): boolean {
    this.#head = undefined;
    for (let left = most; left > 0; left -= 1) {
      const memory = this.#spare.pop();
      if (memory) this.#giveBack(memory);
      else if (this.#segments.length === 0) return false;
      else this.#discard(this.#segments.pop());
    }
    return true;
  }

  #open(): Segment {
    const memory = this.#spare.pop() ?? this.#allocate();
    const number = this.#numbers.pop() ?? this.#segments.length;
    const bytes = Buffer.from(memory, 0, this.segmentBytes);
    const segment = { number, memory, bytes, used: 0, live: 0, lent: false };
    this.#segments[number] = segment;
    return segment;
  }

  #allocate(): ArrayBuffer {
    this.#held += this.segmentBytes;
    return new ArrayBuffer(this.segmentBytes, { maxByteLength: this.segmentBytes });
  }

  #close(segment: Segment): void {
    this.#segments[segment.number] = undefined;
    this.#numbers.push(segment.number);
    if (this.#spare.length < SPARE && !segment.lent) this.#spare.push(segment.memory);
    else this.#discard(segment);
  }

  #discard(segment: Segment | undefined): void {
    if (segment?.lent) this.#held -= this.segmentBytes;
    else if (segment) this.#giveBack(segment.memory);
  }

  #giveBack(memory: ArrayBuffer): void {
    memory.resize(0);
    this.#held -= this.segmentBytes;
  }
}
