import { randomBytes } from 'node:crypto';
import { isJsonObject, type Json, type JsonObject } from '../core/json.ts';

/** Beginnings of the ids of items, by their type. */
const PREFIXES: Readonly<Record<string, string>> = {
  message: 'msg',
  reasoning: 'rs',
  function_call: 'fc',
  function_call_output: 'fc',
  custom_tool_call: 'ctc',
  custom_tool_call_output: 'ctc',
};
const WITHOUT_STATUS = new Set(['reasoning', 'item_reference']);

/** A new id: the prefix and 48 hexadecimal digits, as the provider's are. */
export function newId(prefix: string): string {
  return `${prefix}_${randomBytes(24).toString('hex')}`;
}

/** The `input` of a request as items; a text is one message of the user. */
export function inputItems(input: Json | undefined): readonly JsonObject[] {
  if (typeof input === 'string') return [{ type: 'message', role: 'user', content: input }];
  return Array.isArray(input) ? input.filter(isJsonObject) : [];
}

/** An item as the API lists it: with an id, a status, and its content in parts. */
export function listedItem(item: JsonObject): JsonObject {
  const { id, type: written, status, ...rest } = item;
  const type = typeof written === 'string' && written !== '' ? written : 'message';
  const named = typeof id === 'string' && id !== '' ? id : newId(PREFIXES[type] ?? 'item');
  const head = { id: named, type, ...(WITHOUT_STATUS.has(type) ? {} : { status: status ?? 'completed' }) };
  if (type !== 'message') return { ...head, ...rest };
  const role = typeof rest['role'] === 'string' ? rest['role'] : 'user';
  return { ...head, ...rest, role, content: partsOf(rest['content'] ?? [], role) };
}

function partsOf(content: Json, role: string): Json {
  if (typeof content !== 'string') return content;
  if (role === 'assistant') return [{ type: 'output_text', annotations: [], logprobs: [], text: content }];
  return [{ type: 'input_text', text: content }];
}

/**
 * The items of an answer as the input of a request that goes on from it. An endpoint that keeps nothing knows no thought
 * by its id: one without its encrypted content is left out, and then the others lose their ids, by which a provider would
 * miss it.
 */
export function continued(output: Json | undefined): readonly JsonObject[] {
  const items = Array.isArray(output) ? output.filter(isJsonObject) : [];
  const whole = items.filter(
    ({ type, encrypted_content: sealed }) => type !== 'reasoning' || typeof sealed === 'string',
  );
  return whole.length === items.length ? whole : whole.map(withoutId);
}

function withoutId(item: JsonObject): JsonObject {
  if (item['type'] === 'reasoning' || item['type'] === 'item_reference') return item;
  const { id: _id, ...rest } = item;
  return rest;
}
