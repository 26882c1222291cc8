import { isJsonObject, type Json } from '../core/json.ts';
import type { Protocol } from '../protocols/types.ts';
import { parseObject } from '../wire/json-object.ts';

/** The field's rule of thumb for English text. */
const CHARACTERS_PER_TOKEN = 4;
/** Providers send about a token an event; a longer piece holds several. */
const LONGEST_TOKEN = 12;
/** Members of a request that are not part of the prompt. */
const NO_PROMPT = new Set([
  'model',
  'user',
  'metadata',
  'safety_identifier',
  'prompt_cache_key',
  'previous_response_id',
]);

/** Tokens of a request body, counted from its text; pictures and sound that stand in it as data count nothing. */
export function estimateInput(body: Buffer): number {
  const request = parseObject(body.toString('utf8'));
  if (request === undefined) return 0;
  let characters = 0;
  for (const [name, value] of Object.entries(request)) if (!NO_PROMPT.has(name)) characters += textLength(value);
  return Math.ceil(characters / CHARACTERS_PER_TOKEN);
}

/** Tokens of what these events carry. */
export function estimateOutput(protocol: Protocol, events: readonly Buffer[]): number {
  let tokens = 0;
  for (const event of events) {
    const { length } = protocol.outputText(event);
    if (length > 0) tokens += length <= LONGEST_TOKEN ? 1 : Math.round(length / CHARACTERS_PER_TOKEN);
  }
  return tokens;
}

/** Tokens of a whole stream of `total` bytes of which `seen` bytes held `output` tokens. */
export function scaledOutput(output: number, seen: number, total: number): number {
  return seen === 0 ? 0 : Math.round((output * total) / seen);
}

function textLength(value: Json): number {
  if (typeof value === 'string') return value.startsWith('data:') ? 0 : value.length;
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + textLength(item), 0);
  if (!isJsonObject(value)) return 0;
  let length = 0;
  for (const [name, member] of Object.entries(value)) if (name !== 'data') length += textLength(member);
  return length;
}
