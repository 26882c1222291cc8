import { asText, objectsIn } from '../../dialects/content.ts';
import type { Body } from '../../dialects/validate.ts';
import { imageMedia, mediaTokens } from '../../generation/media.ts';
import type { ModelFacts } from '../../generation/models.ts';
import type { Tokenizer } from '../../generation/tokenizer.ts';
import { functionBlock } from '../../generation/prompt-tokens/function-block.ts';
import type { Entry } from './conversation.ts';
import { soundMs, wordsOf } from './conversation.ts';

/** What a response is counted by. */
export interface Counted {
  readonly model: ModelFacts;
  readonly instructions: string;
  readonly tools: readonly Body[];
  readonly entries: readonly Entry[];
}

export interface InputTokens {
  readonly text: number;
  readonly audio: number;
  readonly image: number;
}

export interface OutputTokens {
  readonly text: number;
  readonly audio: number;
}

const MESSAGE_TOKENS = 4;
const SPOKEN_MESSAGE_TOKENS = 8;
const TEXT_ANSWER_TOKENS = 2;
const CALL_TOKENS = 10;
const INPUT_MS_PER_TOKEN = 100;
const OUTPUT_MS_PER_TOKEN = 50;
const CACHED_IN = 64;

/** Tokens that a spoken answer has beyond its transcript, which grow with it. */
function spokenOverhead(transcript: number): number {
  if (transcript <= 5) return 6;
  return transcript <= 12 ? 10 : 12;
}

/** Output tokens of a spoken text. */
export function spokenTokens(transcript: number, ms: number): OutputTokens {
  return { text: transcript + spokenOverhead(transcript), audio: Math.round(ms / OUTPUT_MS_PER_TOKEN) };
}

export const writtenTokens = (text: number): number => text + TEXT_ANSWER_TOKENS;
export const callTokens = (input: number): number => input + CALL_TOKENS;

function imagesIn(item: Body, model: string): number {
  const images = objectsIn(item['content']).filter((part) => part['type'] === 'input_image');
  return mediaTokens(
    images.map((part) => imageMedia(asText(part['image_url']), part['detail'])),
    model,
    'responses',
  );
}

interface Counting {
  readonly count: (text: string) => number;
  readonly model: string;
  /** The last spoken answer: it counts its sound again. */
  readonly newest: Entry | undefined;
}

function entryTokens(entry: Entry, { count, model, newest }: Counting): InputTokens {
  const { item, sound } = entry;
  if (item['type'] === 'function_call')
    return { text: callTokens(count(asText(item['arguments']))), audio: 0, image: 0 };
  if (item['type'] !== 'message') return { text: count(asText(item['output'])) + MESSAGE_TOKENS, audio: 0, image: 0 };
  const image = imagesIn(item, model);
  if (sound !== undefined && item['role'] !== 'assistant') {
    return { text: SPOKEN_MESSAGE_TOKENS, audio: Math.floor(soundMs(sound) / INPUT_MS_PER_TOKEN), image };
  }
  const words = count(wordsOf(entry));
  if (sound === undefined || entry !== newest) return { text: words + MESSAGE_TOKENS, audio: 0, image };
  const { audio } = spokenTokens(words, soundMs(sound));
  return { text: words + TEXT_ANSWER_TOKENS, audio, image };
}

export function inputTokens({ model, instructions, tools, entries }: Counted, tokenizer: Tokenizer): InputTokens {
  const count = (text: string): number => tokenizer.count(text, model.encoding);
  const newest = entries.findLast(({ item, sound }) => item['role'] === 'assistant' && sound !== undefined);
  const functions = tools.filter((tool) => tool['type'] === 'function');
  const offered = functions.map((tool) => ({
    name: asText(tool['name']),
    description: asText(tool['description']),
    parameters: tool['parameters'],
  }));
  const start = {
    text: count(instructions) + (offered.length > 0 ? count(functionBlock(offered)) : 0),
    audio: 0,
    image: 0,
  };
  return entries.reduce<InputTokens>((sum, entry) => {
    const { text, audio, image } = entryTokens(entry, { count, model: model.name, newest });
    return { text: sum.text + text, audio: sum.audio + audio, image: sum.image + image };
  }, start);
}

/** The usage object; `before`: text tokens of the response before this one, which are cached by now. */
export function usageOf(input: InputTokens, output: OutputTokens, before: number): Body {
  const cached = Math.floor(Math.min(before, input.text) / CACHED_IN) * CACHED_IN;
  const inputs = input.text + input.audio + input.image;
  const outputs = output.text + output.audio;
  return {
    total_tokens: inputs + outputs,
    input_tokens: inputs,
    output_tokens: outputs,
    input_token_details: {
      text_tokens: input.text,
      audio_tokens: input.audio,
      image_tokens: input.image,
      cached_tokens: cached,
      cached_tokens_details: { text_tokens: cached, audio_tokens: 0, image_tokens: 0 },
    },
    output_token_details: { text_tokens: output.text, audio_tokens: output.audio },
  };
}
