import { z } from 'zod';

import { amount, flag, integer, text } from './fields.ts';

const rates = {
  input: amount('USD per million input tokens.').optional(),
  output: amount('USD per million output tokens.').optional(),
  cached_input: amount(
    'USD per million input tokens that the provider read from its cache. Default: `input`.',
  ).optional(),
  cache_write: amount(
    'USD per million input tokens that the provider wrote to its cache. Default: `input`.',
  ).optional(),
};

const tierSchema = z.strictObject({
  above: integer('Input tokens that a request must exceed.', { min: 0, max: 1_000_000_000 }),
  ...rates,
});

/** What an entry of `prices`, `catalog` and an endpoint may say beside the prices of tokens. */
export const furtherPrices = {
  cached_input: rates.cached_input,
  cache_write: rates.cache_write,
  reasoning: amount('USD per million reasoning tokens, which are part of the output. Default: `output`.').optional(),
  audio_input: amount('USD per million audio tokens of the input, which are part of it. Default: `input`.').optional(),
  audio_output: amount(
    'USD per million audio tokens of the output, which are part of it. Default: `output`.',
  ).optional(),
  image: amount('USD for each image.').optional(),
  second: amount('USD for each second of audio.').optional(),
  request: amount('USD for each request, beside everything else.').optional(),
  batch: amount('What the price is multiplied by in a batch. Default: 0.5.').optional(),
  tiers: z
    .array(tierSchema)
    .meta({
      kind: 'list',
      description:
        'Prices of requests with more input: `{above, input, output, cached_input, cache_write}`. The tier with the highest `above` that the input exceeds prices the whole request; what it leaves out is as in the entry, and a price of cached tokens that neither names is the `input` of the tier.',
    })
    .optional(),
};

const PRICED = ['input', 'output', 'image', 'second', 'request'];

/** Without a price of anything an entry would make an unknown price look known. */
const hasPrice = (entry: Readonly<Record<string, unknown>>): boolean =>
  PRICED.some((unit) => entry[unit] !== undefined);

export const priceSchema = z
  .strictObject({ input: rates.input, output: rates.output, ...furtherPrices })
  .refine(hasPrice, { error: 'a price: `input`, `output`, `image`, `second` or `request`' })
  .meta({ json: { anyOf: PRICED.map((unit) => ({ required: [unit] })) } });

const name = z.string().min(1).max(256);

export const pricesSchema = z.record(name, priceSchema);

export const catalogSchema = z.record(
  name,
  z.strictObject({
    provider: text('Who makes the model: `openai`, `anthropic`, `gemini`, …', {
      expected: 'up to 64 letters, digits, `-`, `_` or `.`',
      pattern: /^[\w.-]{1,64}$/,
    }).optional(),
    quality: integer('How good its answers are.', { min: 0, max: 100 }).optional(),
    price: priceSchema
      .meta({ kind: 'section', description: 'As an entry of `prices`, which counts where both name a model.' })
      .optional(),
    context_window: integer('Tokens of prompt and answer together.', { min: 1, max: 100_000_000 }).optional(),
    max_output: integer('Tokens of the longest answer.', { min: 1, max: 100_000_000 }).optional(),
    tools: flag('Whether it calls tools.').optional(),
    structured: flag('Whether its answers follow a schema.').optional(),
    vision: flag('Whether it sees images.').optional(),
  }),
);

export type PriceInput = z.output<typeof priceSchema>;
export type CatalogInput = z.output<typeof catalogSchema>;
