import type { EncodingName, Vocabulary } from './vocabulary.ts';
import { loadVocabulary } from './vocabulary.ts';

export type { EncodingName } from './vocabulary.ts';

/** One token: its text (U+FFFD where it holds a part of a character) and its UTF-8 bytes. */
export interface Token {
  readonly text: string;
  readonly bytes: readonly number[];
}

export interface Tokenizer {
  /** Number of tokens. Beyond {@link EXACT_CHARACTERS} characters it is an estimate. */
  count(text: string, encoding: EncodingName): number;
  /** The tokens' texts; a character that spans tokens stays whole. Joined they are the text. */
  pieces(text: string, encoding: EncodingName): readonly string[];
  /** The tokens with their bytes, for logprobs. */
  tokens(text: string, encoding: EncodingName): readonly Token[];
  ids(text: string, encoding: EncodingName): readonly number[];
  /** The text of token ids; ids that the vocabulary does not have are left out. */
  decode(ids: readonly number[], encoding: EncodingName): string;
  /** Loads a vocabulary now rather than at the first count (about 30 ms). */
  warmUp(encoding: EncodingName): void;
}

/** Above this many characters the count is scaled up from the beginning of the text: counting runs in the time of the request. */
export const EXACT_CHARACTERS = 100_000;
const CACHED_TEXTS = 2000;
/** Of all texts whose counts are kept together; prompts come again and again, and long ones are what costs. */
const CACHED_CHARACTERS = 8_000_000;
/** Longer answers are cut into pieces anew each time. */
const CACHED_PIECES_CHARACTERS = 8000;
const REPETITIVE_CHARACTERS = 2000;

// The merge is quadratic in the length of a run without a break, so longer runs are counted in slices.
const RUN_CHARACTERS = 256;
const SLICES = /\s{0,256}\S{1,256}|\s{1,256}/gu;

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** A loop, because the regular expression that says the same takes ten times as long. */
function hasLongRun(text: string): boolean {
  let start = 0;
  let inSpace = false;
  for (let at = 0; at < text.length; at += 1) {
    const space = text.charCodeAt(at) <= 32;
    if (space !== inSpace) {
      inSpace = space;
      start = at;
    } else if (at - start >= RUN_CHARACTERS) {
      return true;
    }
  }
  return false;
}

function encode(vocabulary: Vocabulary, text: string): number[] {
  if (!hasLongRun(text)) return vocabulary.encode(text);
  return (text.match(SLICES) ?? []).flatMap((slice) => vocabulary.encode(slice));
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

function wholeCharacters(vocabulary: Vocabulary, text: string): readonly string[] {
  const pieces: string[] = [];
  // A long text says the same words again and again: one string for each.
  const known = text.length > REPETITIVE_CHARACTERS ? new Map<number, string>() : undefined;
  let pending: Uint8Array | undefined;
  for (const id of encode(vocabulary, text)) {
    const again = pending === undefined ? known?.get(id) : undefined;
    if (again !== undefined) {
      pieces.push(again);
      continue;
    }
    const own = vocabulary.bytesOf(id);
    const bytes: Uint8Array = pending === undefined ? own : Buffer.concat([pending, own]);
    const decoded = decode(bytes);
    if (pending === undefined && decoded !== undefined) known?.set(id, decoded);
    pending = decoded === undefined ? bytes : undefined;
    if (decoded !== undefined) pieces.push(decoded);
  }
  return pieces;
}

/** Keeps what was computed for the latest texts, within bounds of number and length. */
function remembering<T>(compute: (text: string) => T, longest = CACHED_CHARACTERS / 8): (text: string) => T {
  const known = new Map<string, T>();
  // Goes on where it stood: a new iterator would have to pass the gaps that all forgotten texts left behind.
  const oldest = known.keys();
  let characters = 0;
  return (text) => {
    const cached = known.get(text);
    if (cached !== undefined) return cached;
    const value = compute(text);
    if (text.length > longest) return value;
    known.set(text, value);
    characters += text.length;
    while (known.size > CACHED_TEXTS || characters > CACHED_CHARACTERS) {
      const forgotten = oldest.next();
      if (forgotten.done) break;
      known.delete(forgotten.value);
      characters -= forgotten.value.length;
    }
    return value;
  };
}

function vocabularyReader(name: EncodingName) {
  let loaded: Vocabulary | undefined;
  const vocabulary = (): Vocabulary => (loaded ??= loadVocabulary(name));
  return {
    vocabulary,
    count: remembering((text) => {
      if (text.length <= EXACT_CHARACTERS) return encode(vocabulary(), text).length;
      const counted = encode(vocabulary(), text.slice(0, EXACT_CHARACTERS)).length;
      return Math.round((counted * text.length) / EXACT_CHARACTERS);
    }),
    pieces: remembering((text) => wholeCharacters(vocabulary(), text.toWellFormed()), CACHED_PIECES_CHARACTERS),
  };
}

/** Nothing is loaded until the first use; counts of recent texts are kept. Make one and share it. */
export function createTokenizer(): Tokenizer {
  const readers = { o200k_base: vocabularyReader('o200k_base'), cl100k_base: vocabularyReader('cl100k_base') };
  return {
    count: (text, encoding) => (text === '' ? 0 : readers[encoding].count(text)),
    pieces: (text, encoding) => (text === '' ? [] : readers[encoding].pieces(text)),
    tokens(text, encoding) {
      const vocabulary = readers[encoding].vocabulary();
      return encode(vocabulary, text.toWellFormed()).map((id) => {
        const bytes = vocabulary.bytesOf(id);
        return { text: Buffer.from(bytes).toString('utf8'), bytes: [...bytes] };
      });
    },
    ids: (text, encoding) => encode(readers[encoding].vocabulary(), text.toWellFormed()),
    decode(ids, encoding) {
      const vocabulary = readers[encoding].vocabulary();
      return Buffer.concat(ids.map((id) => vocabulary.bytesOf(id))).toString('utf8');
    },
    warmUp: (encoding) => void readers[encoding].vocabulary(),
  };
}
