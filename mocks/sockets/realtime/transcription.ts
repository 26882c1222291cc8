import type { Body } from '../../dialects/validate.ts';
import type { Tokenizer } from '../../generation/tokenizer.ts';
import type { Sound } from './conversation.ts';
import { soundMs } from './conversation.ts';
import type { EventWriter } from './writer.ts';

const AUDIO_MS_PER_TOKEN = 100;

/** What writing the sound down costs: by the second for whisper, by tokens for the others. */
function usageOf(model: string, sound: Sound, words: number): Body {
  if (model.includes('whisper')) return { type: 'duration', seconds: Math.ceil(soundMs(sound) / 1000) };
  const audio = Math.floor(soundMs(sound) / AUDIO_MS_PER_TOKEN);
  const details = { text_tokens: 0, audio_tokens: audio };
  return {
    type: 'tokens',
    total_tokens: audio + words,
    input_tokens: audio,
    input_token_details: details,
    output_tokens: words,
  };
}

export interface Written {
  readonly texts: readonly string[];
  readonly tokens: { readonly input: number; readonly output: number };
}

/** The events that tell what was said in an item. */
export function transcriptionOf(
  { itemId, model, sound }: { readonly itemId: string; readonly model: string; readonly sound: Sound },
  events: EventWriter,
  tokenizer: Tokenizer,
): Written {
  const where = { item_id: itemId, content_index: 0 };
  const type = 'conversation.item.input_audio_transcription';
  const pieces = tokenizer.pieces(sound.words, 'o200k_base');
  const usage = usageOf(model, sound, pieces.length);
  const texts = [
    ...pieces.map((piece) => events.delta(`${type}.delta`, where, piece).text),
    events.text(`${type}.completed`, { ...where, transcript: sound.words, usage }),
  ];
  const input = usage['type'] === 'tokens' ? (usage['input_tokens'] as number) : 0;
  return { texts, tokens: { input, output: usage['type'] === 'tokens' ? pieces.length : 0 } };
}

/** The event for a transcription that failed. */
export function failedTranscription(itemId: string, code: string | null, events: EventWriter): string {
  return events.text('conversation.item.input_audio_transcription.failed', {
    item_id: itemId,
    content_index: 0,
    error: {
      type: 'server_error',
      code,
      message: `Input transcription failed for item '${itemId}'.`,
      param: null,
    },
  });
}
