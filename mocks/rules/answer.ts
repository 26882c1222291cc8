import type { FinishReason, ScriptedAnswer, ScriptedToolCall, ScriptedUsage } from '../generation/script.ts';
import type { Fields } from './check.ts';
import { InvalidInput, arrayAt, integerAt, isObject, objectAt, stringAt, wordAt } from './check.ts';

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

function usageAt(value: unknown, field: string): ScriptedUsage {
  const fields = objectAt(value, field, USAGE_FIELDS);
  return Object.fromEntries(
    Object.entries(fields).map(([name, count]) => [name, integerAt(count, `${field}.${name}`)]),
  );
}

function failureAt(value: unknown, field: string): { readonly code: string; readonly message: string } {
  const fields = objectAt(value, field, ['code', 'message']);
  return { code: stringAt(fields['code'], `${field}.code`), message: stringAt(fields['message'], `${field}.message`) };
}

function vectorAt(value: unknown, field: string): readonly number[] {
  return arrayAt(value, field, (number, at) => {
    if (typeof number === 'number' && Number.isFinite(number)) return number;
    throw new InvalidInput(at, 'a number', number);
  });
}

function embeddingAt(value: unknown, field: string): ScriptedAnswer['embedding'] {
  const several = Array.isArray(value) && Array.isArray(value[0]);
  return several ? arrayAt(value, field, vectorAt) : vectorAt(value, field);
}

const READERS: { readonly [name in keyof ScriptedAnswer]-?: (value: unknown, field: string) => ScriptedAnswer[name] } =
  {
    text: stringAt,
    reasoning: stringAt,
    refusal: stringAt,
    toolCalls: (value, field) => arrayAt(value, field, toolCallAt),
    finishReason: (value, field) => wordAt(value, field, FINISH_REASONS),
    usage: usageAt,
    chunks: (value, field) => arrayAt(value, field, stringAt),
    items: (value, field) => arrayAt(value, field, (item, at) => objectAt(item, at)),
    failure: failureAt,
    embedding: embeddingAt,
  };

/** Names of everything a scripted answer may have. */
export const ANSWER_FIELDS: readonly string[] = Object.keys(READERS);

/** The scripted answer among the fields; `undefined` when there is none. */
export function answerIn(fields: Fields, field: string): ScriptedAnswer | undefined {
  const given = Object.entries(READERS).filter(([name]) => fields[name] !== undefined);
  if (given.length === 0) return undefined;
  return Object.fromEntries(given.map(([name, read]) => [name, read(fields[name], `${field}.${name}`)]));
}
