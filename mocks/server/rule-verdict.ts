import type { Pace } from '../rules/pace.ts';
import type { RequestFacts } from '../rules/match.ts';
import type { RuleList } from '../rules/rule-list.ts';
import type { Told } from '../rules/script/answer-input.ts';
import type { ScriptRun } from '../rules/script/run.ts';
import { unmatched } from './scripted-reply.ts';

/** What the rules say to a request. */
export interface RuleVerdict {
  readonly told: Told;
  /** Of a script. */
  readonly rule?: string | undefined;
  readonly pace?: Pace | undefined;
}

interface Ruled {
  readonly answers: RuleList<Told>;
  readonly script: ScriptRun | undefined;
}

/** Asks the rules, single answers before the script; asking uses them up. */
export function askRules({ answers, script }: Ruled, facts: RequestFacts): RuleVerdict | undefined {
  const told = answers.take(facts);
  if (told !== undefined) return { told, pace: told.pace };
  const verdict = script?.take(facts, facts.generates ?? false);
  if (verdict === undefined) return undefined;
  if ('unmatched' in verdict) return { told: unmatched(verdict.unmatched) };
  return { told: verdict.told, rule: verdict.rule, pace: verdict.told.pace };
}
