const ROW_BITS = 12;
const ROWS = 2 ** ROW_BITS;

/** What is known of an entry beside its record; every field is one signed number of 32 bits. */
export const FIELD = {
  /** Hash of its key. */
  hash: 0,
  /** Hash of the answer that it is listed for; 0 = none. */
  answer: 1,
  group: 2,
  segment: 3,
  /** Where its record begins in the segment. */
  offset: 4,
  /** Bytes of its record; 0 = the row is free. */
  length: 5,
  /** Neighbours by last use: the more recent one and the less recent one. */
  newer: 6,
  older: 7,
} as const;

type Field = (typeof FIELD)[keyof typeof FIELD];

const WIDTH = Object.keys(FIELD).length;

/** Memory of one row, in bytes. */
export const ROW_BYTES = WIDTH * 4;

/** A table of entries in typed arrays. It grows by pieces, so that nothing is ever copied. */
export class EntryRows {
  readonly #pieces: Int32Array[] = [];
  readonly #free: number[] = [];
  #end = 0;

  /** Rows that are or have been in use: all numbers of entries are below. */
  get end(): number {
    return this.#end;
  }

  take(): number {
    const row = this.#free.pop();
    if (row !== undefined) return row;
    if (this.#end === this.#pieces.length * ROWS) this.#pieces.push(new Int32Array(ROWS * WIDTH));
    return this.#end++;
  }

  giveBack(row: number): void {
    this.set(row, FIELD.length, 0);
    this.#free.push(row);
  }

  get(row: number, field: Field): number {
    return this.#pieces[row >>> ROW_BITS]?.[(row & (ROWS - 1)) * WIDTH + field] ?? 0;
  }

  set(row: number, field: Field, value: number): void {
    const piece = this.#pieces[row >>> ROW_BITS];
    if (piece) piece[(row & (ROWS - 1)) * WIDTH + field] = value;
  }
}
