import { hashOf } from '../../generation/hash.ts';
import type { Tokenizer } from '../../generation/tokenizer.ts';
import type { UploadedFile } from '../uploaded-file.ts';
import { wavSeconds } from './wav.ts';
import { spoken, spokenText } from './spoken.ts';

/** What was said in a file. */
export interface Transcript {
  readonly text: string;
  readonly seconds: number;
}

export interface TimedText {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

const BYTES_PER_SECOND = 16_000;

const hundredths = (seconds: number): number => Math.round(seconds * 100) / 100;

/** The text of a speech file that was made here, else `said` or a sentence with the file's name. */
export function transcribed(file: UploadedFile, said?: string): Transcript {
  const made = spokenText(file.bytes);
  const text = said ?? made ?? `Mock transcription of ${file.filename}`;
  const guessed = made === undefined ? Math.max(0.1, file.bytes.length / BYTES_PER_SECOND) : spoken(made).seconds;
  return { text, seconds: hundredths(wavSeconds(file.bytes) ?? guessed) };
}

/** Gives every piece a share of the time, by its length. */
function timed(pieces: readonly string[], start: number, end: number): readonly TimedText[] {
  const characters = pieces.reduce((sum, piece) => sum + piece.length, 0);
  let before = 0;
  return pieces.map((text) => {
    const from = before;
    before += text.length;
    const at = (position: number): number => hundredths(start + ((end - start) * position) / Math.max(1, characters));
    return { text, start: at(from), end: at(before) };
  });
}

/** Sentences with their times; together they are the text. */
export function segmentsOf({ text, seconds }: Transcript): readonly TimedText[] {
  return timed(text.match(/[^.!?]+[.!?]*\s*|[.!?]+\s*/g) ?? [], 0, seconds);
}

export function wordsOf({ text, seconds }: Transcript): readonly TimedText[] {
  const words = text.split(/\s+/).filter((word) => word !== '');
  return timed(words, 0, seconds).map((word) => ({
    ...word,
    text: word.text.replaceAll(/[^\p{L}\p{N}'’-]/gu, '') || word.text,
  }));
}

const FIRST_TIME_TOKEN = 50_364;

/** A segment as `verbose_json` shows it. */
export function shownSegment(segment: TimedText, id: number, temperature: number, tokenizer: Tokenizer): object {
  const tokens = tokenizer.pieces(segment.text, 'cl100k_base').map((piece) => hashOf(piece) % FIRST_TIME_TOKEN);
  const time = (seconds: number): number => FIRST_TIME_TOKEN + Math.round(seconds * 50);
  return {
    id,
    seek: 0,
    start: segment.start,
    end: segment.end,
    text: ` ${segment.text.trim()}`,
    tokens: [time(segment.start), ...tokens, time(segment.end)],
    temperature,
    avg_logprob: -0.25,
    compression_ratio: 0.9,
    no_speech_prob: 0.01,
  };
}

function clock(seconds: number, fraction: ',' | '.'): string {
  const ms = Math.round(seconds * 1000);
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0');
  const rest = String(ms % 1000).padStart(3, '0');
  return `${two(ms / 3_600_000)}:${two((ms / 60_000) % 60)}:${two((ms / 1000) % 60)}${fraction}${rest}`;
}

/** SubRip subtitles. */
export function srt(transcript: Transcript): string {
  return segmentsOf(transcript)
    .map(({ text, start, end }, at) => `${at + 1}\n${clock(start, ',')} --> ${clock(end, ',')}\n${text.trim()}\n\n`)
    .join('');
}

/** WebVTT subtitles. */
export function vtt(transcript: Transcript): string {
  const cues = segmentsOf(transcript).map(
    ({ text, start, end }) => `${clock(start, '.')} --> ${clock(end, '.')}\n${text.trim()}\n\n`,
  );
  return `WEBVTT\n\n${cues.join('')}`;
}
