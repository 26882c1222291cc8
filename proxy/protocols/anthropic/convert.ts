import type { Json, JsonObject } from '../../core/json.ts';
import { isExactObject, numberOf, parseExact } from '../../wire/json-exact.ts';
import { parseEvent } from '../../wire/sse-event.ts';
import { mergeValues } from '../openai/chunk-merge.ts';
import { parseAnswer } from '../openai/chunk-writer.ts';
import { textPieces } from '../openai/text-pieces.ts';

/** Blocks whose input comes in pieces of JSON. */
const CALLS = new Set(['tool_use', 'server_tool_use', 'mcp_tool_use']);

/** Counters that are known only at the end of a stream. */
const FINAL_USAGE = ['output_tokens', 'output_tokens_details', 'server_tool_use', 'iterations'];

/** The message that the stream's generation would have given unary. Takes a stream that has ended. */
export function assembleMessage(events: readonly Buffer[]): Buffer {
  let message: JsonObject = {};
  const blocks: OpenBlock[] = [];
  for (const event of events) {
    const payload = payloadOf(event);
    const { type } = payload;
    if (type === 'message_start') message = objectOf(payload['message']);
    else if (type === 'content_block_start') blocks.push(new OpenBlock(objectOf(payload['content_block'])));
    else if (type === 'content_block_delta') blocks.at(-1)?.add(objectOf(payload['delta']));
    else if (type === 'message_delta') message = withEnd(message, payload);
  }
  return Buffer.from(JSON.stringify({ ...message, content: blocks.map((block) => block.whole()) }));
}

/** A block with its deltas so far. */
class OpenBlock {
  #block: JsonObject;
  #json = '';

  constructor(start: JsonObject) {
    this.#block = start;
  }

  add({ type, ...members }: JsonObject): void {
    if (type === 'input_json_delta')
      this.#json += typeof members['partial_json'] === 'string' ? members['partial_json'] : '';
    else if (type === 'citations_delta') {
      const { citations } = this.#block;
      const before = Array.isArray(citations) ? citations : [];
      // Citations stand in front in a block that has some.
      this.#block = { citations: [], ...this.#block };
      this.#block['citations'] = [...before, members['citation'] ?? null];
    } else {
      const merged = Object.entries(members).map(([name, piece]) => [name, mergePiece(this.#block[name], piece, name)]);
      this.#block = { ...this.#block, ...Object.fromEntries(merged) };
    }
  }

  whole(): JsonObject {
    return this.#json === '' ? this.#block : { ...this.#block, input: parsed(this.#json) };
  }
}

function mergePiece(before: Json | undefined, piece: Json, name: string): Json {
  if (typeof before === 'string' && typeof piece === 'string') return before + piece;
  return mergeValues(before, piece, name);
}

/** Arguments that a limit cut off are none. */
function parsed(json: string): Json {
  try {
    return parseExact(json);
  } catch {
    return {};
  }
}

/** What `message_delta` says last: its counters replace those of the start. */
function withEnd(message: JsonObject, payload: JsonObject): JsonObject {
  const { type: _, delta, usage, ...more } = payload;
  const counted = { ...objectOf(message['usage']), ...objectOf(usage) };
  return {
    ...message,
    ...objectOf(delta),
    ...present({ usage: Object.keys(counted).length === 0 ? undefined : counted }),
    ...more,
  };
}

/** The events that a unary message's generation would have given. Throws for a body that is not a JSON object. */
export function synthesiseMessage(body: Buffer): Buffer[] {
  const message = parseAnswer(body);
  const { content, usage, stop_reason, stop_sequence, stop_details, container, context_management } = message;
  const start = {
    ...inOrder(message, { content: [], stop_reason: null, stop_sequence: null, stop_details: null }),
    ...present({ usage: usage === undefined ? undefined : usageAtStart(usage) }),
  };
  const end = {
    stop_reason: stop_reason ?? null,
    stop_sequence: stop_sequence ?? null,
    ...present({ stop_details, container }),
  };
  return [
    frame('message_start', { message: start }),
    ...blocksOf(content).flatMap((block, index) => blockEvents(block, index)),
    frame('message_delta', {
      delta: end,
      ...present({ usage: usage === undefined ? undefined : usageAtEnd(usage), context_management }),
    }),
    frame('message_stop', {}),
  ];
}

/** The message in the order of its members, with those of its beginning; what is known only at the end is left out. */
function inOrder(message: JsonObject, beginning: JsonObject): JsonObject {
  const members = Object.entries(message)
    .filter(([name]) => name !== 'container' && name !== 'context_management')
    .map(([name, value]) => [name, name in beginning ? beginning[name] : value]);
  return Object.fromEntries(members) as JsonObject;
}

function usageAtStart(usage: Json): Json {
  if (!isExactObject(usage)) return usage;
  const members = Object.entries(usage).filter(([name]) => name === 'output_tokens' || !FINAL_USAGE.includes(name));
  const output = Math.min(1, numberOf(usage['output_tokens']) ?? 0);
  return { ...Object.fromEntries(members), ...('output_tokens' in usage ? { output_tokens: output } : {}) };
}

/** Input counters are repeated, as the API does. */
function usageAtEnd(usage: Json): Json {
  if (!isExactObject(usage)) return usage;
  const repeated = ['input_tokens', 'cache_creation_input_tokens', 'cache_read_input_tokens', ...FINAL_USAGE];
  return Object.fromEntries(Object.entries(usage).filter(([name]) => repeated.includes(name)));
}

function blockEvents(block: JsonObject, index: number): Buffer[] {
  const { start, deltas } = inPieces(block);
  return [
    frame('content_block_start', { index, content_block: start }),
    ...deltas.map((delta) => frame('content_block_delta', { index, delta })),
    frame('content_block_stop', { index }),
  ];
}

interface Pieces {
  readonly start: JsonObject;
  readonly deltas: readonly JsonObject[];
}

function inPieces(block: JsonObject): Pieces {
  const { type, text, thinking, signature, citations, input, content } = block;
  if (type === 'text' && typeof text === 'string') {
    const cited = Array.isArray(citations) ? citations : [];
    return {
      start: { ...block, ...(Array.isArray(citations) ? { citations: [] } : {}), text: '' },
      deltas: [
        ...cited.map((citation) => ({ type: 'citations_delta', citation })),
        ...textPieces(text).map((piece) => ({ type: 'text_delta', text: piece })),
      ],
    };
  }
  if (type === 'thinking' && typeof thinking === 'string') {
    const signed = typeof signature === 'string' ? [{ type: 'signature_delta', signature }] : [];
    return {
      start: { ...block, thinking: '', ...(signed.length === 0 ? {} : { signature: '' }) },
      deltas: [...textPieces(thinking).map((piece) => ({ type: 'thinking_delta', thinking: piece })), ...signed],
    };
  }
  if (typeof type === 'string' && CALLS.has(type) && isExactObject(input)) {
    const json = Object.keys(input).length === 0 ? [] : textPieces(JSON.stringify(input));
    const pieces = ['', ...json];
    return {
      start: { ...block, input: {} },
      deltas: pieces.map((piece) => ({ type: 'input_json_delta', partial_json: piece })),
    };
  }
  if (type === 'compaction' && typeof content === 'string') {
    return { start: { ...block, content: null }, deltas: [{ type: 'compaction_delta', content }] };
  }
  return { start: block, deltas: [] };
}

function blocksOf(content: Json | undefined): JsonObject[] {
  return Array.isArray(content) ? content.filter((block) => isExactObject(block)) : [];
}

/** Members that have a value. */
function present(members: Readonly<Record<string, Json | undefined>>): JsonObject {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as JsonObject;
}

function frame(type: string, fields: object): Buffer {
  return Buffer.from(`event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`);
}

function payloadOf(event: Buffer): JsonObject {
  const { data } = parseEvent(event);
  return data === '' ? {} : objectOf(parseExact(data));
}

function objectOf(value: Json | undefined): JsonObject {
  return isExactObject(value) ? value : {};
}
