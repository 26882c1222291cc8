import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';
import { numberOf } from '../../wire/json-exact.ts';
import { parseObject } from '../../wire/json-object.ts';
import { parseEvent } from '../../wire/sse-event.ts';
import { tokenUsage } from '../token-usage.ts';
import type { EventFacts, TokenUsage } from '../types.ts';

/** What one candidate of an answer, or of a piece of it, says. */
export interface CandidateFacts {
  readonly index: number;
  /** `finishReason`, where it is there. */
  readonly finish?: string;
  /** It holds a part that is not empty, thoughts included. */
  readonly content: boolean;
  /** One of its parts belongs to the answer itself, and is no thought. */
  readonly answers: boolean;
}

/** One event of a stream: an answer object, of the whole generation so far or of a piece. */
export interface Chunk extends EventFacts {
  readonly candidates: readonly CandidateFacts[];
  readonly answer?: JsonObject;
  /** Tokens of the answer so far, thoughts included, where it says so. */
  readonly counted?: number;
  /** Why the prompt was refused. */
  readonly blocked?: string;
  /** The payload is no JSON object. */
  readonly unreadable?: boolean;
}

const NOTHING: Chunk = { kind: 'other', candidates: [] };

/** Reads one event of a generateContent stream. Never throws. */
export function readChunk(event: Buffer): Chunk {
  const data = payloadText(event);
  if (data === '') return NOTHING;
  const answer = parseObject(data);
  return answer === undefined ? { ...NOTHING, unreadable: true } : readAnswer(answer);
}

/** The payload of an event. A failure in the middle of a stream may stand there without `data:`. */
export function payloadText(event: Buffer): string {
  const { data } = parseEvent(event);
  if (data !== '') return data;
  const bare = event.toString('utf8').trim();
  return bare.startsWith('{') ? bare : '';
}

/** Reads an answer object, whole or a piece. */
export function readAnswer(answer: JsonObject): Chunk {
  const { error, responseId: id } = answer;
  if (isJsonObject(error) || typeof error === 'string') {
    return { kind: 'error', candidates: [], message: errorMessage(answer) ?? 'no message', error: answer };
  }
  const candidates = objectsOf(answer['candidates']).map(readCandidate);
  const blocked = objectOf(answer['promptFeedback'])['blockReason'];
  const isBlocked = typeof blocked === 'string';
  const finished = candidates.length > 0 && candidates.every(({ finish }) => finish !== undefined);
  const says = isBlocked || candidates.some(({ content, finish }) => content || finish !== undefined);
  const usage = readUsage(answer['usageMetadata'], finished || isBlocked);
  return {
    kind: says ? 'content' : 'open',
    candidates,
    answer,
    ...(isBlocked ? { blocked } : {}),
    ...(typeof id === 'string' && id !== '' ? { id } : {}),
    ...(usage === undefined ? {} : { usage }),
    ...countedIn(objectOf(answer['usageMetadata'])),
  };
}

function countedIn(usage: JsonObject): { readonly counted?: number } {
  const said = numberOf(usage['candidatesTokenCount']);
  const reasoning = numberOf(usage['thoughtsTokenCount']);
  return said === undefined && reasoning === undefined ? {} : { counted: (said ?? 0) + (reasoning ?? 0) };
}

function readCandidate(candidate: JsonObject): CandidateFacts {
  const { index, finishReason: finish } = candidate;
  const parts = partsOf(candidate);
  return {
    index: numberOf(index) ?? 0,
    content: parts.some(hasContent),
    answers: parts.some((part) => part['thought'] !== true && hasContent(part)),
    ...(typeof finish === 'string' && finish !== '' ? { finish } : {}),
  };
}

/** The parts of a candidate; none where it has no content. */
export function partsOf(candidate: JsonObject): JsonObject[] {
  return objectsOf(objectOf(candidate['content'])['parts']);
}

/** What a part may have that says nothing. */
const EMPTY_PART = new Set(['text', 'thought', 'thoughtSignature']);

/** Whether a part carries more than empty text and a signature. */
function hasContent(part: JsonObject): boolean {
  const { text } = part;
  return (typeof text === 'string' && text !== '') || Object.keys(part).some((name) => !EMPTY_PART.has(name));
}

/** The text that an event carries: the answer, thoughts, arguments. */
export function chunkText(event: Buffer): string {
  const candidates = objectsOf(parseObject(payloadText(event))?.['candidates']);
  return candidates.flatMap(partsOf).map(partText).join('');
}

function partText({ text, functionCall, executableCode }: JsonObject): string {
  if (typeof text === 'string') return text;
  if (isJsonObject(executableCode) && typeof executableCode['code'] === 'string') return executableCode['code'];
  if (!isJsonObject(functionCall)) return '';
  const { name, args } = functionCall;
  return `${typeof name === 'string' ? name : ''}${args === undefined ? '' : JSON.stringify(args)}`;
}

/**
 * Reads `usageMetadata`; undefined when it does not say what was generated. Counters of zero are left out of it: while an
 * answer is being made, one without output has not been counted yet.
 */
export function readUsage(usage: Json | undefined, final: boolean): TokenUsage | undefined {
  if (!isJsonObject(usage)) return undefined;
  const count = (name: string): number | undefined => numberOf(usage[name]);
  const prompt = count('promptTokenCount');
  const said = count('candidatesTokenCount');
  const reasoning = count('thoughtsTokenCount');
  if (!final && said === undefined && reasoning === undefined) return undefined;
  if (prompt === undefined && said === undefined && reasoning === undefined) return undefined;
  const audioInput = audioTokens(usage['promptTokensDetails'], usage['toolUsePromptTokensDetails']);
  const cachedAudio = audioTokens(usage['cacheTokensDetails']) ?? 0;
  return tokenUsage(
    { input: (prompt ?? 0) + (count('toolUsePromptTokenCount') ?? 0), output: (said ?? 0) + (reasoning ?? 0) },
    {
      cachedInput: count('cachedContentTokenCount'),
      audioInput: audioInput === undefined ? undefined : Math.max(0, audioInput - cachedAudio),
      reasoning,
      audioOutput: audioTokens(usage['candidatesTokensDetails']),
    },
  );
}

/** Tokens of sound in these lists of modalities; undefined where none has any. */
function audioTokens(...lists: readonly (Json | undefined)[]): number | undefined {
  const sound = lists.flatMap(objectsOf).filter(({ modality }) => modality === 'AUDIO');
  return sound.length === 0 ? undefined : sound.reduce((sum, { tokenCount }) => sum + (numberOf(tokenCount) ?? 0), 0);
}

/** The message of an error body; undefined when it has none. */
export function errorMessage(answer: JsonObject): string | undefined {
  const { error } = answer;
  if (typeof error === 'string') return error;
  const { message } = objectOf(error);
  return typeof message === 'string' ? message : undefined;
}

/** The value where it is an object, else an empty one. */
export function objectOf(value: Json | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

/** The objects of a list; none for anything else. */
export function objectsOf(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter((element) => isJsonObject(element)) : [];
}
