import { isJsonObject } from '../../core/json.ts';
import type { Json, JsonObject } from '../../core/json.ts';
import { type PlainChunk, readPlainChunk } from './plain-event.ts';
import { parseObject } from '../../wire/json-object.ts';
import { parseEvent } from '../../wire/sse-event.ts';
import { chatUsage } from './token-usage.ts';
import type { EventFacts } from '../types.ts';

/** What chat and legacy completions have in common: chunks with choices, `data: [DONE]` at the end. */

export interface ChunkChoice {
  readonly index: number;
  /** Undefined while the choice goes on. */
  readonly finish?: string;
}

export interface Chunk extends EventFacts {
  readonly choices: readonly ChunkChoice[];
  /** The payload is no JSON object. */
  readonly unreadable?: boolean;
}

/** What almost every chunk says of its choices. */
const FIRST_CHOICE: readonly ChunkChoice[] = [{ index: 0 }];

/** Reads one event. Never throws. */
export function readChunk(event: Buffer): Chunk {
  const plain = readPlainChunk(event);
  if (plain !== undefined) return factsOf(plain);
  const { event: name, data } = parseEvent(event);
  if (data.trim() === '[DONE]') return { kind: 'end', choices: [] };
  if (data === '' && name !== 'error') return { kind: 'other', choices: [] };
  const chunk = parseObject(data);
  if (name === 'error' || isError(chunk?.['error'])) {
    return { kind: 'error', message: errorMessage(chunk) ?? data, choices: [] };
  }
  if (chunk === undefined) return { kind: 'other', choices: [], unreadable: true };
  const choices = objectsOf(chunk['choices']);
  const usage = chatUsage(chunk['usage']);
  return {
    kind: choices.some(hasContent) ? 'content' : 'open',
    ...idOf(chunk['id']),
    ...(usage === undefined ? {} : { usage }),
    choices: choices.map(readChoice),
  };
}

function factsOf({ id, index, content }: PlainChunk): Chunk {
  const kind = content ? 'content' : 'open';
  const choices = index === 0 ? FIRST_CHOICE : [{ index }];
  return id === '' ? { kind, choices } : { kind, id, choices };
}

/** The provider's message of an `error` member or event; undefined when it has none. */
export function errorMessage(payload: JsonObject | undefined): string | undefined {
  const error = payload?.['error'] ?? payload;
  if (typeof error === 'string') return error;
  return isJsonObject(error) && typeof error['message'] === 'string' ? error['message'] : undefined;
}

export function isError(member: Json | undefined): boolean {
  return member !== undefined && member !== null;
}

export function objectsOf(array: Json | undefined): JsonObject[] {
  return Array.isArray(array) ? array.filter((element) => isJsonObject(element)) : [];
}

function idOf(id: Json | undefined): { id?: string } {
  return typeof id === 'string' && id !== '' ? { id } : {};
}

/** Index and finish_reason of a choice, streamed or not. */
export function readChoice(choice: JsonObject): ChunkChoice {
  const { index, finish_reason: finish } = choice;
  return {
    index: typeof index === 'number' ? index : 0,
    ...(typeof finish === 'string' && finish !== '' ? { finish } : {}),
  };
}

/** Anything beyond a role and empty strings: text, refusal, calls, reasoning, audio, or the end of the choice. */
function hasContent(choice: JsonObject): boolean {
  if (readChoice(choice).finish !== undefined) return true;
  if (typeof choice['text'] === 'string') return choice['text'] !== '';
  const delta = choice['delta'];
  if (!isJsonObject(delta)) return false;
  return Object.entries(delta).some(([name, value]) => name !== 'role' && !isEmpty(value));
}

function isEmpty(value: Json): boolean {
  if (value === null || value === '') return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}
