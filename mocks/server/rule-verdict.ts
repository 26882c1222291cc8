import type { Pace } from '../rules/pace.ts';
import type { RequestFacts } from '../rules/match.ts';
import type { RuleList } from '../rules/rule-list.ts';
import type { Directive } from '../rules/script/answer-input.ts';
import type { ScriptRun } from '../rules/script/run.ts';
import { unmatched } from './scripted-reply.ts';

/** What the rules say to a request. */
export interface RuleVerdict {
  readonly directive: Directive;
  /** Of a script. */
  readonly rule?: string | undefined;
  readonly pace?: Pace | undefined;
}

interface Ruled {
  readonly answers: RuleList<Directive>;
  readonly script: ScriptRun | undefined;
}

/** Asks the rules, single answers before the script; asking uses them up. */
export function askRules({ answers, script }: Ruled, facts: RequestFacts): RuleVerdict | undefined {
  const directive = answers.take(facts);
  if (directive !== undefined) return { directive, pace: directive.pace };
  const verdict = script?.take(facts, facts.generates ?? false);
  if (verdict === undefined) return undefined;
  if ('unmatched' in verdict) return { directive: unmatched(verdict.unmatched) };
  return { directive: verdict.directive, rule: verdict.rule, pace: verdict.directive.pace };
}
