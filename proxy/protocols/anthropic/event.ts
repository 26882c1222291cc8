import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';
import { numberOf } from '../../wire/json-exact.ts';
import { parseObject } from '../../wire/json-object.ts';
import { parseEvent } from '../../wire/sse-event.ts';
import { MAX_PLAIN_BYTES, STRING } from '../plain-json.ts';
import { tokenUsage } from '../token-usage.ts';
import type { EventFacts, EventKind, TokenUsage } from '../types.ts';

/** What one event of a message stream means, with what of its payload the judge looks at. */
export interface MessageEvent extends EventFacts {
  readonly type?: string;
  readonly payload?: JsonObject;
  /** Index of the block, for events about one. */
  readonly index?: number;
  /** A delta whose text is part of the answer and not empty. */
  readonly answers?: boolean;
  /** The payload is no JSON object. */
  readonly unreadable?: boolean;
  /** For kind `error`: in a form that the SDK throws on, so that the client has been told. */
  readonly reported?: boolean;
}

const KINDS: Readonly<Record<string, EventKind>> = {
  message_start: 'open',
  ping: 'open',
  content_block_delta: 'content',
  // An empty block says nothing yet: its first delta does.
  content_block_stop: 'open',
  message_delta: 'content',
  message_stop: 'end',
};

const INDEX = String.raw`(0|[1-9]\d{0,8})`;

/**
 * A delta of text, thinking or arguments, with the padding of up to 15 spaces that the API puts before the last brace.
 * Captures: index, kind, member, value.
 */
const DELTA = new RegExp(
  String.raw`^event: ?content_block_delta\r?\ndata: ?\{"type":"content_block_delta","index":${INDEX},` +
    String.raw`"delta":\{"type":"(text|thinking|input_json)_delta","(text|thinking|partial_json)":(${STRING})\} *\}\s*$`,
);

/** Reads bytes that are one ordinary delta, without parsing them; undefined for anything else, several events included. */
export function readOrdinaryDelta(bytes: Buffer): MessageEvent | undefined {
  if (bytes.length > MAX_PLAIN_BYTES) return undefined;
  const match = DELTA.exec(bytes.toString('latin1'));
  if (match === null) return undefined;
  const [, index, kind, member, value] = match;
  if (member !== (kind === 'input_json' ? 'partial_json' : kind)) return undefined;
  return {
    type: 'content_block_delta',
    kind: 'content',
    index: Number(index),
    answers: kind === 'text' && value !== '""',
  };
}

/** Reads one event of a message stream. Never throws. */
export function readMessageEvent(event: Buffer): MessageEvent {
  const ordinary = readOrdinaryDelta(event);
  if (ordinary !== undefined) return ordinary;
  const { event: name, data } = parseEvent(event);
  if (data === '' && name !== 'error') return { kind: 'other' };
  const payload = parseObject(data);
  const type = typeof payload?.['type'] === 'string' ? payload['type'] : name;
  if (type === 'error' || name === 'error' || isJsonObject(payload?.['error'])) {
    return {
      kind: 'error',
      message: errorMessage(payload) ?? data,
      // Data without an `event` line is dropped by the SDK.
      reported: name === 'error',
      ...(payload === undefined ? {} : { error: payload }),
    };
  }
  if (payload === undefined) return { kind: 'other', unreadable: true };
  return { ...(type === undefined ? {} : { type }), payload, ...factsOf(type, payload) };
}

function factsOf(type: string | undefined, payload: JsonObject): Omit<MessageEvent, 'type' | 'payload'> {
  const kind = KINDS[type ?? ''] ?? 'other';
  const index = numberOf(payload['index']);
  const at = index === undefined ? {} : { index };
  if (type === 'content_block_start') {
    const block = objectOf(payload['content_block']);
    return { kind: opens(block) ? 'open' : 'content', answers: answers(block), ...at };
  }
  if (type === 'content_block_delta') {
    const delta = objectOf(payload['delta']);
    return { kind, answers: delta['type'] === 'text_delta' && delta['text'] !== '', ...at };
  }
  if (type === 'message_start') {
    const { id, usage } = objectOf(payload['message']);
    const promptUsage = isJsonObject(usage) ? messageUsage({ ...usage, output_tokens: 0 }) : undefined;
    return {
      kind,
      ...(typeof id === 'string' && id !== '' ? { id } : {}),
      ...(promptUsage === undefined ? {} : { promptUsage }),
    };
  }
  const usage = type === 'message_delta' ? messageUsage(payload['usage']) : undefined;
  return { kind, ...(usage === undefined ? {} : { usage }), ...at };
}

/** Whether a block that begins carries nothing yet. */
function opens({ type, text, thinking }: JsonObject): boolean {
  return (type === 'text' && text === '') || (type === 'thinking' && thinking === '');
}

/** Whether a block, as it stands, is part of an answer: thoughts alone are none, nor is empty text. */
export function answers({ type, text }: JsonObject): boolean {
  if (type === 'thinking' || type === 'redacted_thinking') return false;
  return type !== 'text' || (typeof text === 'string' && text !== '');
}

/** The text that an event carries: the answer, thoughts, arguments. */
export function messageText(event: Buffer): string {
  const payload = parseObject(parseEvent(event).data);
  const delta = objectOf(payload?.['delta']);
  const block = objectOf(payload?.['content_block']);
  const texts = [delta['text'], delta['thinking'], delta['partial_json'], block['name']];
  return texts.filter((text) => typeof text === 'string').join('');
}

/** Passes of the model that are billed as its own: what an advisor said is another model's. */
const OWN_PASSES: ReadonlySet<unknown> = new Set(['message', 'compaction']);

/**
 * Reads `usage`; undefined when it does not say what the request cost. Tokens that were read from or written to the cache
 * stand beside `input_tokens`, which excludes them. With several passes (`iterations`) the members at the top are the last one's.
 */
export function messageUsage(usage: Json | undefined): TokenUsage | undefined {
  if (!isJsonObject(usage)) return undefined;
  if (numberOf(usage['input_tokens']) === undefined || numberOf(usage['output_tokens']) === undefined) return undefined;
  const { iterations } = usage;
  const passes = Array.isArray(iterations) ? iterations.filter(isJsonObject) : [];
  const own = passes.filter(({ type }) => OWN_PASSES.has(type));
  const counted = own.length === 0 ? [usage] : own;
  const sum = (name: string): number | undefined => {
    const counts = counted.map((pass) => numberOf(pass[name])).filter((count) => count !== undefined);
    return counts.length === 0 ? undefined : counts.reduce((total, count) => total + count, 0);
  };
  const read = sum('cache_read_input_tokens');
  const written = sum('cache_creation_input_tokens');
  const reasoning = numberOf(objectOf(usage['output_tokens_details'])['thinking_tokens']);
  const total = (sum('input_tokens') ?? 0) + (read ?? 0) + (written ?? 0);
  return tokenUsage(
    { input: total, output: sum('output_tokens') ?? 0 },
    { cachedInput: read, cacheWrite: written, reasoning },
  );
}

/** The message of an error body; undefined when it has none. */
export function errorMessage(payload: JsonObject | undefined): string | undefined {
  const error = payload?.['error'] ?? payload;
  if (typeof error === 'string') return error;
  const { message } = objectOf(error);
  return typeof message === 'string' ? message : undefined;
}

/** The value where it is an object, else an empty one. */
export function objectOf(value: Json | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}
