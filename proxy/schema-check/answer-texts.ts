import { isJsonObject, type Json, type JsonObject } from '../core/json.ts';
import type { SchemaFamily } from './types.ts';

/**
 * The texts of an answer that are to fit the schema, each by itself. None where the model refused, was stopped by a filter, or
 * calls tools first: that is an answer, and no schema concerns it. Undefined where the body is no answer of the family.
 */
export function answerTexts(family: SchemaFamily, answer: Json): readonly string[] | undefined {
  return isJsonObject(answer) ? READERS[family](answer) : undefined;
}

const READERS: Readonly<Record<SchemaFamily, (answer: JsonObject) => readonly string[] | undefined>> = {
  chat: ({ choices }) => inEach(choices, choiceText),
  responses: ({ output, incomplete_details: incomplete }) => {
    if (!Array.isArray(output)) return undefined;
    if (isJsonObject(incomplete) && incomplete['reason'] === 'content_filter') return [];
    return outputText(objectsIn(output));
  },
  messages: ({ content, stop_reason: reason }) => {
    if (!Array.isArray(content)) return undefined;
    const blocks = objectsIn(content);
    const isExempt = reason === 'refusal' || reason === 'pause_turn' || blocks.some(({ type }) => type === 'tool_use');
    return isExempt ? [] : [lastText(blocks, ({ type }) => type === 'text')];
  },
  gemini: ({ candidates, promptFeedback }) => {
    if (isJsonObject(promptFeedback) && typeof promptFeedback['blockReason'] === 'string') return [];
    return inEach(candidates, candidateText);
  },
};

/** The texts of those choices that are to fit; `read` gives undefined for the others. */
function inEach(choices: Json | undefined, read: (choice: JsonObject) => string | undefined): string[] | undefined {
  const objects = objectsIn(choices);
  return objects.length === 0 ? undefined : objects.map(read).filter((text) => text !== undefined);
}

function choiceText({ message, finish_reason: reason }: JsonObject): string | undefined {
  if (!isJsonObject(message)) return '';
  const { content, refusal, tool_calls: calls, function_call: call } = message;
  const isRefusal = (typeof refusal === 'string' && refusal !== '') || reason === 'content_filter';
  if (isRefusal || objectsIn(calls).length > 0 || isJsonObject(call)) return undefined;
  return typeof content === 'string' ? content : textOf(objectsIn(content).filter(({ type }) => type === 'text'));
}

/** Messages before the last one say what the model is about to do. */
function outputText(items: readonly JsonObject[]): readonly string[] {
  const messages = items.filter(({ type }) => type === 'message').map(({ content }) => objectsIn(content));
  const isRefusal = messages.some((parts) => parts.some(({ type }) => type === 'refusal'));
  if (isRefusal || items.some(({ type }) => typeof type === 'string' && CLIENTS_CALLS.has(type))) return [];
  return [textOf((messages.at(-1) ?? []).filter(({ type }) => type === 'output_text'))];
}

/** Items that the client has to answer before there is a last message. */
const CLIENTS_CALLS: ReadonlySet<string> = new Set([
  'function_call',
  'custom_tool_call',
  'computer_call',
  'local_shell_call',
  'apply_patch_call',
  'mcp_approval_request',
]);

function candidateText({ content, finishReason }: JsonObject): string | undefined {
  if (typeof finishReason === 'string' && FILTERED.has(finishReason)) return undefined;
  const parts = objectsIn(isJsonObject(content) ? content['parts'] : undefined);
  if (parts.some(({ functionCall }) => isJsonObject(functionCall))) return undefined;
  return lastText(
    parts.filter(({ thought }) => thought !== true),
    ({ text }) => typeof text === 'string',
  );
}

/** Ends that say why Gemini gives no answer. */
const FILTERED: ReadonlySet<string> = new Set(['SAFETY', 'RECITATION', 'BLOCKLIST', 'PROHIBITED_CONTENT', 'SPII']);

/** The text after the last part of another kind: what a tool of the provider's own stands before is no part of the answer. */
function lastText(parts: readonly JsonObject[], isText: (part: JsonObject) => boolean): string {
  return textOf(parts.slice(parts.findLastIndex((part) => !isText(part)) + 1));
}

function textOf(parts: readonly JsonObject[]): string {
  return parts.map(({ text }) => (typeof text === 'string' ? text : '')).join('');
}

function objectsIn(value: Json | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter((one) => isJsonObject(one)) : [];
}
