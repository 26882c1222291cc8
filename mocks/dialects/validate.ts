import { NO_MODEL, numberIn, wrongType as typeRefusal } from '../refusals/sentences.ts';
import { missingField, refuse, unknownModel, unparsableBody } from './errors.ts';
import type { DialectContext, JsonReply } from './reply.ts';

export type Body = Readonly<Record<string, unknown>>;

export function isBody(value: unknown): value is Body {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What a field must be. Absent and null fields are never wrong. */
export interface FieldRule {
  readonly name: string;
  readonly expected:
    | 'an integer'
    | 'a decimal'
    | 'a boolean'
    | 'a string'
    | 'an object'
    | 'an array of objects'
    | 'one of a string or array of strings'
    | 'one of a string or array of objects';
  readonly least?: number;
  readonly most?: number;
}

const CHECKS: Readonly<Record<FieldRule['expected'], (value: unknown) => boolean>> = {
  'an integer': Number.isInteger,
  'a decimal': (value) => typeof value === 'number',
  'a boolean': (value) => typeof value === 'boolean',
  'a string': (value) => typeof value === 'string',
  'an object': isBody,
  'an array of objects': Array.isArray,
  'one of a string or array of strings': (value) =>
    typeof value === 'string' || (Array.isArray(value) && value.every((item) => typeof item === 'string')),
  'one of a string or array of objects': (value) => typeof value === 'string' || Array.isArray(value),
};

export function wrongType(context: DialectContext, param: string, expected: string, value: unknown): JsonReply {
  return refuse(context, typeRefusal(param, expected, value));
}

function outOfRange(context: DialectContext, rule: FieldRule, value: number): JsonReply | undefined {
  const { name, least, most } = rule;
  const refusal = numberIn(name, value, { least, most, integer: rule.expected === 'an integer' });
  return refusal && refuse(context, refusal);
}

/** The first field that breaks its rule, as the provider's error. */
export function refusedField(body: Body, rules: readonly FieldRule[], context: DialectContext): JsonReply | undefined {
  for (const rule of rules) {
    const value = body[rule.name];
    if (value === undefined || value === null) continue;
    if (!CHECKS[rule.expected](value)) return wrongType(context, rule.name, rule.expected, value);
    const refused = typeof value === 'number' ? outOfRange(context, rule, value) : undefined;
    if (refused) return refused;
  }
  return undefined;
}

/** The body when it is an object with a known model and the required fields; else the provider's error. */
export function checkedBody(
  value: unknown,
  context: DialectContext,
  family: 'chat' | 'responses',
  required: readonly string[],
): { readonly body: Body; readonly model: string } | { readonly refused: JsonReply } {
  if (!isBody(value)) return { refused: unparsableBody(context) };
  const model = value['model'];
  if (model === undefined || model === null || model === '') {
    return { refused: refuse(context, NO_MODEL) };
  }
  if (typeof model !== 'string') return { refused: wrongType(context, 'model', 'a string', model) };
  if (context.models !== undefined && !context.models.includes(model)) {
    return { refused: unknownModel(model, context, family) };
  }
  const missing = required.find((name) => value[name] === undefined || value[name] === null);
  if (missing !== undefined) return { refused: missingField(context, missing) };
  return { body: value, model };
}
