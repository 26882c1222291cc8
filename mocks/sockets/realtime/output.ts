import { pcm } from '../../dialects/audio/wav.ts';
import { spoken } from '../../dialects/audio/spoken.ts';
import type { Body } from '../../dialects/validate.ts';
import type { Sound } from './conversation.ts';
import type { SoundFormat } from './samples.ts';
import { bytesPerMs, encoded } from './samples.ts';

/** An item of a response while it is being made. `sent…`: what the client has of it. */
export interface MessageOutput {
  readonly kind: 'message';
  readonly id: string;
  readonly phase: string | undefined;
  readonly text: string;
  readonly pieces: readonly string[];
  /** The whole sound; undefined for an answer in writing. */
  readonly sound: { readonly bytes: Buffer; readonly format: SoundFormat } | undefined;
  sentText: string;
  sentBytes: number;
  state: OutputState;
}

export interface CallOutput {
  readonly kind: 'function_call';
  readonly id: string;
  readonly callId: string;
  readonly name: string;
  readonly pieces: readonly string[];
  sentText: string;
  state: OutputState;
}

export type Output = MessageOutput | CallOutput;
type OutputState = 'new' | 'open' | 'done';

const CHUNK_MS = 100;

export function soundOf(text: string, format: SoundFormat, speed: number): { bytes: Buffer; format: SoundFormat } {
  return { bytes: encoded(pcm(spoken(text, speed)), format), format };
}

export function chunksOf({ bytes, format }: { readonly bytes: Buffer; readonly format: SoundFormat }): Buffer[] {
  const size = CHUNK_MS * bytesPerMs(format);
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) => bytes.subarray(at * size, (at + 1) * size));
}

export type Status = 'in_progress' | 'completed' | 'incomplete';

/** The item as events show it, with what was sent of it. */
export function itemOf(output: Output, status: Status): Body {
  const { id } = output;
  if (output.kind === 'function_call') {
    const { name, callId, sentText } = output;
    return { id, type: 'function_call', status, name, call_id: callId, arguments: sentText };
  }
  const { sound, sentText, phase } = output;
  const part = sound ? { type: 'output_audio', transcript: sentText } : { type: 'output_text', text: sentText };
  const content = status === 'in_progress' ? [] : [part];
  return { id, type: 'message', status, role: 'assistant', content, ...(phase !== undefined && { phase }) };
}

/** The part in `response.content_part.added` and `.done`. */
export function partOf({ sound }: MessageOutput, text: string): Body {
  return sound ? { type: 'audio', transcript: text } : { type: 'text', text };
}

/** The sound that was sent of an item. */
export function sentSound(output: Output): Sound | undefined {
  if (output.kind !== 'message' || output.sound === undefined) return undefined;
  const { bytes, format } = output.sound;
  return { bytes: bytes.subarray(0, output.sentBytes), format, words: output.sentText };
}
