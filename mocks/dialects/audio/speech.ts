import { tooMany, unsupportedChoice } from '../../refusals/sentences.ts';
import { answerBytes } from '../answer.ts';
import { asText } from '../content.ts';
import { badRequest, refuse } from '../errors.ts';
import { successHeaders } from '../headers.ts';
import { json } from '../json.ts';
import type { DialectContext, DialectRequest, JsonReply, Operation, Reply, StreamEvent } from '../reply.ts';
import type { Body, FieldRule } from '../validate.ts';
import { checkedBody, isBody, refusedField } from '../validate.ts';
import { SOUND_FILES } from './files.ts';
import { spoken } from './spoken.ts';

type Format = keyof typeof SOUND_FILES;
const FORMATS = Object.keys(SOUND_FILES);

const VOICES = 'alloy ash ballad coral echo fable onyx nova sage shimmer verse marin cedar'.split(' ');
const INPUT_MOST = 4096;
/** Bytes of sound in one event. */
const EVENT_BYTES = 12_000;
/** Tokens that a second of sound counts for. */
const TOKENS_PER_SECOND = 20;

const RULES: readonly FieldRule[] = [
  { name: 'input', expected: 'a string' },
  { name: 'instructions', expected: 'a string' },
  { name: 'speed', expected: 'a decimal', least: 0.25, most: 4 },
];

function refusedEnum(
  body: Body,
  field: string,
  values: readonly string[],
  context: DialectContext,
): JsonReply | undefined {
  const value = body[field];
  if (value === undefined || value === null || values.includes(asText(value))) return undefined;
  return refuse(context, unsupportedChoice(field, value, values));
}

function refusedSpeech(body: Body, model: string, context: DialectContext): JsonReply | undefined {
  const refused =
    refusedField(body, RULES, context) ??
    // A voice of one's own is named by `{id}`.
    (isBody(body['voice']) ? undefined : refusedEnum(body, 'voice', VOICES, context)) ??
    refusedEnum(body, 'response_format', FORMATS, context) ??
    refusedEnum(body, 'stream_format', ['sse', 'audio'], context);
  if (refused) return refused;
  const { length } = asText(body['input']);
  if (length > INPUT_MOST)
    return refuse(context, tooMany({ thing: 'string', path: 'input', size: length }, INPUT_MOST));
  if (body['stream_format'] !== 'sse' || !model.startsWith('tts-1')) return undefined;
  const message = `Unsupported value: 'stream_format' does not support 'sse' with this model.`;
  return badRequest(context, message, 'stream_format', 'unsupported_value');
}

function event(fields: Body, kind: StreamEvent['kind']): StreamEvent {
  return { bytes: `data: ${json(fields)}\n\n`, kind, tokens: kind === 'content' ? 1 : 0 };
}

function streamed(sound: Buffer, usage: Body, context: DialectContext): Reply {
  const parts = Array.from({ length: Math.ceil(sound.length / EVENT_BYTES) }, (_, at) =>
    sound.subarray(at * EVENT_BYTES, (at + 1) * EVENT_BYTES),
  );
  const events = parts.map((part) => event({ type: 'speech.audio.delta', audio: part.toString('base64') }, 'content'));
  const headers = successHeaders(context, 'text/event-stream; charset=utf-8');
  return {
    kind: 'stream',
    status: 200,
    headers,
    events: [...events, event({ type: 'speech.audio.done', usage }, 'close')],
  };
}

function create(request: DialectRequest, context: DialectContext): Reply {
  const checked = checkedBody(request.body, context, 'chat', ['input', 'voice']);
  if ('refused' in checked) return checked.refused;
  const { body, model } = checked;
  const refused = refusedSpeech(body, model, context);
  if (refused) return refused;
  const text = asText(body['input']);
  const speech = spoken(text, typeof body['speed'] === 'number' ? body['speed'] : 1);
  const format = (asText(body['response_format']) || 'mp3') as Format;
  const file = SOUND_FILES[format](speech);
  const input = context.tokenizer.count(text + asText(body['instructions']), 'o200k_base');
  const output = Math.ceil(speech.seconds * TOKENS_PER_SECOND);
  const billed = { input, output };
  if (body['stream_format'] !== 'sse') {
    return { ...answerBytes(context, file, `audio/${format === 'mp3' ? 'mpeg' : format}`), billed };
  }
  const usage = { input_tokens: input, output_tokens: output, total_tokens: input + output };
  return { ...streamed(file, usage, context), billed };
}

export const speech: Operation = { id: 'audio.speech', method: 'POST', path: '/v1/audio/speech', handle: create };
