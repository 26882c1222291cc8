import type { Json, JsonObject } from '../core/json.ts';
import { SLICE_BYTES, type Steps } from '../core/slices.ts';

/** Pieces are handed on at about this many characters, so that a long prompt is never joined into one giant string. */
const PIECE_LENGTH = 16_384;

/** Escaping a string costs more than hashing it, so longer ones are written as they are, behind their length. */
const ESCAPE_UNTIL = 32;

/** Names up to which sorting them in place costs less than `sort`, which allocates for each call. */
const FEW_NAMES = 16;

/** The member of a JSON schema whose own members stand in the order in which a model is to write them. */
const ORDERED_MEMBER = 'properties';

/** Names that JavaScript puts in front of all others, whatever their place in the text. */
const INDEX_NAME = /^(?:0|[1-9]\d{0,9})$/;

/** Tells which members of the value itself, not of values within it, are left out. */
export type OmitsMember = (name: string) => boolean;

export interface CanonicalOptions {
  readonly omits?: OmitsMember | undefined;
  readonly slice?: number;
}

/**
 * Writes a parsed JSON value in one canonical form (after RFC 8785): keys sorted by UTF-16 code units, numbers by value
 * (0, -0 and 0.0 are one), strings exact, no white space. Unlike there, a long string is `#<UTF-16 length>:<text>`, and
 * the members of any `properties` keep their order: structured output and tool arguments follow the schema's order, so
 * two schemas that differ in it have different answers.
 *
 * Returns false when that order is unknown because JSON.parse has moved names that are array indices to the front. What
 * JSON.parse has done to numbers is the caller's affair (`losesDigits`).
 */
export function canonicalize(value: Json, write: (piece: string) => void, omits?: OmitsMember): boolean {
  const writer = new CanonicalWriter(write, { omits });
  writer.value(value);
  writer.flush();
  return writer.ordered;
}

/** `canonicalize` in steps of about `slice` characters; the pieces may be cut elsewhere, their bytes are the same. */
export function* canonicalSteps(
  value: Json,
  write: (piece: string) => void,
  options: CanonicalOptions = {},
): Steps<boolean> {
  const writer = new CanonicalWriter(write, options);
  yield* writer.steps(value);
  writer.flush();
  return writer.ordered;
}

class CanonicalWriter {
  readonly #write: (piece: string) => void;
  readonly #slice: number;
  /** Asked of the outermost object alone. */
  #omits: OmitsMember | undefined;
  #text = '';
  /** Characters that were handed on since the last step. */
  #handedOn = 0;
  ordered = true;

  constructor(write: (piece: string) => void, { omits, slice = SLICE_BYTES }: CanonicalOptions) {
    this.#write = write;
    this.#slice = slice;
    this.#omits = omits;
  }

  value(value: Json, keepsOrder = false): void {
    if (typeof value === 'string') this.#string(value);
    else if (typeof value !== 'object' || value === null) this.#text += String(value);
    else if (Array.isArray(value)) this.#array(value);
    else this.#object(value, keepsOrder);
    if (this.#text.length > PIECE_LENGTH) this.flush();
  }

  /** `value`, with a step after each slice. */
  *steps(value: Json, keepsOrder = false): Steps<void> {
    if (typeof value === 'string' && this.#isLong(value)) yield* this.#longString(value);
    else if (typeof value !== 'object' || value === null) this.value(value);
    else if (Array.isArray(value)) yield* this.#elements(value);
    else yield* this.#members(value, keepsOrder);
    if (this.#text.length > PIECE_LENGTH) this.flush();
    if (this.#handedOn < this.#slice) return;
    this.#handedOn = 0;
    yield;
  }

  flush(): void {
    if (this.#text === '') return;
    this.#handedOn += this.#text.length;
    this.#write(this.#text);
    this.#text = '';
  }

  #string(value: string): void {
    // A lone surrogate has no UTF-8 form of its own: only escaped does it stay apart from others.
    const raw = value.length > ESCAPE_UNTIL && value.isWellFormed();
    this.#text += raw ? `#${value.length}:${value}` : JSON.stringify(value);
  }

  #isLong(value: string): boolean {
    return value.length > Math.max(this.#slice, ESCAPE_UNTIL) && value.isWellFormed();
  }

  *#longString(value: string): Steps<void> {
    this.#text += `#${value.length}:`;
    for (let from = 0; from < value.length;) {
      let to = Math.min(value.length, from + this.#slice);
      // Both halves of a surrogate pair go into one piece: alone neither has UTF-8 bytes.
      if (to < value.length && isHighSurrogate(value.charCodeAt(to - 1))) to -= 1;
      this.#text += value.slice(from, to);
      this.flush();
      from = to;
      yield;
    }
  }

  *#elements(items: readonly Json[]): Steps<void> {
    this.#text += '[';
    let first = true;
    for (const item of items) {
      if (!first) this.#text += ',';
      first = false;
      yield* this.steps(item);
    }
    this.#text += ']';
  }

  *#members(object: JsonObject, keepsOrder: boolean): Steps<void> {
    this.#text += '{';
    let first = true;
    for (const key of this.#names(object, keepsOrder)) {
      if (!first) this.#text += ',';
      first = false;
      this.#text += `${JSON.stringify(key)}:`;
      yield* this.steps(object[key] as Json, key === ORDERED_MEMBER);
    }
    this.#text += '}';
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
    for (const key of this.#names(object, keepsOrder)) {
      if (!first) this.#text += ',';
      first = false;
      this.#text += `${JSON.stringify(key)}:`;
      this.value(object[key] as Json, key === ORDERED_MEMBER);
    }
    this.#text += '}';
  }

  #names(object: JsonObject, keepsOrder: boolean): readonly string[] {
    const names = this.#counted(Object.keys(object));
    if (keepsOrder) this.ordered &&= !names.some((name) => INDEX_NAME.test(name));
    else sortNames(names);
    return names;
  }

  #counted(names: string[]): string[] {
    const omits = this.#omits;
    if (omits === undefined) return names;
    this.#omits = undefined;
    return names.filter((name) => !omits(name));
  }
}

/** By UTF-16 code units, which is what RFC 8785 §3.2.3 asks for and what `<` and `sort` without a comparator compare. */
function sortNames(names: string[]): void {
  if (names.length > FEW_NAMES) {
    names.sort();
    return;
  }
  for (let index = 1; index < names.length; index += 1) {
    const name = names[index] as string;
    let at = index;
    for (; at > 0 && name < (names[at - 1] as string); at -= 1) names[at] = names[at - 1] as string;
    names[at] = name;
  }
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}
