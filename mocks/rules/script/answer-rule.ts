import type { Fields } from '../check.ts';
import { InvalidInput, booleanAt, isObject, objectAt, optional } from '../check.ts';
import { parseMatch, parseTimes } from '../match.ts';
import type { Match } from '../match.ts';
import { STEP_CONDITIONS, endsWithResultOf } from '../own-result.ts';
import type { Rule } from '../rule-list.ts';
import type { Directive } from './answer-input.ts';
import { ANSWER_SCHEMA, literalAt } from './answer-input.ts';
import { MATCH_SCHEMA } from '../conditions.ts';
import { flag, has, whole } from '../shape.ts';
import type { JsonSchema } from '../shape.ts';
import type { ScriptAnswer } from './types.ts';

/** `POST /__mock/answers`: what to answer, to whom, how often. `reply` and `answer` mean the same. */
export type AnswerRule = {
  readonly match?: Match;
  /** Uses; default without limit. */
  readonly times?: number;
  /** The same as `times: 1`. */
  readonly once?: boolean;
} & (
  | { readonly reply: string | ScriptAnswer; readonly answer?: undefined }
  | { readonly answer: string | ScriptAnswer; readonly reply?: undefined }
);

/** Words that mean the same in rules, here and in scripts. */
export const ANSWER_WORDS = ['answer', 'reply'] as const;

/** Which of the words for an answer a rule uses. */
export function answerWord(fields: Fields, field: string): (typeof ANSWER_WORDS)[number] {
  const [first, second] = ANSWER_WORDS.filter((word) => fields[word] !== undefined);
  if (first !== undefined && second === undefined) return first;
  const found = first === undefined ? undefined : 'both';
  throw new InvalidInput(field, 'either answer or reply, which mean the same', found);
}

/** How often a rule is used; `once` is short for 1. */
export function usesAt({ times, once }: Fields, field: string): number | undefined {
  const only = optional(once, `${field}.once`, booleanAt);
  return only === true ? 1 : parseTimes(times, `${field}.times`);
}

/** The operation that an answer alone fits; undefined: all that generate. */
export function onlyOperation(answer: unknown): string | undefined {
  return isObject(answer) && answer['embedding'] !== undefined ? 'embeddings' : undefined;
}

const RULE_MEMBERS = {
  match: MATCH_SCHEMA,
  times: { ...whole(1).schema, description: 'Uses; default without limit.' },
  once: { ...flag.schema, description: 'The same as `times: 1`.' },
  answer: ANSWER_SCHEMA,
  reply: ANSWER_SCHEMA,
};

/** A rule as `parseAnswerRule` takes it; `reply` and `answer` mean the same. */
export const ANSWER_RULE_SCHEMA: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  properties: RULE_MEMBERS,
  oneOf: ANSWER_WORDS.map((word) => has(word)),
};

export function parseAnswerRule(value: unknown): Rule<Directive> {
  const fields = objectAt(value, 'answer', Object.keys(RULE_MEMBERS));
  const word = answerWord(fields, 'answer');
  const directive = literalAt(fields[word], `answer.${word}`);
  const { match } = fields;
  const fits = parseMatch(match, 'answer.match');
  const only = onlyOperation(fields[word]);
  const named = isObject(match) && match['operation'] !== undefined;
  const admits = (operation: string | undefined, generates = false): boolean =>
    only === undefined ? generates || named : operation === only;
  return {
    matches: (facts) => admits(facts.operation, facts.generates) && fits(facts),
    times: usesAt(fields, 'answer'),
    value: directive,
    isOwnResult: ownResultOf(match, directive),
  };
}

/** A scripted call is not made again on its own result, unless the rule says at which step it answers. */
function ownResultOf(match: unknown, { scripted }: Directive): Rule<Directive>['isOwnResult'] {
  const names = isObject(match) ? Object.keys(match) : [];
  if (scripted === undefined || names.some((name) => STEP_CONDITIONS.has(name))) return undefined;
  return (facts) => endsWithResultOf(scripted, facts);
}
