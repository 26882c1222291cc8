import type { Json, JsonObject } from '../../core/json.ts';
import { elements, joinOrLast, joinText, lastText, mergeChunks, mergeLast, mergeObjects, omit } from './chunk-merge.ts';
import { mergeContent } from './content-parts.ts';
import { splitCalls } from './tool-call-pieces.ts';
import { isExactObject } from '../../wire/json-exact.ts';

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
  const { message: snapshot, ...rest } = omit(mergeLast(pieces), CHOICE);
  const message = assembleMessage(elements(pieces.map((piece) => piece['delta'] ?? null)));
  return {
    index,
    // Some servers repeat the message as it is so far beside every delta.
    message: isExactObject(snapshot) ? { ...snapshot, ...message } : message,
    logprobs: assembleLogprobs(pieces, message.content === null),
    finish_reason: lastText(pieces, 'finish_reason') ?? null,
    ...rest,
    ...(pieces.some((piece) => typeof piece['text'] === 'string') ? { text: joinText(pieces, 'text') } : {}),
  };
}

const CHOICE = ['index', 'delta', 'logprobs', 'finish_reason'];
const KNOWN = ['role', 'content', 'tool_calls', 'function_call', 'refusal', 'annotations', 'audio'];

function assembleMessage(deltas: readonly JsonObject[]) {
  const calls = splitCalls(deltas.map((delta) => elements(delta['tool_calls']))).map(assembleCall);
  const functionCalls = elements(deltas.map((delta) => delta['function_call'] ?? null));
  const audio = elements(deltas.map((delta) => delta['audio'] ?? null));
  const refusal = joinOrLast(deltas, 'refusal') || null;
  const content = mergeContent(deltas.map((delta) => delta['content'] ?? null));
  // The first delta opens with empty text before the provider knows that something else comes instead.
  const instead = calls.length > 0 || functionCalls.length > 0 || audio.length > 0 || refusal !== null;
  return {
    role: lastText(deltas, 'role') ?? 'assistant',
    content: content === '' && instead ? null : content,
    ...(calls.length > 0 ? { tool_calls: calls } : lastOf(deltas, 'tool_calls')),
    ...(functionCalls.length > 0
      ? { function_call: assembleFunction(functionCalls) }
      : lastOf(deltas, 'function_call')),
    refusal,
    annotations: deltas.flatMap((delta) => (Array.isArray(delta['annotations']) ? delta['annotations'] : [])),
    ...(audio.length > 0 ? { audio: assembleAudio(audio) } : lastOf(deltas, 'audio')),
    ...mergeObjects(deltas.map((delta) => omit(delta, KNOWN))),
  };
}

/** What a server sends in place of calls or sound: null, an empty list. */
function lastOf(deltas: readonly JsonObject[], name: string): JsonObject {
  const value = deltas.findLast((delta) => delta[name] !== undefined)?.[name];
  return value === undefined ? {} : { [name]: value };
}

function assembleCall(pieces: readonly JsonObject[]): object {
  const functions = elements(pieces.map((piece) => piece['function'] ?? null));
  const custom = elements(pieces.map((piece) => piece['custom'] ?? null));
  return {
    id: lastText(pieces, 'id'),
    type: lastText(pieces, 'type') ?? (custom.length > 0 ? 'custom' : 'function'),
    ...(functions.length > 0 ? { function: assembleFunction(functions) } : lastOf(pieces, 'function')),
    ...(custom.length > 0
      ? {
          custom: {
            name: lastText(custom, 'name'),
            input: joinOrLast(custom, 'input'),
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
    arguments: joinOrLast(pieces, 'arguments'),
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
