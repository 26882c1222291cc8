const PROVIDER = /^[\w.-]+\//;
const FINE_TUNED = /^(ft:[^:]+):/;
const LATEST = /-latest$/;
const YEAR = String.raw`(?:19|20)\d\d`;
const MONTH = '(?:0[1-9]|1[0-2])';
const DAY = String.raw`(?:0[1-9]|[12]\d|3[01])`;
/** `-20240620`, `@20240620`, `-2024-08-06`, `-0613`. Four digits that are no month and day are part of the name. */
const DATE = new RegExp(`(?:[-@]${YEAR}${MONTH}${DAY}|-${YEAR}-${MONTH}-${DAY}|-${MONTH}${DAY})$`);

/**
 * The names under which a price of the model may stand, best first, in lower case: its own, without `PROVIDER/`, both without a
 * date or `-latest` at the end. A fine-tuned model (`ft:BASE:…`) has its own name and those of `ft:BASE`, none of `BASE`.
 */
export function namesOf(model: string): readonly string[] {
  const whole = model.trim().toLowerCase();
  const bare = whole.replace(PROVIDER, '');
  const tuned = FINE_TUNED.exec(bare)?.[1];
  const named = tuned === undefined ? [whole, bare] : [whole, bare, tuned];
  return [...new Set([...named, ...named.slice(tuned === undefined ? 0 : 2).map(undated)])];
}

/** What a `*` entry has to begin: the whole name, or the name without `PROVIDER/`. */
export function patternNamesOf(model: string): readonly string[] {
  const whole = model.trim().toLowerCase();
  return [whole, whole.replace(PROVIDER, '')];
}

function undated(name: string): string {
  return LATEST.test(name) ? name.replace(LATEST, '') : name.replace(DATE, '');
}
