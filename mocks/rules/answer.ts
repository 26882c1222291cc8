import type { FinishReason, ScriptedAnswer, ScriptedToolCall, ScriptedUsage } from '../generation/script.ts';
import type { Fields } from './check.ts';
import { InvalidInput, isObject } from './check.ts';
import { anyOf, listOf, object, record, text, whole, word } from './shape.ts';
import type { Shape } from './shape.ts';

const FINISH_REASONS: readonly FinishReason[] = ['stop', 'length', 'tool_calls', 'content_filter'];
const USAGE_FIELDS = [
  'inputTokens',
  'outputTokens',
  'cachedTokens',
  'reasoningTokens',
] as const satisfies readonly (keyof ScriptedUsage)[];

const textOrObject: Shape<string | Readonly<Record<string, unknown>>> = {
  read: (value, field) => {
    if (typeof value === 'string' || isObject(value)) return value;
    throw new InvalidInput(field, 'JSON text or an object', value);
  },
  schema: anyOf(text.schema, object.schema),
};
const toolCall = record({ name: text, arguments: textOrObject }, ['name', 'arguments']) as Shape<ScriptedToolCall>;
const usage: Shape<ScriptedUsage> = record(Object.fromEntries(USAGE_FIELDS.map((name) => [name, whole()])));
const failure = record({ code: text, message: text }, ['code', 'message']) as Shape<{ code: string; message: string }>;

const finite: Shape<number> = {
  read: (value, field) => {
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    throw new InvalidInput(field, 'a number', value);
  },
  schema: { type: 'number' },
};
const vector = listOf(finite);
const vectors = listOf(vector);
const embedding: Shape<ScriptedAnswer['embedding']> = {
  read: (value, field) =>
    Array.isArray(value) && Array.isArray(value[0]) ? vectors.read(value, field) : vector.read(value, field),
  schema: anyOf(vector.schema, vectors.schema),
};

/** One row for everything that a scripted answer may have. */
export const ANSWER_MEMBERS: { readonly [name in keyof ScriptedAnswer]-?: Shape<ScriptedAnswer[name]> } = {
  text,
  reasoning: text,
  refusal: text,
  toolCalls: listOf(toolCall),
  finishReason: word(FINISH_REASONS),
  usage,
  chunks: listOf(text),
  items: listOf(object),
  failure,
  embedding,
};

/** Names of everything a scripted answer may have. */
export const ANSWER_FIELDS: readonly string[] = Object.keys(ANSWER_MEMBERS);

/** The scripted answer among the fields; `undefined` when there is none. */
export function answerIn(fields: Fields, field: string): ScriptedAnswer | undefined {
  const given = Object.entries(ANSWER_MEMBERS).filter(([name]) => fields[name] !== undefined);
  if (given.length === 0) return undefined;
  return Object.fromEntries(given.map(([name, shape]) => [name, shape.read(fields[name], `${field}.${name}`)]));
}
