import { readFileSync } from 'node:fs';
import { brotliDecompressSync } from 'node:zlib';

/** The two vocabularies in use: o200k for gpt-4o and later, cl100k for gpt-4, gpt-3.5 and embeddings. */
export type EncodingName = 'o200k_base' | 'cl100k_base';

const HASH_BASIS = 0x811c9dc5;
const HASH_PRIME = 0x01000193;
const NONE = -1;

const SUFFIX = String.raw`'(?:[sS]|[dD]|[mM]|[tT]|[lL][lL]|[vV][eE]|[rR][eE])`;
const UPPER = String.raw`[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]`;
const LOWER = String.raw`[\p{Ll}\p{Lm}\p{Lo}\p{M}]`;
const LEAD = String.raw`[^\r\n\p{L}\p{N}]?`;

/** How a text is cut before tokens are merged; the published patterns of both vocabularies. */
const PATTERNS: Readonly<Record<EncodingName, string>> = {
  o200k_base: String.raw`${LEAD}${UPPER}*${LOWER}+(?:${SUFFIX})?|${LEAD}${UPPER}+${LOWER}*(?:${SUFFIX})?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+`,
  cl100k_base: String.raw`${SUFFIX}|${LEAD}\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s+$|\s*[\r\n]|\s+(?!\S)|\s`,
};

function hashOf(bytes: Uint8Array, from: number, to: number): number {
  let hash = HASH_BASIS;
  for (let at = from; at < to; at += 1) hash = Math.imul(hash ^ (bytes[at] ?? 0), HASH_PRIME);
  return hash ^ (hash >>> 15);
}

/** A byte-pair vocabulary in three flat arrays: as JavaScript strings in a map it would take ten times the memory. */
export class Vocabulary {
  /** All tokens, one after the other in the order of their ids. */
  readonly #bytes: Uint8Array;
  /** Where each begins; one more than there are tokens. */
  readonly #starts: Uint32Array;
  /** Ids by hash, `NONE` where it is empty. */
  readonly #slots: Int32Array;
  readonly #pattern: RegExp;
  #scratch = new Uint8Array(1024);
  readonly #encoder = new TextEncoder();

  /** `packed`: what {@link packTokens} made of the tokens. */
  constructor(packed: Uint8Array, encoding: EncodingName) {
    this.#pattern = new RegExp(PATTERNS[encoding], 'gu');
    const { bytes, starts } = unpacked(packed);
    this.#bytes = bytes;
    this.#starts = starts;
    this.#slots = new Int32Array(2 ** Math.ceil(Math.log2(starts.length * 2))).fill(NONE);
    for (let id = 0; id < starts.length - 1; id += 1)
      this.#slots[this.#slotOf(bytes, starts[id] ?? 0, starts[id + 1] ?? 0)] = id;
  }

  /** The bytes of a token; none for an id that the vocabulary does not have. */
  bytesOf(id: number): Uint8Array {
    return this.#bytes.subarray(this.#starts[id] ?? 0, this.#starts[id + 1] ?? this.#starts[id] ?? 0);
  }

  encode(text: string): number[] {
    const ids: number[] = [];
    const pattern = this.#pattern;
    pattern.lastIndex = 0;
    for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) this.#encodePiece(match[0], ids);
    return ids;
  }

  #encodePiece(piece: string, ids: number[]): void {
    const length = this.#write(piece);
    const whole = this.#rank(0, length);
    if (whole === NONE) this.#merge(length, ids);
    else ids.push(whole);
  }

  /** Puts the piece's bytes into the scratch; returns how many. */
  #write(piece: string): number {
    if (piece.length * 3 > this.#scratch.length) this.#scratch = new Uint8Array(piece.length * 3);
    const scratch = this.#scratch;
    for (let at = 0; at < piece.length; at += 1) {
      const code = piece.charCodeAt(at);
      if (code > 127) return this.#encoder.encodeInto(piece, scratch).written;
      scratch[at] = code;
    }
    return piece.length;
  }

  /** Joins neighbours, the pair with the lowest id first, until no two can be joined. */
  #merge(length: number, ids: number[]): void {
    const starts = Array.from({ length: length + 1 }, (_, at) => at);
    const pair = (at: number): number => {
      const end = starts[at + 2];
      const rank = end === undefined ? NONE : this.#rank(starts[at] ?? 0, end);
      return rank === NONE ? Number.POSITIVE_INFINITY : rank;
    };
    const ranks = Array.from({ length }, (_, at) => pair(at));
    for (;;) {
      let best = 0;
      for (let at = 1; at < ranks.length; at += 1) if ((ranks[at] ?? 0) < (ranks[best] ?? 0)) best = at;
      if (ranks[best] === undefined || ranks[best] === Number.POSITIVE_INFINITY) break;
      starts.splice(best + 1, 1);
      ranks.splice(best, 1);
      ranks[best] = pair(best);
      if (best > 0) ranks[best - 1] = pair(best - 1);
    }
    for (let at = 0; at < starts.length - 1; at += 1) ids.push(this.#rank(starts[at] ?? 0, starts[at + 1] ?? 0));
  }

  /** Id of the token that these bytes of the scratch are, or `NONE`. */
  #rank(from: number, to: number): number {
    return this.#slots[this.#slotOf(this.#scratch, from, to)] ?? NONE;
  }

  /** The slot that holds these bytes, or the empty one where they belong. */
  #slotOf(source: Uint8Array, from: number, to: number): number {
    const mask = this.#slots.length - 1;
    let slot = hashOf(source, from, to) & mask;
    for (;;) {
      const id = this.#slots[slot] ?? NONE;
      if (id === NONE || this.#is(id, source, from, to)) return slot;
      slot = (slot + 1) & mask;
    }
  }

  #is(id: number, source: Uint8Array, from: number, to: number): boolean {
    const start = this.#starts[id] ?? 0;
    if ((this.#starts[id + 1] ?? 0) - start !== to - from) return false;
    for (let at = 0; at < to - from; at += 1) if (this.#bytes[start + at] !== source[from + at]) return false;
    return true;
  }
}

/** Bytes of the number of tokens, with which a packed vocabulary begins. */
const COUNT_BYTES = 4;

/** The number of tokens, the length of each in one byte, then all their bytes: lengths among themselves compress best. */
export function packTokens(tokens: readonly Uint8Array[]): Uint8Array {
  const count = Buffer.alloc(COUNT_BYTES);
  count.writeUInt32LE(tokens.length);
  return Buffer.concat([count, Uint8Array.from(tokens, (token) => token.length), ...tokens]);
}

function unpacked(packed: Uint8Array): { bytes: Uint8Array; starts: Uint32Array } {
  const tokens = new DataView(packed.buffer, packed.byteOffset).getUint32(0, true);
  const bytes = packed.subarray(COUNT_BYTES + tokens);
  const starts = new Uint32Array(tokens + 1);
  for (let id = 0; id < tokens; id += 1) starts[id + 1] = (starts[id] ?? 0) + (packed[COUNT_BYTES + id] ?? 0);
  return { bytes, starts };
}

/** Where the vocabulary's compressed file stands, in the sources and in the package. */
export function vocabularyFile(name: EncodingName): URL {
  return new URL(`vocabularies/${name}.br`, import.meta.url);
}

export function loadVocabulary(name: EncodingName): Vocabulary {
  return new Vocabulary(brotliDecompressSync(readFileSync(vocabularyFile(name))), name);
}
