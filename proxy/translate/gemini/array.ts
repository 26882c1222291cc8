const OPEN = 0x7b;
const CLOSE = 0x7d;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * Cuts a stream that is one JSON array of objects into its objects as they arrive: their text, whole, as a reader of answers takes it
 * for `data`. What is between them is skipped. An object longer than `limit` bytes throws RangeError.
 */
export class ArrayCutter {
  private readonly limit: number;
  /** Bytes of the object that has begun. */
  private kept: Buffer[] = [];
  private size = 0;
  private depth = 0;
  private inString = false;
  private escaped = false;

  constructor(limit = 16 * 1024 * 1024) {
    this.limit = limit;
  }

  /** Whether the bytes so far end between two objects. */
  get isBetween(): boolean {
    return this.depth === 0;
  }

  /** The objects that end in this chunk. */
  push(chunk: Buffer): string[] {
    const objects: string[] = [];
    let start = 0;
    for (let at = 0; at < chunk.length; at += 1) {
      const byte = chunk[at];
      if (this.inString) {
        if (this.escaped) this.escaped = false;
        else if (byte === BACKSLASH) this.escaped = true;
        else if (byte === QUOTE) this.inString = false;
      } else if (byte === OPEN) {
        if (this.depth === 0) start = at;
        this.depth += 1;
      } else if (this.depth > 0) {
        if (byte === QUOTE) this.inString = true;
        else if (byte === CLOSE) {
          this.depth -= 1;
          if (this.depth === 0) objects.push(this.take(chunk.subarray(start, at + 1)));
        }
      }
    }
    if (this.depth > 0) this.keep(chunk.subarray(start));
    return objects;
  }

  private take(end: Buffer): string {
    if (this.kept.length === 0) return end.toString();
    const whole = Buffer.concat([...this.kept, end]).toString();
    this.kept = [];
    this.size = 0;
    return whole;
  }

  /** A copy: the chunk's memory may be used again. */
  private keep(bytes: Buffer): void {
    this.size += bytes.length;
    if (this.size > this.limit) throw new RangeError(`an object of the stream is longer than ${this.limit} bytes`);
    this.kept.push(Buffer.from(bytes));
  }
}
