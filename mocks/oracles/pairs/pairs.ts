import { violationIn } from '../../strictness/index.ts';
import { OPERATION_RULES } from '../../strictness/operations.ts';
import type { Rule } from '../../strictness/rule.ts';
import type { Fields, PairBase, PairOptions } from './bases.ts';
import { POLICY_PARAMETERS, pairBases } from './bases.ts';
import { contentVariants, equalVariants } from './variants.ts';
import { samples } from './samples.ts';

/** Two requests that differ in one thing. Bodies are texts: how a number or a letter is spelled is part of it. */
export interface RequestPair {
  /** `chat/temperature` */
  readonly id: string;
  /** `POST /v1/chat/completions` */
  readonly operation: string;
  /** Whether a cache may answer the second request with the answer to the first. */
  readonly expect: 'miss' | 'hit';
  readonly first: string;
  readonly second: string;
  /** Headers of the second request only. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** Nothing is stored, and texts are short. */
const SURROUNDINGS = {
  models: undefined,
  promptTokens: () => 10,
  tokensOf: (text: string) => text.length,
  hasItem: () => false,
};

function fieldsOf(rule: Rule | undefined): Readonly<Record<string, Rule>> {
  return rule?.kind === 'object' ? rule.fields : {};
}

/** `undefined` when the parameter has no two values that the provider would take here. */
function parameterPair(base: PairBase, field: string, rule: Rule): RequestPair | undefined {
  const { needs, values, operation, good, name } = base;
  const needed = { ...good, ...needs[field] };
  if (needed.model === null) return undefined;
  const candidates = values[field] ?? samples(rule);
  const accepted = candidates
    .map((value): Fields => ({ ...needed, [field]: value }))
    .filter((body) => violationIn(operation, body, 'openai', SURROUNDINGS) === undefined)
    .map((body) => JSON.stringify(body));
  const [first, second] = [...new Set(accepted)];
  if (first === undefined || second === undefined) return undefined;
  return { id: `${name}/${field}`, operation, expect: 'miss', first, second };
}

function varied(base: PairBase): readonly string[] {
  const { operation, good } = base;
  const own = new Set(Object.keys(good));
  return Object.keys(fieldsOf(OPERATION_RULES[operation]?.body)).filter(
    (field) => !own.has(field) && !POLICY_PARAMETERS.has(field),
  );
}

function parameterPairs(base: PairBase): readonly RequestPair[] {
  const rules = fieldsOf(OPERATION_RULES[base.operation]?.body);
  return varied(base).flatMap((field) => {
    const rule = rules[field];
    const pair = rule && parameterPair(base, field, rule);
    return pair === undefined ? [] : [pair];
  });
}

/** Pairs that differ in one parameter, or in one letter of the prompt: a cache that answers both alike is wrong. */
export function differingPairs(options: PairOptions = {}): readonly RequestPair[] {
  return pairBases(options).flatMap((base) => [...parameterPairs(base), ...contentVariants(base)]);
}

/** Pairs that differ in nothing that matters: a cache that asks the provider again for the second one wastes money. */
export function equalPairs(options: PairOptions = {}): readonly RequestPair[] {
  return pairBases(options).flatMap(equalVariants);
}

/** Parameters that no pair is made for, because the provider takes no two values of them without more context. */
export function unpairedParameters(options: PairOptions = {}): readonly string[] {
  return pairBases(options).flatMap((base) => {
    const paired = new Set(parameterPairs(base).map(({ id }) => id));
    return varied(base)
      .map((field) => `${base.name}/${field}`)
      .filter((id) => !paired.has(id));
  });
}
