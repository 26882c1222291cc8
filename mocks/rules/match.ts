import { integerAt, objectAt, optional } from './check.ts';
import type { Condition, ConditionShape } from './conditions.ts';
import { CONDITIONS } from './conditions.ts';
import type { RequestFacts } from './facts.ts';
import type { JsonTest } from './json-question.ts';
import type { PatternInput } from './pattern.ts';
import type { TextTest } from './text-question.ts';

export type { RequestFacts } from './facts.ts';

/**
 * Every field that is given must fit; an empty match fits every request. Texts are looked for as parts, case ignored; `{regex, flags}`
 * is a regular expression in RE2 syntax (linear time, no lookaround), `{is}` the whole text.
 */
export interface Match {
  /** The last user text (or instructions + input). */
  readonly text?: TextTest;
  /** System and developer messages, instructions. */
  readonly system?: TextTest;
  /** Results of tools with which the request ends. */
  readonly toolResult?: TextTest;
  /** Name of a tool whose result the request ends with. */
  readonly toolResultOf?: string;
  /** The whole name, or a pattern. */
  readonly model?: string | PatternInput;
  /** Operation id: `chat.completions`, `responses`, `embeddings` … */
  readonly operation?: string;
  readonly stream?: boolean;
  /** All of these tools are offered. */
  readonly tools?: string | readonly string[];
  /** 1 for the first answer of a conversation, 2 for the second … */
  readonly turn?: number;
  /** Header names (any case) and their whole values, or patterns. */
  readonly header?: Readonly<Record<string, string | PatternInput>>;
  /** The API key, or a pattern. */
  readonly key?: string | PatternInput;
  /** What JSONPaths into the body lead to, e.g. `{'$.metadata.team': 'blue'}`. */
  readonly json?: Readonly<Record<string, JsonTest>>;
}

export type Matcher = (facts: RequestFacts) => boolean;

const FIELDS = Object.keys(CONDITIONS) as readonly (keyof typeof CONDITIONS)[];

/** The conditions of a match, those first that are cheap to ask. */
export function parseConditions(value: unknown, field: string): readonly Condition[] {
  if (value === undefined) return [];
  const fields = objectAt(value, field, FIELDS);
  return FIELDS.filter((name) => fields[name] !== undefined).flatMap((name) => {
    const { read }: ConditionShape = CONDITIONS[name];
    return read(fields[name], `${field}.${name}`);
  });
}

export function parseMatch(value: unknown, field: string): Matcher {
  const conditions = parseConditions(value, field);
  return (facts) => conditions.every((condition) => condition.fits(facts));
}

/** How often a rule may be used; `undefined` is without limit. */
export function parseTimes(value: unknown, field: string): number | undefined {
  return optional(value, field, (times, at) => integerAt(times, at, 1));
}
