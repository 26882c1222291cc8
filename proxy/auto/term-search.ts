import { BLANK, classOf, MARK, OTHER, WORD } from './char-class.ts';
import { isHigh, isLow } from './code-points.ts';
import { TERM_GROUPS, TERMS, type TermGroup } from './terms.ts';

/** Bytes of UTF-8 that are searched at either end of a text. */
const SEARCHED = 131_072;

export interface FoundTerms {
  readonly groups: ReadonlySet<TermGroup>;
  /** Three backticks. */
  readonly fence: boolean;
  /** UTF-16 units that were looked at: at most twice the text and never more than four times `SEARCHED`. */
  readonly steps: number;
}

/**
 * The groups of terms in a text. A term counts when no letter, digit or underscore stands directly before or after it, in any
 * script; a combining mark belongs to the character before it. Of a text of more than 256 KiB the first and last 128 KiB are searched.
 */
export function findTerms(text: string): FoundTerms {
  const search: Search = { text, found: 0, fence: false, steps: 0 };
  for (const [start, end] of windowsOf(text)) searchWindow(search, start, end);
  const groups = new Set(TERM_GROUPS.filter((_, index) => (search.found & (1 << index)) !== 0));
  return { groups, fence: search.fence, steps: search.steps };
}

interface Search {
  readonly text: string;
  /** One bit a group. */
  found: number;
  fence: boolean;
  steps: number;
}

interface Term {
  /** One word, or the separator between two. */
  readonly pieces: readonly string[];
  readonly bit: number;
}

interface Word {
  readonly word: string;
  readonly hash: number;
  /** Bit of the group, when the word alone is a term; else 0. */
  readonly bit: number;
  /** Terms that begin with the word and go on. */
  readonly longer: readonly Term[];
}

const BUCKETS = 4_096;
/** Marks of one character that are looked at. */
const MOST_MARKS = 64;
const WORDS = wordTable();

function wordTable(): readonly (readonly Word[] | undefined)[] {
  const terms = TERM_GROUPS.flatMap((group, index) =>
    TERMS[group].map((term): Term => ({ pieces: term.split(/([ -])/), bit: 1 << index })),
  );
  const table: Word[][] = [];
  for (const word of new Set(terms.map(({ pieces }) => pieces[0] ?? ''))) {
    const own = terms.filter(({ pieces }) => pieces[0] === word);
    const hash = hashOf(word);
    const bit = own.find(({ pieces }) => pieces.length === 1)?.bit ?? 0;
    (table[hash & (BUCKETS - 1)] ??= []).push({
      word,
      hash,
      bit,
      longer: own.filter(({ pieces }) => pieces.length > 1),
    });
  }
  return Array.from({ length: BUCKETS }, (_, bucket) => table[bucket]);
}

function hashOf(word: string): number {
  let hash = 0;
  for (let at = 0; at < word.length; at += 1) hash = (Math.imul(hash, 31) + word.charCodeAt(at)) | 0;
  return hash;
}

function searchWindow(search: Search, start: number, end: number): void {
  const { text } = search;
  let at = isInWord(text, start) ? wordEnd(text, start, end) : start;
  while (at < end) {
    const unit = text.charCodeAt(at);
    if ((isHigh(unit) ? classAt(text, at) : classOf(unit)) === WORD) {
      at = readWord(search, at, end);
      continue;
    }
    if (unit === BACKTICK && text.startsWith(FENCE, at)) search.fence ||= at + FENCE.length <= end;
    at += isHigh(unit) && isLow(text.charCodeAt(at + 1)) ? 2 : 1;
  }
  search.steps += end - start;
}

const FENCE = '```';
const BACKTICK = 0x60;

/** Looks the word up that begins at `start`; returns where it ends, at most `end`. */
function readWord(search: Search, start: number, end: number): number {
  const { text } = search;
  let hash = 0;
  let at = start;
  let letters = true;
  while (at < end) {
    const unit = text.charCodeAt(at);
    const small = unit | 0x20;
    const letter = small >= 0x61 && small <= 0x7a && unit < 0x80 ? small : foldedLetter(unit);
    if (letter !== 0) {
      hash = (Math.imul(hash, 31) + letter) | 0;
      at += 1;
      continue;
    }
    const kind = classAt(text, at);
    if (kind !== WORD && kind !== MARK) break;
    letters = false;
    at += isPairAt(text, at) ? 2 : 1;
  }
  const known = letters ? WORDS[hash & (BUCKETS - 1)] : undefined;
  if (known !== undefined && (at < end || isBorder(text, at))) matchWord(search, known, { start, end: at, hash }, end);
  return at;
}

interface Place {
  readonly start: number;
  readonly end: number;
  readonly hash: number;
}

/** `end`: of what is searched. */
function matchWord(search: Search, words: readonly Word[], place: Place, end: number): void {
  const { text } = search;
  for (const known of words) {
    if (known.hash !== place.hash || !isWordAt(text, place.start, known.word, place.end)) continue;
    search.found |= known.bit;
    for (const term of known.longer) {
      if ((search.found & term.bit) === 0 && goesOn(search, term, place.end, end)) search.found |= term.bit;
    }
  }
}

/** Whether the pieces after the first word of a term stand at `start`. */
function goesOn(search: Search, { pieces }: Term, start: number, end: number): boolean {
  const { text } = search;
  let at = start;
  for (const piece of pieces.slice(1)) {
    const from = at;
    if (piece === ' ') while (at < end && classOf(text.charCodeAt(at)) === BLANK) at += 1;
    else if (isWordAt(text, at, piece, at + piece.length) && at + piece.length <= end) at += piece.length;
    search.steps += at - from;
    if (at === from) return false;
  }
  return isBorder(text, at);
}

function isWordAt(text: string, start: number, word: string, end: number): boolean {
  if (end - start !== word.length) return false;
  for (let at = 0; at < word.length; at += 1) {
    const unit = text.charCodeAt(start + at);
    if ((foldedLetter(unit) || unit) !== word.charCodeAt(at)) return false;
  }
  return true;
}

/** The code of the small ASCII letter that the unit is in any case; 0 for none. */
function foldedLetter(unit: number): number {
  const small = unit | 0x20;
  if (small >= 0x61 && small <= 0x7a && unit < 0x80) return small;
  if (unit === KELVIN_SIGN) return 0x6b;
  return unit === LONG_S ? 0x73 : 0;
}

/** The two letters outside of ASCII that are a `k` and an `s` where case does not matter. */
const KELVIN_SIGN = 0x21_2a;
const LONG_S = 0x1_7f;

function isBorder(text: string, at: number): boolean {
  const kind = classAt(text, at);
  return kind !== WORD && kind !== MARK;
}

/** Whether a word goes on at `start`. */
function isInWord(text: string, start: number): boolean {
  if (start === 0 || isBorder(text, start)) return false;
  let at = start - 1;
  // Marks belong to what stands before them; a text of marks alone has no word.
  for (let left = MOST_MARKS; left > 0 && at > 0 && classOf(text.charCodeAt(at)) === MARK; left -= 1) at -= 1;
  return classAt(text, at > 0 && isPairAt(text, at - 1) ? at - 1 : at) === WORD;
}

function wordEnd(text: string, start: number, end: number): number {
  let at = start;
  while (at < end && !isBorder(text, at)) at += isPairAt(text, at) ? 2 : 1;
  return at;
}

function isPairAt(text: string, at: number): boolean {
  return isHigh(text.charCodeAt(at)) && isLow(text.charCodeAt(at + 1));
}

function classAt(text: string, at: number): number {
  if (at >= text.length) return OTHER;
  const unit = text.charCodeAt(at);
  return classOf(isHigh(unit) ? (text.codePointAt(at) ?? unit) : unit);
}

type Window = readonly [start: number, end: number];

function windowsOf(text: string): readonly Window[] {
  const whole: Window = [0, text.length];
  // A UTF-16 unit has at most three bytes.
  if (text.length * 3 <= 2 * SEARCHED || Buffer.byteLength(text) <= 2 * SEARCHED) return [whole];
  return [
    [0, headEnd(text)],
    [tailStart(text), text.length],
  ];
}

const ENCODER = new TextEncoder();

/** Units of the text whose code points fit into so many bytes. */
function unitsWithin(text: string, bytes: number): { readonly read: number; readonly written: number } {
  return ENCODER.encodeInto(text, new Uint8Array(bytes));
}

function headEnd(text: string): number {
  return unitsWithin(text.slice(0, SEARCHED), SEARCHED).read;
}

/** What is too much of as many units as there are bytes goes, and the code point that it ends in. */
function tailStart(text: string): number {
  const start = Math.max(0, text.length - SEARCHED);
  const tail = text.slice(start);
  const excess = Buffer.byteLength(tail) - SEARCHED;
  const { read, written } = unitsWithin(tail, excess);
  if (written === excess) return start + read;
  return start + read + (isPairAt(tail, read) ? 2 : 1);
}
