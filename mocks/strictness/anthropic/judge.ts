import { claudeFacts, isClaude } from '../../generation/claude-models.ts';
import type { Violation } from '../../refusals/violation.ts';
import { violation } from '../../refusals/violation.ts';
import type { Strictness } from '../level.ts';
import type { Surroundings } from '../surroundings.ts';
import type { Fields } from '../walk.ts';
import { isObject } from '../walk.ts';
import { CONVERSATION_CHECKS } from './conversation.ts';
import type { Check } from './facts.ts';
import { messagesIn } from './facts.ts';
import { countShape, messageShape } from './request-shape.ts';
import { schemaCheck } from './schema.ts';
import { LENGTH_CHECK, SETTING_CHECKS } from './settings.ts';
import type { Shape } from './shape.ts';

/** `models`: names beside the provider's, where only those exist. */
function isKnown(model: string, { models }: Surroundings): boolean {
  return models === undefined
    ? isClaude(model)
    : models.includes(model) || models.includes(claudeFacts(model).snapshot);
}

const VERSION_HEADER = 'anthropic-version';
const CHECKS: readonly Check[] = [...SETTING_CHECKS, schemaCheck, ...CONVERSATION_CHECKS, LENGTH_CHECK];

function judged(shape: Shape, body: Fields, level: Strictness, surroundings: Surroundings): Violation | undefined {
  const whole = level === 'openai';
  const { headers } = surroundings;
  if (whole && headers !== undefined && headers[VERSION_HEADER] === undefined) {
    return violation(`${VERSION_HEADER}: header is required`);
  }
  const wrong = shape(body, '');
  if (wrong !== undefined) return violation(wrong);
  const messages = messagesIn(body);
  const continues = isObject(body['thread']) && body['thread']['type'] === 'continue';
  if (messages.length === 0 && !continues) return violation('messages: at least one message is required');
  if (!whole) return undefined;
  const model = String(body['model']);
  if (!isKnown(model, surroundings)) {
    return { ...violation(`model: ${model}`), status: 404, type: 'not_found_error' };
  }
  const facts = { body, messages, model: claudeFacts(model), surroundings };
  for (const check of continues ? SETTING_CHECKS : CHECKS) {
    const found = check(facts);
    if (found !== undefined) return violation(found);
  }
  return undefined;
}

/** Judges a request for a message. */
export function judgeMessage(body: Fields, level: Strictness, surroundings: Surroundings): Violation | undefined {
  return judged(messageShape, body, level, surroundings);
}

/** Judges a request that counts tokens. */
export function judgeCount(body: Fields, level: Strictness, surroundings: Surroundings): Violation | undefined {
  return judged(countShape, body, level, surroundings);
}
