import { createRequire } from 'node:module';

/** The two vocabularies in use: o200k for gpt-4o and later, cl100k for gpt-4, gpt-3.5 and embeddings. */
export type EncodingName = 'o200k_base' | 'cl100k_base';

/** One token: its text (U+FFFD where it holds a part of a character) and its UTF-8 bytes. */
export interface Token {
  readonly text: string;
  readonly bytes: readonly number[];
}

export interface Tokenizer {
  /** Number of tokens. Beyond {@link EXACT_CHARACTERS} characters it is an estimate. */
  count(text: string, encoding: EncodingName): number;
  /** The tokens' texts; a character that spans tokens stays whole. `pieces.join('') === text`. */
  pieces(text: string, encoding: EncodingName): readonly string[];
  /** The tokens with their bytes, for logprobs. */
  tokens(text: string, encoding: EncodingName): readonly Token[];
  /** Loads the vocabularies now rather than at the first count (about 150 ms). */
  warmUp(): void;
}

/** Above this many characters tokens are estimated: counting runs in the time of the request, and long runs cost the square. */
export const EXACT_CHARACTERS = 100_000;
/** A run without a break longer than this is counted in slices: the merge is quadratic in the length of a run. */
const RUN_CHARACTERS = 512;
const CACHED_TEXTS = 2000;
const CACHED_TEXT_CHARACTERS = 8000;

type Rank = string | readonly number[];
interface Encoder {
  encode(text: string, options: { disallowedSpecial: Set<string> }): number[];
}

const load = createRequire(import.meta.url);
const PLAIN = { disallowedSpecial: new Set<string>() };

interface Vocabulary {
  readonly encoder: Encoder;
  readonly ranks: readonly Rank[];
}

function loadVocabulary(name: EncodingName): Vocabulary {
  const ranks = load(`gpt-tokenizer/cjs/bpeRanks/${name}`) as { default: readonly Rank[] };
  return { encoder: load(`gpt-tokenizer/cjs/encoding/${name}`) as Encoder, ranks: ranks.default };
}

/** Cuts at word boundaries where there are any, else every `RUN_CHARACTERS` characters, never inside a surrogate pair. */
function slices(text: string): readonly string[] {
  if (text.length <= RUN_CHARACTERS) return [text];
  const found = text.match(new RegExp(`\\s*\\S{1,${RUN_CHARACTERS}}|\\s+`, 'gu'));
  return found ?? [text];
}

/** `true` when some run of characters without white space is too long to be merged in one go. */
function hasLongRun(text: string): boolean {
  return text.length > RUN_CHARACTERS && (new RegExp(`\\S{${RUN_CHARACTERS}}|\\s{${RUN_CHARACTERS}}`, 'u').test(text));
}

function encodeIds(vocabulary: Vocabulary, text: string): number[] {
  if (!hasLongRun(text)) return vocabulary.encoder.encode(text, PLAIN);
  return slices(text).flatMap((slice) => vocabulary.encoder.encode(slice, PLAIN));
}
