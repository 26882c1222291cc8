import type { DialectContext } from '../reply.ts';
import type { Body } from '../validate.ts';
import type { ImageOptions } from './options.ts';

/** Tokens of one picture by quality: square, portrait, landscape; as the provider's guide to image generation lists them. */
const OUTPUT: Readonly<Record<string, readonly [number, number, number]>> = {
  low: [272, 408, 400],
  medium: [1056, 1584, 1568],
  high: [4160, 6240, 6208],
};
const SQUARE_PIXELS = 1024 * 1024;
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

/** Of other sizes than the listed ones: by their area. */
function pictureTokens(width: number, height: number, quality: string): number {
  const [square = 0, portrait = 0, landscape = 0] = OUTPUT[quality] ?? [];
  const size = `${width}x${height}`;
  if (size === '1024x1536') return portrait;
  return size === '1536x1024' ? landscape : Math.round((square * width * height) / SQUARE_PIXELS);
}

/** What a request costs. */
export function imageUsage(options: ImageOptions, partials: number, context: DialectContext): ImageUsage {
  const { width, height, quality, inputs, fidelity } = options;
  const output = pictureTokens(width, height, quality) * options.count + PARTIAL * partials;
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
