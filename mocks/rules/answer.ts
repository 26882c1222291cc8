import type { FinishReason, ScriptedAnswer, ScriptedToolCall, ScriptedUsage } from '../generation/script.ts';
import { InvalidInput, arrayAt, integerAt, isObject, objectAt, stringAt } from './check.ts';
import { parseMatch, parseTimes } from './match.ts';
import type { Match } from './match.ts';
import type { Rule } from './rule-list.ts';

/** `POST /__mock/answers`: what to answer, to whom, how often. */
export interface AnswerRule {
  readonly match?: Match;
  /** Uses; default without limit. */
  readonly times?: number;
  readonly reply: ScriptedAnswer;
}

const FINISH_REASONS: readonly FinishReason[] = ['stop', 'length', 'tool_calls', 'content_filter'];
const USAGE_FIELDS = [
  'inputTokens',
  'outputTokens',
  'cachedTokens',
  'reasoningTokens',
] as const satisfies readonly (keyof ScriptedUsage)[];

function toolCallAt(value: unknown, field: string): ScriptedToolCall {
  const fields = objectAt(value, field, ['name', 'arguments']);
  const given = fields['arguments'];
  if (typeof given !== 'string' && !isObject(given)) {
    throw new InvalidInput(`${field}.arguments`, 'JSON text or an object', given);
  }
  return { name: stringAt(fields['name'], `${field}.name`), arguments: given };
}

function finishReasonAt(value: unknown, field: string): FinishReason {
  const found = FINISH_REASONS.find((reason) => reason === value);
  if (found === undefined) throw new InvalidInput(field, `one of ${FINISH_REASONS.join(', ')}`, value);
  return found;
}

function usageAt(value: unknown, field: string): ScriptedUsage {
  const fields = objectAt(value, field, USAGE_FIELDS);
  return Object.fromEntries(
    Object.entries(fields).map(([name, count]) => [name, integerAt(count, `${field}.${name}`)]),
  );
}

const READERS: { readonly [name in keyof ScriptedAnswer]-?: (value: unknown, field: string) => ScriptedAnswer[name] } =
  {
    text: stringAt,
    reasoning: stringAt,
    refusal: stringAt,
    toolCalls: (value, field) => arrayAt(value, field, toolCallAt),
    finishReason: finishReasonAt,
    usage: usageAt,
    chunks: (value, field) => arrayAt(value, field, stringAt),
  };

function replyAt(value: unknown, field: string): ScriptedAnswer {
  const fields = objectAt(value, field, Object.keys(READERS));
  const given = Object.entries(READERS).filter(([name]) => fields[name] !== undefined);
  if (given.length === 0) throw new InvalidInput(field, `at least one of ${Object.keys(READERS).join(', ')}`, value);
  return Object.fromEntries(given.map(([name, read]) => [name, read(fields[name], `${field}.${name}`)]));
}

export function parseAnswerRule(value: unknown): Rule<ScriptedAnswer> {
  const fields = objectAt(value, 'answer', ['match', 'times', 'reply']);
  return {
    matches: parseMatch(fields['match'], 'answer.match'),
    times: parseTimes(fields['times'], 'answer.times'),
    value: replyAt(fields['reply'], 'answer.reply'),
  };
}
