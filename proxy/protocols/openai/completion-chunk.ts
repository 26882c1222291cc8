import { isJsonObject } from '../../core/json.ts';
import type { Json, JsonObject } from '../../core/json.ts';
import { type PlainChunk, readPlainChunk } from './plain-event.ts';
import { parseObject } from '../../wire/json-object.ts';
import { parseEvent } from '../../wire/sse-event.ts';
import { chatUsage } from './token-usage.ts';
import type { EventFacts, TokenUsage } from '../types.ts';

/** What chat and legacy completions have in common: chunks with choices, `data: [DONE]` at the end. */

export interface ChunkChoice {
  readonly index: number;
  /** Undefined while the choice goes on. */
  readonly finish?: string;
  /** It carries a part of the answer: text, a refusal, calls, sound; neither a role nor reasoning. */
  readonly answers?: boolean;
}

export interface Chunk extends EventFacts {
  readonly choices: readonly ChunkChoice[];
  /** The payload is no JSON object. */
  readonly unreadable?: boolean;
  /** For kind `error`: in a form that the SDKs throw on, so that the client has been told. */
  readonly reported?: boolean;
}

/** What almost every chunk says of its choices. */
const FIRST_CHOICE: readonly ChunkChoice[] = [{ index: 0 }];
const FIRST_ANSWERS: readonly ChunkChoice[] = [{ index: 0, answers: true }];

/** Reads bytes that are one chunk of the kind that streams consist of; undefined for anything else, several events included. */
export function readOrdinary(bytes: Buffer): Chunk | undefined {
  const plain = readPlainChunk(bytes);
  return plain && factsOf(plain);
}

/** Reads one event. Never throws. */
export function readChunk(event: Buffer): Chunk {
  const ordinary = readOrdinary(event);
  if (ordinary !== undefined) return ordinary;
  const { event: name, data } = parseEvent(event);
  if (data.trim() === '[DONE]') return { kind: 'end', mark: true, choices: [] };
  if (data === '' && name !== 'error') return { kind: 'other', choices: [] };
  const chunk = parseObject(data);
  const error = errorIn(name, chunk, data);
  if (error !== undefined) return error;
  if (chunk === undefined) return { kind: 'other', choices: [], unreadable: true };
  const choices = objectsOf(chunk['choices']);
  const usage = usageOf(chunk);
  return {
    kind: choices.some(hasContent) ? 'content' : 'open',
    ...idOf(chunk['id']),
    ...(usage === undefined ? {} : { usage }),
    choices: choices.map(readChunkChoice),
  };
}

function factsOf({ id, index, content, answers }: PlainChunk): Chunk {
  const kind = content ? 'content' : 'open';
  const first = answers ? FIRST_ANSWERS : FIRST_CHOICE;
  const choices = index === 0 ? first : [answering({ index }, answers)];
  return id === '' ? { kind, choices } : { kind, id, choices };
}

/** A failure that a chunk tells of: an error event or member, a flat error object, a choice that ended with an error. */
function errorIn(name: string | undefined, chunk: JsonObject | undefined, data: string): Chunk | undefined {
  const member = isError(chunk?.['error']);
  if (name === 'error' || member) {
    const message = errorMessage(chunk) ?? data;
    return { kind: 'error', message, reported: true, choices: [], ...errorObject(chunk) };
  }
  if (chunk === undefined) return undefined;
  if (isFlatError(chunk)) {
    return { kind: 'error', message: errorMessage(chunk) ?? 'no message', choices: [], error: chunk };
  }
  const failed = objectsOf(chunk['choices']).some((choice) => choice['finish_reason'] === FAILED);
  return failed ? { kind: 'error', message: 'a choice ended with an error', choices: [] } : undefined;
}

/** The finish_reason of a choice that failed at the provider. */
const FAILED = 'error';

function errorObject(chunk: JsonObject | undefined): { error?: JsonObject } {
  return chunk === undefined ? {} : { error: chunk };
}

/** An error without an `error` member, as vLLM and FastAPI servers send it: `{"object":"error","message":…}`. */
export function isFlatError(payload: JsonObject): boolean {
  if (payload['object'] === 'error') return true;
  if ('choices' in payload || 'object' in payload || 'response' in payload) return false;
  const message = payload['message'] ?? payload['detail'] ?? null;
  return typeof message === 'string' || Array.isArray(message);
}

/** The provider's message of an `error` member or event, or of a flat error; undefined when it has none. */
export function errorMessage(payload: JsonObject | undefined): string | undefined {
  const error = payload?.['error'] ?? payload;
  if (typeof error === 'string') return error;
  if (!isJsonObject(error)) return undefined;
  const message = error['message'] ?? error['detail'];
  return typeof message === 'string' ? message : undefined;
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

/** Usage where OpenAI has it, or where Groq does. */
function usageOf(chunk: JsonObject): TokenUsage | undefined {
  const groq = chunk['x_groq'];
  return chatUsage(chunk['usage']) ?? (isJsonObject(groq) ? chatUsage(groq['usage']) : undefined);
}

function readChunkChoice(choice: JsonObject): ChunkChoice {
  return answering(endOf(choice), carriesAnswer(choice['delta'], choice));
}

/** Index, finish_reason and content of a choice of a unary answer. */
export function readChoice(choice: JsonObject): ChunkChoice {
  return answering(endOf(choice), carriesAnswer(choice['message'], choice));
}

function answering(choice: ChunkChoice, answers: boolean): ChunkChoice {
  return answers ? { ...choice, answers } : choice;
}

function endOf(choice: JsonObject): { index: number; finish?: string } {
  const { index, finish_reason: finish } = choice;
  return {
    index: typeof index === 'number' ? index : 0,
    ...(typeof finish === 'string' && finish !== '' ? { finish } : {}),
  };
}

/** Members of a message that are no answer by themselves. */
const NO_ANSWER = /^(?:role$|reasoning|thinking|annotations$|token_ids$)/;

function carriesAnswer(message: Json | undefined, choice: JsonObject): boolean {
  if (typeof choice['text'] === 'string' && choice['text'] !== '') return true;
  if (!isJsonObject(message)) return false;
  return Object.entries(message).some(([name, value]) => !NO_ANSWER.test(name) && !isEmpty(value));
}

/** Anything beyond a role and empty strings: text, refusal, calls, reasoning, audio, or the end of the choice. */
function hasContent(choice: JsonObject): boolean {
  if (endOf(choice).finish !== undefined) return true;
  if (typeof choice['text'] === 'string') return choice['text'] !== '';
  const delta = choice['delta'];
  if (!isJsonObject(delta)) return false;
  return Object.entries(delta).some(([name, value]) => name !== 'role' && !isEmpty(value));
}

function isEmpty(value: Json): boolean {
  if (value === null || value === '') return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}
