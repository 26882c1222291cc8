import type { Word } from './words.ts';
import { isStopWord } from './words.ts';

/** A piece of a text that may be a value. */
export interface Span {
  readonly text: string;
  readonly at: number;
  readonly end: number;
}

export interface NumberSpan extends Span {
  readonly value: number;
}

/** Of each kind no more than this many are looked at. */
const SPANS_MOST = 64;
const NUMBER_WORDS: ReadonlyMap<string, number> = new Map(
  (
    'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen ' +
    'eighteen nineteen twenty'
  )
    .split(' ')
    .map((word, value) => [word, value] as const),
);
const MORE_NUMBER_WORDS: ReadonlyMap<string, number> = new Map([
  ['thirty', 30],
  ['forty', 40],
  ['fifty', 50],
  ['sixty', 60],
  ['seventy', 70],
  ['eighty', 80],
  ['ninety', 90],
  ['hundred', 100],
  ['thousand', 1000],
  ['dozen', 12],
]);
const SCALES: Readonly<Record<string, number>> = { k: 1e3, m: 1e6, thousand: 1e3, million: 1e6, billion: 1e9 };

/** The first spans of a pattern; every pattern here looks a bounded way ahead, so that this is linear. */
export function spansOf(text: string, pattern: RegExp, group = 0): readonly Span[] {
  const spans: Span[] = [];
  for (const found of text.matchAll(pattern)) {
    const [whole] = found;
    const inner = found[group] ?? whole;
    const at = found.index + (group === 0 ? 0 : whole.indexOf(inner));
    spans.push({ text: inner, at, end: at + inner.length });
    if (spans.length >= SPANS_MOST) break;
  }
  return spans;
}

const DIGITS =
  /(?<![\p{L}\p{N}_.])(?:[-−](?=\d))?\d{1,15}(?:,\d{3}(?!\d)){0,5}(?:\.\d{1,12})?(?:\s?(?:thousand|million|billion)\b|[kKM]\b)?/gu;

function numberOf(text: string): number {
  const [, digits = '', scale = ''] =
    /^(-?[\d.]+)\s*([a-z]*)$/.exec(text.replaceAll(',', '').replace('−', '-').toLowerCase()) ?? [];
  return Number(digits) * (SCALES[scale] ?? 1);
}

/** Is the minus sign an operator between two numbers, as in `5 -3` or `5-3`? */
function isOperator(text: string, at: number): boolean {
  return /[-−]/.test(text.charAt(at)) && /[\d)]\s?$/.test(text.slice(Math.max(0, at - 3), at));
}

/** Numbers in digits and in words, in the order of the text. */
export function numbersIn(text: string, words: readonly Word[]): readonly NumberSpan[] {
  const written = spansOf(text, DIGITS).map((span): NumberSpan => {
    const from = isOperator(text, span.at) ? 1 : 0;
    return { text: span.text.slice(from), at: span.at + from, end: span.end, value: numberOf(span.text.slice(from)) };
  });
  const spoken = words.flatMap((word, index): readonly NumberSpan[] => {
    const value = NUMBER_WORDS.get(word.lower) ?? MORE_NUMBER_WORDS.get(word.lower);
    // `the one`, `no one` and `one of` count nothing.
    if (
      value === undefined ||
      (value === 1 &&
        !/^(?:day|hour|week|month|year|item|ticket|person|night|room)/.test(words[index + 1]?.lower ?? ''))
    )
      return [];
    return [{ text: word.text, at: word.at, end: word.end, value }];
  });
  return [...written, ...spoken]
    .filter(({ value }) => Number.isFinite(value))
    .toSorted((a, b) => a.at - b.at)
    .slice(0, SPANS_MOST);
}

const QUOTED =
  /"([^"\n]{1,400})"|“([^”\n]{1,400})”|«([^»\n]{1,400})»|`([^`\n]{1,400})`|(?<![\p{L}\p{N}])'([^'\n]{1,400})'(?![\p{L}\p{N}])/gu;

export function quotedIn(text: string): readonly Span[] {
  return spansOf(text, QUOTED).map(({ text: whole, at, end }) => ({
    text: whole.slice(1, -1),
    at: at + 1,
    end: end - 1,
  }));
}

export const emailsIn = (text: string): readonly Span[] =>
  spansOf(
    text,
    /(?<![\w.+-])\w{1,40}(?:[.+-]\w{1,40}){0,4}@[A-Za-z\d]{1,40}(?:-[A-Za-z\d]{1,40}){0,3}(?:\.[A-Za-z\d]{2,40}){1,4}/g,
  );

export const urlsIn = (text: string): readonly Span[] =>
  spansOf(text, /\bhttps?:\/\/[^\s"'<>)\]]{1,2000}/g).map((span) => {
    const trimmed = span.text.replace(/[.,;:!?]$/, '');
    return { text: trimmed, at: span.at, end: span.at + trimmed.length };
  });

/** Identifiers such as `ORD-1234`, `#55`, `A17`, and UUIDs. */
export const codesIn = (text: string): readonly Span[] =>
  spansOf(
    text,
    /(?<![\p{L}\p{N}@./-])#?(?=[\p{L}-]{0,24}\d)[\p{L}\d]{1,40}(?:[-_][\p{L}\d]{1,40}){0,8}(?![\p{L}\p{N}@])/gu,
  ).map((span) => (span.text.startsWith('#') ? { ...span, text: span.text.slice(1), at: span.at + 1 } : span));

/** `key: value` and `key = value`, up to the end of the line or the next comma or semicolon. */
export function pairsIn(text: string): readonly { readonly key: string; readonly value: Span }[] {
  const found = text.matchAll(
    /(?<![\p{L}\p{N}_])([\p{L}_][\p{L}\p{N}_ -]{0,40}?)[ \t]{0,3}[:=][ \t]{0,3}(?!\/\/)([^\s,;:=][^\n,;]{0,400})/gu,
  );
  const pairs: { key: string; value: Span }[] = [];
  for (const one of found) {
    const [whole, key = '', raw = ''] = one;
    const value = raw.replace(/[\s.!?]{1,8}$/, '').replace(/^(["'`])(.*)\1$/, '$2');
    const at = one.index + whole.length - raw.length;
    if (value !== '') pairs.push({ key: key.toLowerCase(), value: { text: value, at, end: at + raw.length } });
    if (pairs.length >= SPANS_MOST) break;
  }
  return pairs;
}

const NOT_NAMES: ReadonlySet<string> = new Set(
  (
    'monday tuesday wednesday thursday friday saturday sunday january february march april may june july august september ' +
    'october november december today tomorrow english what where when who how why which book find search send show create ' +
    'transfer compare convert translate calculate compute add extract classify call use schedule order check look get set ' +
    'write summarize list name describe explain plan turn play remind delete remove update cancel return multiply divide ' +
    'roll draw paint generate run open read task question context answer note user first second json sql api respond ' +
    'return reply provide answer solve evaluate identify parse determine analyze analyse output produce format given based'
  ).split(' '),
);

function capitalised(word: Word): boolean {
  return /^\p{Lu}/u.test(word.text) && (word.text === 'New' || !isStopWord(word.lower)) && !NOT_NAMES.has(word.lower);
}

/** Runs of capitalised words (`New York`), which in English are names of people, places and things. */
export function namesIn(text: string, words: readonly Word[]): readonly Span[] {
  const names: Span[] = [];
  for (let index = 0; index < words.length && names.length < SPANS_MOST; index += 1) {
    const first = words[index];
    if (first === undefined || !capitalised(first)) continue;
    let last = first;
    for (
      let next = words[index + 1];
      next && capitalised(next) && /^[ \-.]{1,2}$/.test(text.slice(last.end, next.at));
    ) {
      last = next;
      index += 1;
      next = words[index + 1];
    }
    // `San Francisco, CA` is one place.
    const region = words[index + 1];
    if (region && /^[A-Z]{2}$/.test(region.text) && text.slice(last.end, region.at) === ', ') {
      last = region;
      index += 1;
    }
    names.push({ text: text.slice(first.at, last.end), at: first.at, end: last.end });
  }
  return names;
}

const PLACED = new Set([
  'in',
  'at',
  'from',
  'to',
  'for',
  'near',
  'of',
  'named',
  'called',
  'around',
  'towards',
  'about',
  'with',
  'between',
]);
const NO_VALUE =
  /^(?:me|you|us|my|your|our|their|it|this|that|these|those|the|a|an|today|tomorrow|tonight|now|all|each|detail|general|total|short|order|case|morning|evening|afternoon|celsius|fahrenheit|degrees|help|free|sure|example|later|next|last)$/;

const saysNothing = ({ lower }: Word): boolean => lower !== 'new' && (isStopWord(lower) || NO_VALUE.test(lower));

/** What follows `in`, `for`, `from`, `to`, `of`, `named` …, for texts that write names small. */
export function placedIn(text: string, words: readonly Word[]): readonly Span[] {
  const spans: Span[] = [];
  for (let index = 0; index < words.length - 1 && spans.length < SPANS_MOST; index += 1) {
    if (!PLACED.has(words[index]?.lower ?? '')) continue;
    const next = /^(?:a|an|the|my|our)$/.test(words[index + 1]?.lower ?? '') ? index + 2 : index + 1;
    const first = words[next];
    if (first === undefined || saysNothing(first) || /^\d/.test(first.lower)) continue;
    const second = words[next + 1];
    const last = second && !saysNothing(second) && text.slice(first.end, second.at) === ' ' ? second : first;
    spans.push({ text: text.slice(first.at, last.end), at: first.at, end: last.end });
  }
  return spans;
}
