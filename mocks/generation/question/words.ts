/** One word of a text with its place. */
export interface Word {
  /** As it is written. */
  readonly text: string;
  readonly lower: string;
  /** Without endings, so that `forecasts` and `forecast` are equal. */
  readonly stem: string;
  readonly at: number;
  readonly end: number;
}

/** Words that hold a sentence together. */
const FUNCTION_WORDS: ReadonlySet<string> = new Set(
  (
    'a an the this that these those and or but nor so if then than as at by for from in into of on onto to with without ' +
    'within about over under up down out off is are was were be been being am do does did doing done have has had having ' +
    'can could will would shall should may might must i me my mine we us our ours you your yours he him his she her hers ' +
    'it its they them their theirs who whom whose which what when where why how there here not no yes just also too very ' +
    "some any all each every both more most other such only own same i'm i'd i'll i've you're it's that's what's who's " +
    "where's how's there's don't doesn't didn't isn't aren't can't couldn't won't wouldn't let's before because while until " +
    'between during via per'
  ).split(' '),
);

/** Words with which people ask and greet. */
const ASKING_WORDS: ReadonlySet<string> = new Set(
  (
    'ok okay please lets let want wants need needs like tell give show get gets got make made know thanks thank hi hello hey ' +
    'now new using use used one following much many really right well after'
  ).split(' '),
);

const WORDS = /[\p{L}\p{N}]+(?:['’][\p{L}]+)*/gu;

/** Whether a word only holds a sentence together. */
export function isFunctionWord(lower: string): boolean {
  return FUNCTION_WORDS.has(lower.replaceAll('’', "'"));
}

/** Whether a word says nothing about what is asked for. */
export function isStopWord(lower: string): boolean {
  return isFunctionWord(lower) || ASKING_WORDS.has(lower);
}

function undoubled(stem: string): string {
  return /([bdgmnprt])\1$/.test(stem) ? stem.slice(0, -1) : stem;
}

const ENDINGS: readonly (readonly [ending: string, least: number, made: (stem: string) => string])[] = [
  ['ies', 5, (stem) => `${stem}y`],
  ['sses', 6, (stem) => `${stem}ss`],
  ['ions', 7, (stem) => stem],
  ['ion', 6, (stem) => stem],
  ['ings', 7, undoubled],
  ['ing', 6, undoubled],
  ['ed', 5, undoubled],
  ['es', 5, (stem) => stem],
  ['s', 4, (stem) => (/[su]$/.test(stem) ? `${stem}s` : stem)],
  ['ly', 6, (stem) => stem],
];

/** Lowercase word without its usual English endings. */
export function stemOf(word: string): string {
  const lower = word.toLowerCase().replace(/['’]s$/, '');
  const found = ENDINGS.find(([ending, least]) => lower.length >= least && lower.endsWith(ending));
  const stem = found === undefined ? lower : found[2](lower.slice(0, -found[0].length));
  return stem.length > 3 ? stem.replace(/e$/, '') : stem;
}

export function wordsIn(text: string): readonly Word[] {
  return Array.from(text.matchAll(WORDS), (found) => {
    const [written] = found;
    const lower = written.toLowerCase();
    return { text: written, lower, stem: stemOf(lower), at: found.index, end: found.index + written.length };
  });
}

/** Lowercase words of an identifier in any notation: `getWeather_for-city` is get, weather, for, city. */
export function identifierWords(name: string): readonly string[] {
  return (
    name
      .slice(0, 200)
      .replace(/([\p{Ll}\p{N}])(\p{Lu})/gu, '$1 $2')
      .toLowerCase()
      .match(/\p{L}+|\p{N}+/gu) ?? []
  );
}

/** Stems of the words that say what a text is about. */
export function contentStems(text: string): readonly string[] {
  return wordsIn(text)
    .filter(({ lower }) => !isStopWord(lower))
    .map(({ stem }) => stem);
}
