import type { Strictness } from './level.ts';
import { UNKNOWN_MODEL, modelProfile } from './model-profile.ts';
import { JUDGES } from './judges.ts';
import type { OperationRules } from './operations.ts';
import { OPERATION_RULES } from './operations.ts';
import { firstOf } from './semantics/facts.ts';
import type { Family } from './semantics/model.ts';
import { NO_MODEL, unknownModel, wrongType } from '../refusals/sentences.ts';
import type { Surroundings } from './surroundings.ts';
import type { Violation } from '../refusals/violation.ts';
import type { Fields } from './walk.ts';
import { findViolation, isObject } from './walk.ts';

export type { Strictness, StrictnessByKey, StrictnessSetting } from './level.ts';
export { STRICTNESS, strictnessFor } from './level.ts';
export type { Surroundings } from './surroundings.ts';
export type { Violation } from '../refusals/violation.ts';

function modelFault(
  body: Fields,
  family: Family,
  level: Strictness,
  models: Surroundings['models'],
): Violation | undefined {
  const { model } = body;
  if (model === undefined || model === null || model === '') return NO_MODEL;
  if (typeof model !== 'string') return wrongType('model', 'a string', model);
  const known = models?.includes(model) ?? (level === 'spec' || modelProfile(model) !== undefined);
  return known ? undefined : unknownModel(model, family === 'responses' ? 'responses' : 'chat');
}

function beyondShape(rules: OperationRules, body: Fields, surroundings: Surroundings): Violation | undefined {
  const model = typeof body['model'] === 'string' ? body['model'] : '';
  return firstOf(rules.checks, { body, model, profile: modelProfile(model) ?? UNKNOWN_MODEL, surroundings });
}

/**
 * The first thing that is wrong with a request; `operation` is method and path as the operation table has them.
 * Operations without rules, and bodies that are no object, have nothing wrong here.
 */
export function violationIn(
  operation: string,
  body: unknown,
  level: Strictness,
  surroundings: Surroundings,
): Violation | undefined {
  const judge = level === 'off' ? undefined : JUDGES[operation];
  if (judge !== undefined) return isObject(body) ? judge(body, level, surroundings) : undefined;
  const rules = OPERATION_RULES[operation];
  if (level === 'off' || rules === undefined || !isObject(body)) return undefined;
  const { family } = rules;
  const model = family && modelFault(body, family, level, surroundings.models);
  const found = model ?? findViolation(body, rules.body, '', level);
  return found ?? (level === 'openai' ? beyondShape(rules, body, surroundings) : undefined);
}
