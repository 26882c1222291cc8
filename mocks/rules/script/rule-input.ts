import type { Fields } from '../check.ts';
import { InvalidInput, objectAt, optional, stringAt, wordAt } from '../check.ts';
import { CONDITIONS, MATCH_SCHEMA } from '../conditions.ts';
import type { Condition, ConditionShape } from '../conditions.ts';
import { parseConditions } from '../match.ts';
import type { DirectiveMaker } from './answer-input.ts';
import { ANSWER_SCHEMA, tellerAt } from './answer-input.ts';
import { anyOf, flag, has, text, whole, word } from '../shape.ts';
import type { JsonSchema } from '../shape.ts';
import { ANSWER_WORDS, answerWord, onlyOperation, usesAt } from './answer-rule.ts';
import type { Findings } from './findings.ts';
import type { ScriptRequest } from './types.ts';

/** The state in which every scenario begins. */
export const FIRST_STATE = 'start';

export type Predicate = (request: ScriptRequest) => boolean;

/** A rule that was read. It does not change: how often it was used is kept where it runs. */
export interface CompiledRule {
  readonly name: string;
  /** Where it stands, such as `rules[0]`. */
  readonly field: string;
  readonly conditions: readonly Condition[];
  readonly when: Predicate | undefined;
  readonly tellers: readonly DirectiveMaker[];
  readonly repeat: 'last' | 'loop' | 'none';
  readonly times: number;
  /** It may answer operations that generate nothing. */
  readonly namesOperation: boolean;
  readonly scenario: string | undefined;
  readonly state: string | undefined;
  readonly next: string | undefined;
}

const REPEATS = ['last', 'loop', 'none'] as const;
const MEMBERS: Readonly<Record<string, JsonSchema>> = {
  name: text.schema,
  match: MATCH_SCHEMA,
  answer: ANSWER_SCHEMA,
  reply: ANSWER_SCHEMA,
  answers: { type: 'array', minItems: 1, items: ANSWER_SCHEMA },
  repeat: word(REPEATS).schema,
  times: whole(1).schema,
  once: flag.schema,
  scenario: text.schema,
  state: text.schema,
  next: text.schema,
};
/** A function has no place in JSON. */
const FIELDS = Object.keys(MEMBERS).toSpliced(2, 0, 'when');

/** A rule of a script as JSON has it. */
const RULE_SCHEMA: JsonSchema = {
  title: 'ScriptRule',
  type: 'object',
  additionalProperties: false,
  properties: MEMBERS,
  oneOf: [...ANSWER_WORDS, 'answers'].map((name) => has(name)),
  dependentRequired: { state: ['scenario'], next: ['scenario'] },
};
/** A script as JSON has it; texts in it are templates. */
export const SCRIPT_SCHEMA: JsonSchema = anyOf(listOfRules(), {
  type: 'object',
  additionalProperties: false,
  required: ['rules'],
  properties: { strict: flag.schema, rules: listOfRules() },
});

function listOfRules(): JsonSchema {
  return { type: 'array', items: RULE_SCHEMA };
}

function conditionsAt(value: unknown, field: string, findings: Findings): readonly Condition[] {
  if (value === undefined) return [];
  const names = Object.keys(CONDITIONS) as (keyof typeof CONDITIONS)[];
  const fields = findings.attempt(() => objectAt(value, field, names)) ?? {};
  return names
    .filter((name) => fields[name] !== undefined)
    .flatMap((name) => {
      const { read }: ConditionShape = CONDITIONS[name];
      return findings.attempt(() => read(fields[name], `${field}.${name}`)) ?? [];
    });
}

function tellersAt(fields: Fields, field: string, findings: Findings): readonly DirectiveMaker[] {
  const { answers } = fields;
  const single = ANSWER_WORDS.some((word) => fields[word] !== undefined);
  if (single === (answers !== undefined)) {
    findings.attempt(() => {
      throw new InvalidInput(field, 'either answer (or reply) or answers', single ? 'both' : undefined);
    });
    return [];
  }
  if (answers === undefined) {
    const teller = findings.attempt(() => {
      const word = answerWord(fields, field);
      return tellerAt(fields[word], `${field}.${word}`);
    });
    return teller === undefined ? [] : [teller];
  }
  if (!Array.isArray(answers) || answers.length === 0) {
    findings.attempt(() => {
      throw new InvalidInput(`${field}.answers`, 'an array of at least one answer', answers);
    });
    return [];
  }
  return answers.flatMap((one: unknown, at) => findings.attempt(() => tellerAt(one, `${field}.answers[${at}]`)) ?? []);
}

function whenAt(value: unknown, field: string): Predicate {
  if (typeof value === 'function') return value as Predicate;
  throw new InvalidInput(field, 'a function, which only TypeScript and in-process scripts can have', value);
}

/** Reads a rule; what is wrong goes to the findings, all of it. */
export function ruleAt(value: unknown, index: number, findings: Findings): CompiledRule {
  const field = `rules[${index}]`;
  const fields = findings.attempt(() => objectAt(value, field)) ?? {};
  for (const name of Object.keys(fields)) findings.attempt(() => objectAt({ [name]: fields[name] }, field, FIELDS));
  const text = (name: string): string | undefined =>
    findings.attempt(() => optional(fields[name], `${field}.${name}`, stringAt));
  const scenario = text('scenario');
  const rule: CompiledRule = {
    name: text('name') ?? `rule ${index + 1}`,
    field,
    conditions: conditionsAt(fields['match'], `${field}.match`, findings),
    when: findings.attempt(() => optional(fields['when'], `${field}.when`, whenAt)),
    tellers: tellersAt(fields, field, findings),
    repeat:
      findings.attempt(() =>
        optional(fields['repeat'], `${field}.repeat`, (given, at) => wordAt(given, at, REPEATS)),
      ) ?? 'last',
    times: findings.attempt(() => usesAt(fields, field)) ?? Infinity,
    namesOperation: false,
    scenario,
    state: text('state'),
    next: text('next'),
  };
  if (scenario === undefined && (rule.state ?? rule.next) !== undefined) {
    findings.attempt(() => {
      throw new InvalidInput(`${field}.scenario`, 'the scenario that state and next belong to', undefined);
    });
  }
  const only = [fields['answer'], fields['reply'], fields['answers']].flat().map(onlyOperation).find(Boolean);
  const implied = only === undefined ? [] : parseConditions({ operation: only }, `${field}.match`);
  const conditions = [...implied, ...rule.conditions];
  return { ...rule, conditions, namesOperation: conditions.some(({ name }) => name === 'operation') };
}
