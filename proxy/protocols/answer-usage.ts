import { isJsonObject, type Json, type JsonObject } from '../core/json.ts';
import { messageUsage } from './anthropic/event.ts';
import { readUsage as geminiUsage } from './gemini/chunk.ts';
import { chatUsage, responseUsage } from './openai/token-usage.ts';
import type { TokenUsage } from './types.ts';

/** Members of a made picture in the APIs of OpenAI and of Google. */
const PICTURE = ['b64_json', 'url', 'bytesBase64Encoded'];
const FREE: ReadonlySet<string> = new Set(['response.input_tokens', 'assistant']);
const NOTHING = { input: 0, output: 0 };

/**
 * What any JSON answer, or any event, says that it is billed: tokens in the form of each API, pictures, seconds of sound or of a
 * film. Undefined where it says nothing, or counts something else.
 */
export function answerUsage(answer: JsonObject): TokenUsage | undefined {
  if (isFree(answer)) return NOTHING;
  const tokens = statedUsage(answer['usage']) ?? geminiUsage(answer['usageMetadata'], true);
  const images = [...elements(answer['data']), ...elements(answer['predictions'])].filter(isPicture).length;
  if (images > 0) return { ...(tokens ?? NOTHING), images };
  return tokens ?? nestedUsage(answer) ?? timeUsage(answer);
}

/** What an event of a picture's or a voice's stream is billed; the events of a stream are to be summed. */
export function mediaEventUsage(event: JsonObject): TokenUsage | undefined {
  const { type } = event;
  const usage = statedUsage(event['usage']);
  if (type === 'image_generation.completed' || type === 'image_edit.completed') {
    return { ...(usage ?? NOTHING), images: 1 };
  }
  // A voice answers in sound alone.
  return usage && type === 'speech.audio.done' ? { ...usage, audioOutput: usage.output } : undefined;
}

/** What is counted or prepared and costs nothing: a number of tokens, a secret that opens a session, an assistant. */
function isFree({ object, value, session }: JsonObject): boolean {
  return (typeof object === 'string' && FREE.has(object)) || (typeof value === 'string' && isJsonObject(session));
}

/** A member `usage` of any API. */
function statedUsage(usage: Json | undefined): TokenUsage | undefined {
  if (!isJsonObject(usage)) return undefined;
  const { type, seconds, total_tokens: total } = usage;
  if (type === 'duration') return typeof seconds === 'number' ? { ...NOTHING, seconds } : undefined;
  const stated = 'cache_read_input_tokens' in usage ? messageUsage(usage) : (responseUsage(usage) ?? chatUsage(usage));
  // What only reads (rerank) counts a total.
  return stated ?? (typeof total === 'number' ? { input: total, output: 0 } : undefined);
}

/** An event that carries the whole answer. */
function nestedUsage({ response }: JsonObject): TokenUsage | undefined {
  return isJsonObject(response) ? statedUsage(response['usage']) : undefined;
}

/** A transcript with its duration, or a film with its length. */
function timeUsage({ duration, text, object, seconds }: JsonObject): TokenUsage | undefined {
  const time = object === 'video' ? seconds : typeof text === 'string' ? duration : undefined;
  const count = typeof time === 'string' && time !== '' ? Number(time) : time;
  return typeof count === 'number' && Number.isFinite(count) ? { ...NOTHING, seconds: count } : undefined;
}

function elements(list: Json | undefined): readonly Json[] {
  return Array.isArray(list) ? list : [];
}

function isPicture(element: Json): boolean {
  return isJsonObject(element) && PICTURE.some((name) => typeof element[name] === 'string');
}
