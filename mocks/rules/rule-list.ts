import type { Matcher, RequestFacts } from './match.ts';

export interface Rule<T> {
  readonly matches: Matcher;
  /** Uses left at the start; `undefined` is without limit. */
  readonly times: number | undefined;
  readonly value: T;
  /** Whether the request comes of this rule's own answer, which is not given again then. */
  readonly isOwnResult?: Matcher | undefined;
}

/** A rule as the control API lists it. */
export interface ListedRule {
  readonly id: number;
  /** Uses that are left; null: without limit. */
  readonly left: number | null;
  /** As it came; null for one that did not come from outside. */
  readonly rule: unknown;
}

interface Entry<T> {
  readonly id: number;
  readonly rule: Rule<T>;
  readonly input: unknown;
  left: number;
}

/** A rule that counts its uses can come back to itself only once it was used. */
function answersItself<T>(
  { rule, left }: { readonly rule: Rule<T>; readonly left: number },
  facts: RequestFacts,
): boolean {
  return (rule.times === undefined || left < rule.times) && rule.isOwnResult?.(facts) === true;
}

/**
 * Rules with a number of uses are a queue: the oldest that fits is used first, and one that is used up is gone. Where none of them fits, the
 * newest of the rules without a number that fits is used; it stays, and an older one waits behind it.
 */
export class RuleList<T> {
  #rules: Entry<T>[] = [];
  #added = 0;

  get size(): number {
    return this.#rules.length;
  }

  /** `input`: the rule as it came, for `list`. */
  add(rule: Rule<T>, input: unknown = null): void {
    this.#added += 1;
    this.#rules.push({ id: this.#added, rule, input, left: rule.times ?? Infinity });
  }

  /** The rules that are not used up, oldest first. */
  list(): ListedRule[] {
    return this.#rules.map(({ id, left, input }) => ({ id, left: left === Infinity ? null : left, rule: input }));
  }

  /** False where there is no such rule any more. */
  remove(id: number): boolean {
    const at = this.#rules.findIndex((one) => one.id === id);
    if (at !== -1) this.#rules.splice(at, 1);
    return at !== -1;
  }

  clear(): void {
    this.#rules = [];
  }

  /** The value of the rule that is next; counts as one use. */
  take(facts: RequestFacts): T | undefined {
    const may = (one: { readonly rule: Rule<T>; readonly left: number }): boolean =>
      one.rule.matches(facts) && !answersItself(one, facts);
    const queued = this.#rules.findIndex((one) => one.rule.times !== undefined && may(one));
    const lasting = (): number => this.#rules.findLastIndex((one) => one.rule.times === undefined && may(one));
    const index = queued === -1 ? lasting() : queued;
    const found = this.#rules[index];
    if (found === undefined) return undefined;
    found.left -= 1;
    if (found.left === 0) this.#rules.splice(index, 1);
    return found.rule.value;
  }
}
