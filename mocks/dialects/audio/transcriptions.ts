import { answerBytes, answerJson } from '../answer.ts';
import { asText } from '../content.ts';
import { logprobsJson } from '../logprobs.ts';
import type { DialectContext, DialectRequest, Operation, Reply } from '../reply.ts';
import type { Body } from '../validate.ts';
import type { AudioForm } from './form.ts';
import { audioForm } from './form.ts';
import type { Transcript } from './transcript.ts';
import { segmentsOf, shownSegment, srt, transcribed, vtt, wordsOf } from './transcript.ts';
import { diarizedSegments, streamedTranscription } from './transcription-stream.ts';

/** Tokens that a second of sound counts for. */
const TOKENS_PER_SECOND = 10;

const LANGUAGES: Readonly<Record<string, string>> = {
  en: 'english',
  de: 'german',
  fr: 'french',
  es: 'spanish',
  it: 'italian',
  pt: 'portuguese',
  nl: 'dutch',
  ja: 'japanese',
  zh: 'chinese',
};

/** Both `name` and `name[]` come out of a form as a list. */
function asked(body: Body, field: string): readonly unknown[] {
  const value = body[field];
  return Array.isArray(value) ? value : value === undefined ? [] : [value];
}

function tokenUsage({ text, seconds }: Transcript, body: Body, context: DialectContext): Body {
  const prompt = context.tokenizer.count(asText(body['prompt']), 'o200k_base');
  const audio = Math.ceil(seconds * TOKENS_PER_SECOND);
  const output = context.tokenizer.count(text, 'o200k_base');
  return {
    type: 'tokens',
    total_tokens: prompt + audio + output,
    input_tokens: prompt + audio,
    input_token_details: { text_tokens: prompt, audio_tokens: audio },
    output_tokens: output,
  };
}

function verbose(transcript: Transcript, { body }: AudioForm, task: string, context: DialectContext): Body {
  const granularities = asked(body, 'timestamp_granularities');
  const temperature = typeof body['temperature'] === 'number' ? body['temperature'] : 0;
  const withWords = task === 'transcribe' && granularities.includes('word');
  const withSegments = !withWords || granularities.includes('segment');
  const language = task === 'translate' ? 'en' : asText(body['language']) || 'en';
  const segments = segmentsOf(transcript);
  return {
    task,
    language: LANGUAGES[language] ?? language,
    duration: transcript.seconds,
    text: transcript.text,
    ...(withWords ? { words: wordsOf(transcript).map(({ text: word, start, end }) => ({ word, start, end })) } : {}),
    ...(withSegments
      ? { segments: segments.map((segment, id) => shownSegment(segment, id, temperature, context.tokenizer)) }
      : {}),
    ...(task === 'transcribe' ? { usage: { type: 'duration', seconds: Math.ceil(transcript.seconds) } } : {}),
  };
}

/** The formats that are no JSON. */
const PLAIN: Readonly<Record<string, (transcript: Transcript) => string>> = {
  text: ({ text }) => `${text}\n`,
  srt,
  vtt,
};

function transcribe(request: DialectRequest, context: DialectContext): Reply {
  const form = audioForm(request, false, context);
  if ('refused' in form) return form.refused;
  const { body, model, file, format } = form;
  const transcript = transcribed(file, context.scripted?.text);
  const plain = PLAIN[format];
  const whisper = model.startsWith('whisper');
  const usage = whisper
    ? { type: 'duration', seconds: Math.ceil(transcript.seconds) }
    : tokenUsage(transcript, body, context);
  const withLogprobs = !whisper && asked(body, 'include').includes('logprobs');
  const logprobs = (text: string): readonly Body[] =>
    (JSON.parse(logprobsJson(text, 0, 'o200k_base', context.tokenizer)) as readonly Body[]).map(
      ({ token, logprob, bytes }) => ({ token, logprob, bytes }),
    );
  // The older model takes no notice of `stream`.
  if (body['stream'] === true && !whisper) {
    const diarized = format === 'diarized_json';
    return streamedTranscription(
      { transcript, usage, logprobs: withLogprobs ? logprobs : undefined, diarized },
      context,
    );
  }
  if (plain) return answerBytes(context, Buffer.from(plain(transcript)), 'text/plain; charset=utf-8');
  if (format === 'verbose_json') return answerJson(context, verbose(transcript, form, 'transcribe', context));
  const { text, seconds: duration } = transcript;
  if (format === 'diarized_json') {
    return answerJson(context, { task: 'transcribe', duration, text, segments: diarizedSegments(transcript), usage });
  }
  return answerJson(context, { text, ...(withLogprobs ? { logprobs: logprobs(text) } : {}), usage });
}

function translate(request: DialectRequest, context: DialectContext): Reply {
  const form = audioForm(request, true, context);
  if ('refused' in form) return form.refused;
  const transcript = transcribed(form.file, context.scripted?.text);
  const plain = PLAIN[form.format];
  if (plain) return answerBytes(context, Buffer.from(plain(transcript)), 'text/plain; charset=utf-8');
  if (form.format === 'verbose_json') return answerJson(context, verbose(transcript, form, 'translate', context));
  return answerJson(context, { text: transcript.text });
}

export const transcriptions: Operation = {
  id: 'audio.transcriptions',
  method: 'POST',
  path: '/v1/audio/transcriptions',
  handle: transcribe,
};

export const translations: Operation = {
  id: 'audio.translations',
  method: 'POST',
  path: '/v1/audio/translations',
  handle: translate,
};
