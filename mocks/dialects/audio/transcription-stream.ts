import { successHeaders } from '../headers.ts';
import { json } from '../json.ts';
import type { DialectContext, Reply, StreamEvent } from '../reply.ts';
import type { Body } from '../validate.ts';
import type { Transcript } from './transcript.ts';
import { segmentsOf } from './transcript.ts';

export interface TranscriptionStream {
  readonly transcript: Transcript;
  readonly usage: Body;
  /** Tells the logprobs of a piece of text; absent when they were not asked for. */
  readonly logprobs: ((text: string) => readonly Body[]) | undefined;
  /** Segments with speakers are told between the deltas. */
  readonly diarized: boolean;
}

function event(type: string, fields: Body, kind: StreamEvent['kind']): StreamEvent {
  return { bytes: `data: ${json({ type, ...fields })}\n\n`, kind, tokens: kind === 'content' ? 1 : 0 };
}

/** Segments as they are shown with their speakers, who take turns. */
export function diarizedSegments(transcript: Transcript): readonly Body[] {
  return segmentsOf(transcript).map(({ text, start, end }, at) => ({
    type: 'transcript.text.segment',
    id: `seg_${at}`,
    start,
    end,
    text: text.trim(),
    speaker: at % 2 === 0 ? 'A' : 'B',
  }));
}

/** A transcription told piece by piece. */
export function streamedTranscription(stream: TranscriptionStream, context: DialectContext): Reply {
  const { transcript, usage, logprobs } = stream;
  const probabilities = (text: string): Body => (logprobs === undefined ? {} : { logprobs: logprobs(text) });
  const deltas = context.tokenizer
    .pieces(transcript.text, 'o200k_base')
    .map((delta) => event('transcript.text.delta', { delta, ...probabilities(delta) }, 'content'));
  const segments = stream.diarized
    ? diarizedSegments(transcript).map(({ type, ...fields }) => event(String(type), fields, 'open'))
    : [];
  const { text } = transcript;
  const done = event('transcript.text.done', { text, ...probabilities(text), usage }, 'close');
  const headers = successHeaders(context, 'text/event-stream; charset=utf-8');
  return { kind: 'stream', status: 200, headers, events: [...deltas, ...segments, done] };
}
