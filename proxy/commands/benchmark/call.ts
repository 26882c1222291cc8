import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';
import { chatUsage } from '../../protocols/openai/token-usage.ts';
import { EventTooLargeError, EventSplitter } from '../../wire/sse.ts';
import { parseEvent } from '../../wire/sse-event.ts';
import { CallFailure, reasonOf } from './faults.ts';
import type { Answer } from './record.ts';

export interface Door {
  /** Ends in `/v1`. */
  readonly baseUrl: string;
  /** Left out = asked without a key. */
  readonly key?: string | undefined;
}

export interface Question extends Door {
  readonly model: string;
  readonly prompt: string;
  readonly maxTokens: number;
  readonly timeoutMs: number;
  /** Aborted by the person who started the benchmark. */
  readonly signal: AbortSignal;
}

const MOST_ANSWER_BYTES = 8 * 1024 * 1024;
const MOST_ERROR_BYTES = 64 * 1024;
const LONGEST_REASON = 300;

/** Asks once, by chat completions as a stream. Throws CallFailure; the reason of `signal` when that was aborted. */
export async function ask(question: Question): Promise<Answer> {
  const { signal, timeoutMs } = question;
  const late = AbortSignal.timeout(timeoutMs);
  try {
    return await answerOf(question, AbortSignal.any([signal, late]));
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof CallFailure) throw error;
    if (late.aborted) throw new CallFailure(`No complete answer within ${timeoutMs / 1_000} s.`, { cause: error });
    if (error instanceof EventTooLargeError) throw tooLarge();
    throw new CallFailure(`The connection failed: ${reasonOf(error)}.`, { cause: error });
  }
}

async function answerOf(question: Question, signal: AbortSignal): Promise<Answer> {
  const { baseUrl, key, model, prompt, maxTokens } = question;
  const startedAt = performance.now();
  const response = await fetch(`${baseUrl}/chat/completions`, {
    method: 'POST',
    // An answer out of the cache of a proxy would measure the cache.
    headers: { 'content-type': 'application/json', 'cache-control': 'no-cache, no-store', ...authorization(key) },
    body: JSON.stringify({
      model,
      messages: [{ role: 'user', content: prompt }],
      max_completion_tokens: maxTokens,
      stream: true,
      stream_options: { include_usage: true },
    }),
    // The key is not carried to where an answer points.
    redirect: 'error',
    signal,
  });
  if (!response.ok) throw new CallFailure(await refusalOf(response));
  const reader = new AnswerReader(startedAt);
  await eachPiece(response, MOST_ANSWER_BYTES, (piece) => reader.push(piece));
  return reader.end();
}

export function authorization(key: string | undefined): Readonly<Record<string, string>> {
  return key === undefined ? {} : { authorization: `Bearer ${key}` };
}

/** Collects the events of one answer. Times are milliseconds since `startedAt`, on the clock of `performance.now()`. */
class AnswerReader {
  readonly #startedAt: number;
  readonly #events = new EventSplitter();
  readonly #texts: string[] = [];
  #usage: Answer['usage'];
  #firstTokenMs: number | undefined;
  #isComplete = false;

  constructor(startedAt: number) {
    this.#startedAt = startedAt;
  }

  push(piece: Buffer): void {
    for (const event of this.#events.push(piece)) this.#take(parseEvent(event).data);
  }

  end(): Answer {
    const totalMs = performance.now() - this.#startedAt;
    if (!this.#isComplete) throw new CallFailure('The stream ended before the answer was complete.');
    return { text: this.#texts.join(''), usage: this.#usage, firstTokenMs: this.#firstTokenMs ?? totalMs, totalMs };
  }

  #take(data: string): void {
    if (data === '') return;
    if (data === '[DONE]') {
      this.#isComplete = true;
      return;
    }
    const event = objectIn(data);
    if (event === undefined) throw new CallFailure('What was answered is no stream of chat completions.');
    if (event['error'] !== undefined && event['error'] !== null) throw new CallFailure(sentenceOf(event['error']));
    this.#usage = chatUsage(event['usage']) ?? this.#usage;
    const choice = first(event['choices']);
    if (choice === undefined) return;
    const delta = isJsonObject(choice['delta']) ? choice['delta'] : {};
    // Models that think write their thoughts first: that is when they begin to answer.
    if (isText(delta['content']) || isText(delta['reasoning_content'])) {
      this.#firstTokenMs ??= performance.now() - this.#startedAt;
    }
    if (isText(delta['content'])) this.#texts.push(delta['content']);
    if (isText(choice['finish_reason'])) this.#isComplete = true;
  }
}

/** Hands on the pieces of a body. Throws CallFailure for one that is larger than `most` bytes. */
async function eachPiece(response: Response, most: number, take: (piece: Buffer) => void): Promise<void> {
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    const piece = Buffer.from(chunk as Uint8Array);
    bytes += piece.length;
    if (bytes > most) throw tooLarge();
    take(piece);
  }
}

/** A body of bounded size as text. Throws CallFailure for a larger one. */
export async function boundedText(response: Response, most: number): Promise<string> {
  const pieces: Buffer[] = [];
  await eachPiece(response, most, (piece) => pieces.push(piece));
  return Buffer.concat(pieces).toString();
}

function tooLarge(): CallFailure {
  return new CallFailure('The answer is larger than any that is read.');
}

/** Why a request was refused, in one sentence. What a provider says of a key may quote it, and is not repeated. */
async function refusalOf(response: Response): Promise<string> {
  const { status } = response;
  if (status === 401 || status === 403) {
    await response.body?.cancel();
    return `HTTP ${status}: the key was refused.`;
  }
  const error = objectIn(await boundedText(response, MOST_ERROR_BYTES))?.['error'];
  return `HTTP ${status}: ${sentenceOf(error)}`;
}

function sentenceOf(error: Json | undefined): string {
  const message = isJsonObject(error) ? error['message'] : error;
  if (!isText(message)) return 'the request failed without a reason.';
  const line = message.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029\s]+/gu, ' ').trim();
  return line.length > LONGEST_REASON ? `${line.slice(0, LONGEST_REASON)}…` : line;
}

function objectIn(text: string): JsonObject | undefined {
  try {
    const value = JSON.parse(text) as Json;
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function first(choices: Json | undefined): JsonObject | undefined {
  const choice = Array.isArray(choices) ? choices[0] : undefined;
  return isJsonObject(choice) ? choice : undefined;
}

function isText(value: Json | undefined): value is string {
  return typeof value === 'string' && value !== '';
}
