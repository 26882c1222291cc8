import type { DialectContext } from '../reply.ts';
import type { Body } from '../validate.ts';
import type { ImageOptions } from './options.ts';

/** Tokens of one picture by quality: square, portrait, landscape; as the provider's guide to image generation lists them. */
const OUTPUT: Readonly<Record<string, readonly [number, number, number]>> = {
  low: [272, 408, 400],
  medium: [1056, 1584, 1568],
  high: [4160, 6240, 6208],
};
/** Every partial picture costs this much more. */
const PARTIAL = 100;
/** A picture of 1024 × 1024 that comes in: 65 and 129 for its one tile. */
const INPUT = 194;
/** More for each that is to be kept faithfully. */
const FAITHFUL = 4160;

export interface ImageUsage {
  readonly input: number;
  readonly output: number;
  readonly body: Body;
}

/** What a request costs. */
export function imageUsage(options: ImageOptions, partials: number, context: DialectContext): ImageUsage {
  const { width, height, quality, inputs, fidelity } = options;
  const shape = width === height ? 0 : width < height ? 1 : 2;
  const each = (OUTPUT[quality] ?? [0, 0, 0])[shape];
  const output = (each ?? 0) * options.count + PARTIAL * partials;
  const text = context.tokenizer.count(options.prompt, 'o200k_base');
  const images = inputs * (INPUT + (fidelity === 'high' ? FAITHFUL : 0));
  const input = text + images;
  return {
    input,
    output,
    body: {
      input_tokens: input,
      input_tokens_details: { image_tokens: images, text_tokens: text },
      output_tokens: output,
      output_tokens_details: { image_tokens: output, text_tokens: 0 },
      total_tokens: input + output,
    },
  };
}
