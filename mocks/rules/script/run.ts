import type { RequestFacts } from '../facts.ts';
import { conversationOf, keyOf } from '../facts.ts';
import { STEP_CONDITIONS, endsWithResultOf } from '../own-result.ts';
import type { Captures } from '../pattern.ts';
import type { Directive } from './answer-input.ts';
import type { Extra, Miss } from './diagnosis.ts';
import { missOf, missSentence, nearestFirst } from './diagnosis.ts';
import type { CompiledRule } from './rule-input.ts';
import { FIRST_STATE } from './rule-input.ts';
import type { Script } from './script.ts';
import type { TemplateScope } from './template.ts';
import type { ScriptRequest } from './types.ts';

export interface RunParts {
  readonly tenant: string;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** What came of a request: a rule's answer, or in a strict script a sentence about why there is none. */
export type Verdict = { readonly rule: string; readonly directive: Directive } | { readonly unmatched: string };

/** How a script is doing. */
export interface ScriptReport {
  readonly source: string;
  readonly strict: boolean;
  readonly rules: readonly { readonly name: string; readonly uses: number }[];
  /** By scenario; those that are still at their start are left out. */
  readonly states: Readonly<Record<string, string>>;
  /** The last requests that a strict script refused, oldest first: of each the nearest rules. */
  readonly misses: readonly (readonly Miss[])[];
}

const OWN_RESULT: Extra = {
  name: 'toolCalls',
  fits: false,
  expected: 'a request that does not end with the result of these calls',
  found: 'their result',
};
const KEPT_MISSES = 20;
const NEAREST = 3;

function capturesOf(rule: CompiledRule, facts: RequestFacts): Captures {
  const all = rule.conditions.flatMap(({ captures }) => captures?.(facts) ?? []);
  return {
    groups: all[0]?.groups ?? [],
    named: Object.assign({}, ...all.map(({ named }) => named)) as Captures['named'],
  };
}

/** A script at work for one tenant: uses, states of scenarios, counters. */
export class ScriptRun {
  readonly script: Script;
  readonly #parts: RunParts;
  readonly #uses = new Map<CompiledRule, number>();
  readonly #states = new Map<string, string>();
  readonly #counters = new Map<string, number>();
  #misses: (readonly Miss[])[] = [];

  constructor(script: Script, parts: RunParts) {
    this.script = script;
    this.#parts = parts;
  }

  /** Asks the rules in their order. `generates`: the operation is one that makes text; only rules that name them answer others. */
  take(facts: RequestFacts, generates: boolean): Verdict | undefined {
    const own = new Set<CompiledRule>();
    for (const rule of this.script.rules) {
      if (!(generates || rule.namesOperation) || !this.#fits(rule, facts)) continue;
      const directive = this.#directiveBy(rule, facts);
      if (this.#isOwnResult(rule, directive, facts)) {
        own.add(rule);
        continue;
      }
      this.#uses.set(rule, this.#usesOf(rule) + 1);
      if (rule.scenario !== undefined && rule.next !== undefined) this.#states.set(rule.scenario, rule.next);
      return { rule: rule.name, directive };
    }
    if (!generates || !this.script.strict) return undefined;
    return { unmatched: missSentence(this.script.source, this.#diagnose(facts, own)) };
  }

  report(): ScriptReport {
    const { source, strict, rules } = this.script;
    return {
      source,
      strict,
      rules: rules.map((rule) => ({ name: rule.name, uses: this.#usesOf(rule) })),
      states: Object.fromEntries(this.#states),
      misses: this.#misses,
    };
  }

  #usesOf(rule: CompiledRule): number {
    return this.#uses.get(rule) ?? 0;
  }

  #state(scenario: string): string {
    return this.#states.get(scenario) ?? FIRST_STATE;
  }

  #most(rule: CompiledRule): number {
    return rule.repeat === 'none' ? Math.min(rule.times, rule.tellers.length) : rule.times;
  }

  #fits(rule: CompiledRule, facts: RequestFacts): boolean {
    if (this.#usesOf(rule) >= this.#most(rule)) return false;
    if (rule.state !== undefined && this.#state(rule.scenario ?? '') !== rule.state) return false;
    if (!rule.conditions.every((condition) => condition.fits(facts))) return false;
    return rule.when === undefined || rule.when(this.#request(rule, facts));
  }

  /** A call that the script wants again is an answer of its own; the last answer, repeated, is not given to its own result. */
  #isOwnResult(rule: CompiledRule, directive: Directive, facts: RequestFacts): boolean {
    if (rule.conditions.some(({ name }) => STEP_CONDITIONS.has(name))) return false;
    const repeats = this.#usesOf(rule) >= rule.tellers.length || (rule.tellers.length === 1 && rule.times === Infinity);
    return repeats && endsWithResultOf(directive.scripted, facts);
  }

  #directiveBy(rule: CompiledRule, facts: RequestFacts): Directive {
    const before = this.#usesOf(rule);
    const { length } = rule.tellers;
    const teller = rule.tellers[rule.repeat === 'loop' ? before % length : Math.min(before, length - 1)];
    return teller?.(this.#scope(rule, facts, before + 1), () => this.#request(rule, facts, before + 1)) ?? {};
  }

  #scope(rule: CompiledRule, facts: RequestFacts, count: number): TemplateScope {
    return {
      facts,
      captures: capturesOf(rule, facts),
      tenant: this.#parts.tenant,
      count,
      now: this.#parts.now(),
      state: (scenario) => this.#state(scenario),
      counter: (name) => {
        const value = (this.#counters.get(name) ?? 0) + 1;
        this.#counters.set(name, value);
        return value;
      },
    };
  }

  #request(rule: CompiledRule, facts: RequestFacts, count = this.#usesOf(rule) + 1): ScriptRequest {
    const { operation, model, stream, headers, body } = facts;
    const { tenant } = this.#parts;
    const said = conversationOf(facts);
    return { operation, model, stream, headers, key: keyOf(facts), body, text: facts.text(), ...said, tenant, count };
  }

  #diagnose(facts: RequestFacts, own: ReadonlySet<CompiledRule>): readonly Miss[] {
    const misses = this.script.rules.map((rule) => {
      const extras = this.#extras(rule, facts);
      return missOf(rule, facts, own.has(rule) ? [...extras, OWN_RESULT] : extras);
    });
    const nearest = nearestFirst(misses).slice(0, NEAREST);
    this.#misses = [...this.#misses.slice(1 - KEPT_MISSES), nearest];
    return nearest;
  }

  #extras(rule: CompiledRule, facts: RequestFacts): readonly Extra[] {
    const most = this.#most(rule);
    const uses = this.#usesOf(rule);
    const extras: Extra[] = [];
    if (most !== Infinity)
      extras.push({
        name: 'times',
        fits: uses < most,
        expected: `at most ${most} uses`,
        found: `${uses}, all used up`,
      });
    if (rule.state !== undefined && rule.scenario !== undefined) {
      const state = this.#state(rule.scenario);
      const name = `state of ${rule.scenario}`;
      extras.push({
        name,
        fits: state === rule.state,
        expected: JSON.stringify(rule.state),
        found: JSON.stringify(state),
      });
    }
    if (rule.when !== undefined) {
      // Asked only where everything else fits: a predicate may rely on that.
      const rest = rule.conditions.every((condition) => condition.fits(facts)) && extras.every(({ fits }) => fits);
      const fits = rest && rule.when(this.#request(rule, facts));
      extras.push({
        name: 'when',
        fits,
        expected: 'true',
        found: rest ? 'false' : 'not asked, for something else does not fit',
      });
    }
    return extras;
  }
}
