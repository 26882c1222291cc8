import type { Json, JsonObject } from '../core/json.ts';

/** Pieces are handed on at about this many characters, so that a long prompt is never joined into one giant string. */
const PIECE_LENGTH = 16_384;

/** Escaping a string costs more than hashing it, so longer ones are written as they are, behind their length. */
const ESCAPE_UNTIL = 32;

/** The member of a JSON schema whose own members stand in the order in which a model is to write them. */
const ORDERED_MEMBER = 'properties';

/** Names that JavaScript puts in front of all others, whatever their place in the text. */
const INDEX_NAME = /^(?:0|[1-9]\d{0,9})$/;

/**
 * Writes a parsed JSON value in one canonical form (after RFC 8785): keys sorted by UTF-16 code units, numbers by value
 * (0, -0 and 0.0 are one), strings exact, no white space. Unlike there, a long string is `#<UTF-16 length>:<text>`, and
 * the members of any `properties` keep their order: structured output and tool arguments follow the schema's order, so
 * two schemas that differ in it have different answers.
 *
 * Returns false when that order is unknown because JSON.parse has moved names that are array indices to the front. What
 * JSON.parse has done to numbers is the caller's affair (`losesDigits`).
 */
export function canonicalize(value: Json, write: (piece: string) => void): boolean {
  const writer = new CanonicalWriter(write);
  writer.value(value);
  writer.flush();
  return writer.ordered;
}

class CanonicalWriter {
  readonly #write: (piece: string) => void;
  #text = '';
  ordered = true;

  constructor(write: (piece: string) => void) {
    this.#write = write;
  }

  value(value: Json, keepsOrder = false): void {
    if (typeof value === 'string') this.#string(value);
    else if (typeof value !== 'object' || value === null) this.#text += String(value);
    else if (Array.isArray(value)) this.#array(value);
    else this.#object(value, keepsOrder);
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

  #object(object: JsonObject, keepsOrder: boolean): void {
    this.#text += '{';
    let first = true;
    const names = Object.keys(object);
    if (keepsOrder) this.ordered &&= !names.some((name) => INDEX_NAME.test(name));
    // Without a comparator `sort` orders by UTF-16 code units, which is what RFC 8785 §3.2.3 asks for.
    else names.sort();
    for (const key of names) {
      if (!first) this.#text += ',';
      first = false;
      this.#text += `${JSON.stringify(key)}:`;
      this.value(object[key] as Json, key === ORDERED_MEMBER);
    }
    this.#text += '}';
  }
}
