import { shown } from '../check.ts';
import type { RequestFacts } from '../facts.ts';
import type { CompiledRule } from './rule-input.ts';

/** Why a rule does not fit a request: one entry a condition that fails. */
export interface Shortfall {
  readonly condition: string;
  readonly expected: string;
  readonly found: string;
}

/** How far a rule is from fitting. */
export interface Miss {
  readonly rule: string;
  /** Where it stands, such as `rules[0]`. */
  readonly field: string;
  readonly fitting: number;
  readonly conditions: number;
  readonly shortfalls: readonly Shortfall[];
}

/** What a rule wants besides its match. */
export interface Extra {
  readonly name: string;
  readonly fits: boolean;
  readonly expected: string;
  readonly found: string;
}

export function missOf(rule: CompiledRule, facts: RequestFacts, extras: readonly Extra[]): Miss {
  const failed = rule.conditions.filter((condition) => !condition.fits(facts));
  const wanting = extras.filter(({ fits }) => !fits);
  const conditions = rule.conditions.length + extras.length;
  return {
    rule: rule.name,
    field: rule.field,
    conditions,
    fitting: conditions - failed.length - wanting.length,
    shortfalls: [
      ...failed.map((one) => ({ condition: one.name, expected: one.expected, found: shown(one.found(facts)) })),
      ...wanting.map(({ name, expected, found }) => ({ condition: name, expected, found })),
    ],
  };
}

/** The fewest failing conditions first; of equals the one that has more that fit. */
export function nearestFirst(misses: readonly Miss[]): readonly Miss[] {
  return misses.toSorted((a, b) => a.shortfalls.length - b.shortfalls.length || b.fitting - a.fitting);
}

/** One sentence about the nearest rule, for the error that a client gets. */
export function missSentence(source: string, misses: readonly Miss[]): string {
  const [nearest] = misses;
  if (nearest === undefined) return `No rule of ${source} fits this request: it has none.`;
  const why = nearest.shortfalls.map(
    ({ condition, expected, found }) => `${condition}: expected ${expected}, found ${found}`,
  );
  const share = `${nearest.fitting} of ${nearest.conditions} conditions fit`;
  return `No rule of ${source} fits this request. Nearest is "${nearest.rule}" (${nearest.field}), ${share}; ${why.join('; ')}.`;
}
