import type { Matcher, RequestFacts } from './match.ts';

export interface Rule<T> {
  readonly matches: Matcher;
  /** Uses left at the start; `undefined` is without limit. */
  readonly times: number | undefined;
  readonly value: T;
}

/** Rules in the order in which they came: the first that fits is used, and one that is used up is gone, so that equal matches with `times: 1` form a sequence. */
export class RuleList<T> {
  #rules: { rule: Rule<T>; left: number }[] = [];

  get size(): number {
    return this.#rules.length;
  }

  add(rule: Rule<T>): void {
    this.#rules.push({ rule, left: rule.times ?? Infinity });
  }

  clear(): void {
    this.#rules = [];
  }

  /** The value of the first rule that fits; counts as one use. */
  take(facts: RequestFacts): T | undefined {
    const index = this.#rules.findIndex(({ rule }) => rule.matches(facts));
    const found = this.#rules[index];
    if (found === undefined) return undefined;
    found.left -= 1;
    if (found.left === 0) this.#rules.splice(index, 1);
    return found.rule.value;
  }
}
