import type { Json, JsonObject } from '../../core/json.ts';
import { elements, joinText, lastText, mergeChunks, mergeObjects, omit } from './chunk-merge.ts';
import { isExactObject, numberOf } from '../../wire/json-exact.ts';

/**
 * The chat.completion that the stream's generation would have given unary: order of members as the real API writes it,
 * two spaces deep, members we do not know kept. Takes a complete stream.
 */
export function assembleChat(events: readonly Buffer[]): Buffer {
  const { top, choices } = mergeChunks(events);
  const { id, created, model, usage, service_tier, system_fingerprint, ...rest } = top;
  const body = {
    id,
    object: 'chat.completion',
    created,
    model,
    choices: choices.map(([index, pieces]) => assembleChoice(index, pieces)),
    usage,
    service_tier,
    system_fingerprint,
    ...rest,
  };
  return Buffer.from(JSON.stringify(body, null, 2));
}

function assembleChoice(index: number, pieces: readonly JsonObject[]): object {
  const message = assembleMessage(elements(pieces.map((piece) => piece['delta'] ?? null)));
  return {
    index,
    message,
    logprobs: assembleLogprobs(pieces, message.content === null),
    finish_reason: lastText(pieces, 'finish_reason') ?? null,
    ...omit(mergeLast(pieces), ['index', 'delta', 'logprobs', 'finish_reason']),
  };
}

const KNOWN = ['role', 'content', 'tool_calls', 'function_call', 'refusal', 'annotations', 'audio'];

function assembleMessage(deltas: readonly JsonObject[]) {
  const calls = assembleCalls(deltas.flatMap((delta) => elements(delta['tool_calls'])));
  const functionCalls = elements(deltas.map((delta) => delta['function_call'] ?? null));
  const audio = elements(deltas.map((delta) => delta['audio'] ?? null));
  const refusal = joinText(deltas, 'refusal') || null;
  const content = joinText(deltas, 'content');
  // The first delta opens with empty text before the provider knows that something else comes instead.
  const instead = calls.length > 0 || functionCalls.length > 0 || audio.length > 0 || refusal !== null;
  return {
    role: lastText(deltas, 'role') ?? 'assistant',
    content: content === '' && instead ? null : content,
    ...(calls.length > 0 ? { tool_calls: calls } : {}),
    ...(functionCalls.length > 0 ? { function_call: assembleFunction(functionCalls) } : {}),
    refusal,
    annotations: deltas.flatMap((delta) => (Array.isArray(delta['annotations']) ? delta['annotations'] : [])),
    ...(audio.length > 0 ? { audio: assembleAudio(audio) } : {}),
    ...mergeObjects(deltas.map((delta) => omit(delta, KNOWN))),
  };
}

/** Tool calls by their `index`; a server that sends none starts a call with each new id. */
function assembleCalls(entries: readonly JsonObject[]): object[] {
  const calls = new Map<number, JsonObject[]>();
  for (const entry of entries) {
    const index = numberOf(entry['index']) ?? (entry['id'] ? calls.size : Math.max(calls.size - 1, 0));
    calls.set(index, [...(calls.get(index) ?? []), entry]);
  }
  return [...calls].toSorted(([a], [b]) => a - b).map(([, pieces]) => assembleCall(pieces));
}

function assembleCall(pieces: readonly JsonObject[]): object {
  const functions = elements(pieces.map((piece) => piece['function'] ?? null));
  const custom = elements(pieces.map((piece) => piece['custom'] ?? null));
  return {
    id: lastText(pieces, 'id'),
    type: lastText(pieces, 'type') ?? (custom.length > 0 ? 'custom' : 'function'),
    ...(functions.length > 0 ? { function: assembleFunction(functions) } : {}),
    ...(custom.length > 0
      ? {
          custom: {
            name: lastText(custom, 'name'),
            input: joinText(custom, 'input') ?? '',
            ...omit(mergeLast(custom), ['name', 'input']),
          },
        }
      : {}),
    ...omit(mergeLast(pieces), ['index', 'id', 'type', 'function', 'custom']),
  };
}

function assembleFunction(pieces: readonly JsonObject[]): object {
  return {
    name: lastText(pieces, 'name'),
    arguments: joinText(pieces, 'arguments') ?? '',
    ...omit(mergeLast(pieces), ['name', 'arguments']),
  };
}

function assembleAudio(pieces: readonly JsonObject[]): object {
  const { expires_at, ...rest } = omit(mergeLast(pieces), ['id', 'data', 'transcript']);
  return {
    id: lastText(pieces, 'id'),
    expires_at,
    data: joinBase64(pieces.map((piece) => piece['data']).filter((data) => typeof data === 'string')),
    transcript: joinText(pieces, 'transcript') ?? '',
    ...rest,
  };
}

/** Pieces are either slices of one base64 text, or each padded for itself. */
function joinBase64(pieces: readonly string[]): string {
  if (!pieces.slice(0, -1).some((piece) => piece.endsWith('='))) return pieces.join('');
  return Buffer.concat(pieces.map((piece) => Buffer.from(piece, 'base64'))).toString('base64');
}

function assembleLogprobs(pieces: readonly JsonObject[], noContent: boolean): Json | undefined {
  const values = pieces.flatMap((piece) => (piece['logprobs'] === undefined ? [] : [piece['logprobs']]));
  // Reasoning models have no such member at all.
  if (values.length === 0) return undefined;
  const objects = elements(values);
  if (objects.length === 0) return null;
  const { content = null, refusal = null, ...rest } = mergeObjects(objects);
  const empty = Array.isArray(content) && content.length === 0 && noContent;
  return { content: empty ? null : content, refusal, ...rest };
}

/** Members of all objects: of each the last value that is not null, objects member by member. */
function mergeLast(objects: readonly JsonObject[]): JsonObject {
  const merged = new Map<string, Json>();
  for (const object of objects) {
    for (const [key, value] of Object.entries(object)) {
      const before = merged.get(key);
      if (isExactObject(before) && isExactObject(value)) merged.set(key, { ...before, ...value });
      else if (before === undefined || value !== null) merged.set(key, value);
    }
  }
  return Object.fromEntries(merged);
}
