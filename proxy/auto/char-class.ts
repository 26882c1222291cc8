import { countCodePoints } from './code-points.ts';

/** What a code point is to the border of a term. */
export const OTHER = 0;
/** A letter, a digit or an underscore. */
export const WORD = 1;
/** A combining mark: it belongs to what stands before it. */
export const MARK = 2;
export const BLANK = 3;

/** Above it only the selectors of variants are marks, and nothing is a letter, a digit or a blank. */
const TABLE_SIZE = 0x3_4000;
const SELECTORS: readonly [first: number, last: number] = [0xe_0100, 0xe_01ef];

const CLASSES = classes();

export function classOf(codePoint: number): number {
  if (codePoint < TABLE_SIZE) return CLASSES[codePoint] ?? OTHER;
  return codePoint >= SELECTORS[0] && codePoint <= SELECTORS[1] ? MARK : OTHER;
}

function classes(): Uint8Array {
  const table = new Uint8Array(TABLE_SIZE);
  const step = 0x1000;
  for (let start = 0; start < TABLE_SIZE; start += step) {
    const some = String.fromCodePoint(...Array.from({ length: step }, (_, offset) => start + offset));
    markRuns(table, some, /[\p{L}\p{N}_]+/gu, WORD);
    markRuns(table, some, /\p{M}+/gu, MARK);
    markRuns(table, some, /\s+/gu, BLANK);
  }
  return table;
}

/** `text` has code points in their order, so a run of matches is a run of the table. */
function markRuns(table: Uint8Array, text: string, pattern: RegExp, kind: number): void {
  for (const [run] of text.matchAll(pattern)) {
    const first = run.codePointAt(0) ?? 0;
    table.fill(kind, first, first + countCodePoints(run));
  }
}
