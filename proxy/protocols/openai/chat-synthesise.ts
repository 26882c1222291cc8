import type { Json, JsonObject } from '../../core/json.ts';
import { ChunkWriter, DONE, parseAnswer, tokenPieces } from './chunk-writer.ts';
import { elements, isTextName, omit } from './chunk-merge.ts';
import { isExactObject } from '../../wire/json-exact.ts';
import { textPieces } from './text-pieces.ts';

/**
 * The chunks that a unary answer's generation would have given, with the usage chunk and `[DONE]`. Without obfuscation:
 * it hides the lengths of tokens from those who watch the wire, and a replay is one write.
 */
export function synthesiseChat(body: Buffer): Buffer[] {
  const { id, object: _, created, model, service_tier, system_fingerprint, ...others } = parseAnswer(body);
  const { choices, usage, moderation, ...unknown } = others;
  const head = { id, object: 'chat.completion.chunk', created, model, service_tier, system_fingerprint };
  // What is no object, whatever it is, has no chunk of its own.
  const rest = { ...unknown, ...unlessObject('moderation', moderation), ...unlessObject('usage', usage) };
  const noUsage = isExactObject(usage) ? { usage: null } : {};
  const writer = new ChunkWriter(head, {});

  const events = elements(choices)
    .flatMap(chunksOf)
    .map((choice, index) => writer.write([choice], index === 0 ? { ...rest, ...noUsage } : noUsage));
  if (isExactObject(usage)) events.push(writer.write([], { usage }));
  if (isExactObject(moderation)) events.push(writer.write([], { moderation, ...noUsage }));
  return [...events, DONE];
}

function unlessObject(name: string, value: Json | undefined): JsonObject {
  return value === undefined || value === null || isExactObject(value) ? {} : { [name]: value };
}

interface Step {
  readonly delta: object;
  readonly logprobs?: Json;
}

/** The choice objects of one choice's chunks, in order. */
function chunksOf(choice: JsonObject): object[] {
  const { index = 0, message, logprobs, finish_reason = null, ...rest } = choice;
  // Reasoning models have no such member at all, so it is undefined here and left out of the JSON.
  const none = logprobs === undefined ? undefined : null;
  const steps = stepsOf(isExactObject(message) ? message : {}, logprobs);
  return [
    ...steps.map((step) => ({ index, delta: step.delta, logprobs: step.logprobs ?? none, finish_reason: null })),
    { index, delta: {}, logprobs: none, finish_reason, ...rest },
  ];
}

const KNOWN = ['role', 'content', 'tool_calls', 'function_call', 'refusal', 'annotations', 'audio'];

function stepsOf(message: JsonObject, logprobs: Json | undefined): Step[] {
  const { content = null, refusal = null, tool_calls, function_call, annotations, audio } = message;
  const extra = Object.entries(omit(message, KNOWN));
  const calls = elements(tool_calls).map(callSteps);
  const wanted = isExactObject(logprobs) ? logprobs : undefined;
  return [
    {
      delta: openingDelta(message, calls),
      ...(wanted === undefined
        ? {}
        : { logprobs: { content: [], refusal: null, ...omit(wanted, ['content', 'refusal']) } }),
    },
    ...extra.flatMap(([key, value]) => extraSteps(key, value)),
    ...textSteps('content', content, wanted),
    ...textSteps('refusal', refusal, wanted),
    ...calls.flatMap((steps) => (opensWithCall(message, calls) ? steps.slice(1) : steps)),
    ...(isExactObject(function_call) ? argumentSteps(function_call) : []),
    ...(isExactObject(audio) ? audioSteps(audio) : []),
    ...(Array.isArray(annotations) && annotations.length > 0 ? [{ delta: { annotations } }] : []),
  ];
}

/** The first delta: the role and, as the real API does it, a lone tool call's head. */
function openingDelta(message: JsonObject, calls: readonly Step[][]): object {
  const { role = 'assistant', content = null, refusal = null, function_call } = message;
  const extra = Object.fromEntries(Object.entries(message).filter(([name, value]) => saysNothing(name, value)));
  if (typeof refusal === 'string') return { role, content: null, refusal: '', ...extra };
  if (opensWithCall(message, calls)) return { role, content: null, ...calls[0]?.[0]?.delta, refusal: null, ...extra };
  if (isExactObject(function_call)) {
    const opened = typeof function_call['arguments'] === 'string' ? { arguments: '' } : {};
    return { role, content: null, function_call: { ...function_call, ...opened }, refusal: null, ...extra };
  }
  if (calls.length > 0 && content === null) return { role, content, ...extra };
  return { role, content: content === null ? null : '', refusal: null, ...extra };
}

/** Members of other servers without a value, and known ones in a form that no delta has: both stand in the first delta. */
function saysNothing(name: string, value: Json): boolean {
  if (!KNOWN.includes(name)) return value === null;
  if (name === 'tool_calls') return elements(value).length === 0;
  return (name === 'function_call' || name === 'audio') && !isExactObject(value);
}

function opensWithCall(message: JsonObject, calls: readonly Step[][]): boolean {
  return calls.length === 1 && (message['content'] ?? null) === null && (message['refusal'] ?? null) === null;
}

function textSteps(key: 'content' | 'refusal', text: Json, logprobs: JsonObject | undefined): Step[] {
  const entries = logprobs?.[key];
  // A list of parts, as servers with visible thinking have it, goes whole; logprobs without text to them as well.
  if (typeof text !== 'string' || text === '') return wholeSteps(key, text, entries);
  if (!Array.isArray(entries) || entries.length === 0)
    return textPieces(text).map((piece) => ({ delta: { [key]: piece } }));
  return tokenPieces(text, entries).map((piece) => ({
    delta: { [key]: piece.text },
    logprobs: { content: null, refusal: null, [key]: piece.logprobs },
  }));
}

function wholeSteps(key: 'content' | 'refusal', value: Json, entries: Json | undefined): Step[] {
  const logprobs =
    Array.isArray(entries) && entries.length > 0 ? { content: null, refusal: null, [key]: entries } : null;
  if (value === null || value === '') return logprobs === null ? [] : [{ delta: {}, logprobs }];
  return [{ delta: { [key]: value }, ...(logprobs === null ? {} : { logprobs }) }];
}

function callSteps(call: JsonObject, index: number): Step[] {
  const kind = isExactObject(call['custom']) ? 'custom' : 'function';
  const text = kind === 'custom' ? 'input' : 'arguments';
  const body = call[kind];
  if (!isExactObject(body)) return [{ delta: { tool_calls: [{ ...call, index }] } }];
  const whole = body[text] ?? '';
  const pieces = typeof whole === 'string' ? textPieces(whole) : [];
  // The place in the list counts: some servers number every call alike.
  const head = { ...call, index, [kind]: { ...body, [text]: typeof whole === 'string' ? '' : whole } };
  return [
    { delta: { tool_calls: [head] } },
    ...pieces.map((piece) => ({ delta: { tool_calls: [{ index, [kind]: { [text]: piece } }] } })),
  ];
}

function argumentSteps(call: JsonObject): Step[] {
  const text = typeof call['arguments'] === 'string' ? call['arguments'] : '';
  return textPieces(text).map((piece) => ({ delta: { function_call: { arguments: piece } } }));
}

function audioSteps(audio: JsonObject): Step[] {
  const { id, expires_at, data, transcript, ...rest } = audio;
  const words = typeof transcript === 'string' ? textPieces(transcript) : [];
  return [
    { delta: { audio: { id, transcript: '', ...rest } } },
    ...words.map((piece) => ({ delta: { audio: { transcript: piece } } })),
    { delta: { audio: { data } } },
    { delta: { audio: { expires_at } } },
  ];
}

/** Members that other providers add: reasoning_content and other text in pieces, anything else whole. */
function extraSteps(key: string, value: Json): Step[] {
  if (value === null) return [];
  if (typeof value === 'string' && isTextName(key))
    return textPieces(value).map((piece) => ({ delta: { [key]: piece } }));
  return [{ delta: { [key]: value } }];
}
