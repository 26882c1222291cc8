import { InvalidInput, booleanAt, isObject, objectAt, optional } from '../check.ts';
import type { Finding } from './findings.ts';
import { Findings } from './findings.ts';
import type { CompiledRule } from './rule-input.ts';
import { FIRST_STATE, ruleAt } from './rule-input.ts';

/** A script that was read. It does not change, and may be run for many tenants at once. */
export interface Script {
  /** Of the file, or how else reports call it. */
  readonly source: string;
  readonly strict: boolean;
  readonly rules: readonly CompiledRule[];
}

export interface ReadScript {
  /** Absent when there is an error among the findings. */
  readonly script: Script | undefined;
  readonly findings: readonly Finding[];
}

/** A rule that fits everything leaves nothing to those behind it. */
function takesAll(rule: CompiledRule): boolean {
  const endless = rule.times === Infinity && (rule.repeat !== 'none' || rule.tellers.length === 0);
  return endless && rule.conditions.length === 0 && rule.when === undefined && rule.state === undefined;
}

function warnUnreachable(rules: readonly CompiledRule[], findings: Findings): void {
  const greedy = rules.findIndex(takesAll);
  if (greedy === -1) return;
  for (const rule of rules.slice(greedy + 1)) {
    if (rule.namesOperation) continue;
    findings.warn(rule.field, `"${rule.name}" is never asked: "${rules[greedy]?.name}" before it fits every request`);
  }
}

function warnDeadStates(rules: readonly CompiledRule[], findings: Findings): void {
  for (const { field, scenario, state } of rules) {
    if (state === undefined || state === FIRST_STATE) continue;
    const reached = rules.some((other) => other.scenario === scenario && other.next === state);
    if (!reached)
      findings.warn(`${field}.state`, `no rule of the scenario "${scenario}" leads to the state "${state}"`);
  }
}

function warnNames(rules: readonly CompiledRule[], findings: Findings): void {
  const seen = new Map<string, string>();
  for (const { name, field } of rules) {
    const first = seen.get(name);
    if (first !== undefined) findings.warn(`${field}.name`, `"${name}" is the name of ${first} too`);
    else seen.set(name, field);
  }
}

/** Reads a list of rules, or `{strict, rules}`. Everything that is wrong is found, not only the first. */
export function readScript(value: unknown, source: string): ReadScript {
  const findings = new Findings();
  const fields = Array.isArray(value)
    ? { rules: value }
    : (findings.attempt(() => objectAt(value, 'script', ['strict', 'rules'])) ?? {});
  const strict =
    findings.attempt(() => optional(isObject(fields) ? fields['strict'] : undefined, 'strict', booleanAt)) ?? false;
  const listed: unknown = isObject(fields) ? fields['rules'] : undefined;
  if (!Array.isArray(listed) && !findings.faulty) {
    findings.attempt(() => {
      throw new InvalidInput('rules', 'an array of rules', listed);
    });
  }
  const rules = (Array.isArray(listed) ? listed : []).map((rule: unknown, at) => ruleAt(rule, at, findings));
  if (!findings.faulty) {
    warnUnreachable(rules, findings);
    warnDeadStates(rules, findings);
    warnNames(rules, findings);
  }
  return { script: findings.faulty ? undefined : { source, strict, rules }, findings: findings.all };
}

/** The script, or an {@link InvalidInput} that says the first thing that is wrong. */
export function parseScript(value: unknown, source: string): Script {
  const { script, findings } = readScript(value, source);
  if (script !== undefined) return script;
  const all = findings.filter(({ severity }) => severity === 'error').map(({ message }) => message);
  throw new ScriptRefused(source, all);
}

/** A script that cannot be used; the message has a line for everything that is wrong. */
export class ScriptRefused extends Error {
  constructor(source: string, faults: readonly string[]) {
    super(`${source} cannot be used:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
    this.name = 'ScriptRefused';
  }
}
