import type { Json, JsonObject } from '../core/json.ts';

/** Pieces are handed on at about this many characters, so that a long prompt is never joined into one giant string. */
const PIECE_LENGTH = 16_384;

/** Escaping a string costs more than hashing it, so longer ones are written as they are, behind their length. */
const ESCAPE_UNTIL = 32;

/**
 * Writes a parsed JSON value in one canonical form (after RFC 8785): keys sorted by UTF-16 code units, numbers by value
 * (0, -0 and 0.0 are one), strings exact, no white space. Unlike there, a long string is `#<UTF-16 length>:<text>`.
 *
 * Returns false when a number could not be told from its neighbours: an integer beyond 2^53 or a literal beyond the
 * range of a double has lost digits in JSON.parse, so two different bodies may have become one.
 */
export function canonicalize(value: Json, write: (piece: string) => void): boolean {
  const writer = new CanonicalWriter(write);
  writer.value(value);
  writer.flush();
  return writer.exact;
}

class CanonicalWriter {
  readonly #write: (piece: string) => void;
  #text = '';
  exact = true;

  constructor(write: (piece: string) => void) {
    this.#write = write;
  }

  value(value: Json): void {
    if (typeof value === 'string') this.#string(value);
    else if (typeof value === 'number') this.#number(value);
    else if (typeof value !== 'object' || value === null) this.#text += String(value);
    else if (Array.isArray(value)) this.#array(value);
    else this.#object(value);
    if (this.#text.length > PIECE_LENGTH) this.flush();
  }

  flush(): void {
    if (this.#text === '') return;
    this.#write(this.#text);
    this.#text = '';
  }

  #string(value: string): void {
    // A lone surrogate has no UTF-8 form of its own: only escaped does it stay apart from others.
    const raw = value.length > ESCAPE_UNTIL && value.isWellFormed();
    this.#text += raw ? `#${value.length}:${value}` : JSON.stringify(value);
  }

  #number(value: number): void {
    const inexact = Number.isInteger(value) ? !Number.isSafeInteger(value) : !Number.isFinite(value);
    if (inexact) this.exact = false;
    this.#text += String(value);
  }

  #array(items: readonly Json[]): void {
    this.#text += '[';
    let first = true;
    for (const item of items) {
      if (!first) this.#text += ',';
      first = false;
      this.value(item);
    }
    this.#text += ']';
  }

  #object(object: JsonObject): void {
    this.#text += '{';
    let first = true;
    // Without a comparator `sort` orders by UTF-16 code units, which is what RFC 8785 §3.2.3 asks for.
    for (const key of Object.keys(object).toSorted()) {
      if (!first) this.#text += ',';
      first = false;
      this.#text += `${JSON.stringify(key)}:`;
      this.value(object[key] as Json);
    }
    this.#text += '}';
  }
}
