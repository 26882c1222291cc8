import { z } from 'zod';

import { choice, duration, flag, integer, text } from './fields.ts';

const PROVIDER = { expected: 'up to 64 letters, digits, `-`, `_` or `.`', pattern: /^[\w.-]{1,64}$/ };
const MODEL = { expected: 'the name of a model, up to 256 characters', pattern: /^\S.{0,255}$/ };
const ADDRESS = {
  expected: 'an http:// or https:// address without user and password',
  pattern: /^(?:https?:\/\/[^\s@]+)?$/,
};

const order = (complexity: string) =>
  z
    .array(text(`Providers for ${complexity} requests, the best first.`, PROVIDER))
    .meta({ kind: 'list', description: `Providers for ${complexity} requests, the best first.` })
    .optional();

export const autoSchema = z.strictObject({
  enabled: flag('Whether clients may ask for the model `auto`.').prefault(true),
  models: z
    .array(text('The name of a configured model.', MODEL))
    .meta({
      kind: 'list',
      description: 'Names of the models that it picks from. Empty = every configured model that the catalogue knows.',
    })
    .prefault([]),
  reference: text('The model that what it saves is measured against.', MODEL).prefault('gpt-4o'),
  attempts: integer('Models that are asked for one request, one after another because one failed.', {
    min: 1,
    max: 20,
  }).prefault(3),
  vision: choice(
    'Requests with images: `route` asks models that see; `describe` lets such a model describe the images first where the picked one does not see.',
    ['route', 'describe'],
  ).prefault('route'),
  output_tokens: integer('Tokens of an answer whose request sets no limit, in estimates of its cost.', {
    min: 1,
    max: 10_000_000,
  }).prefault(500),
  fallback_order: z
    .strictObject({
      simple: order('simple'),
      moderate: order('moderate'),
      complex: order('complex'),
      advanced: order('advanced'),
    })
    .meta({ kind: 'section', description: 'The order of models whose price is unknown: by their provider.' })
    .prefault({}),
});

export const pricingSchema = z.strictObject({
  url: text(
    'Address of a JSON object of prices, the names of models → `{input, output, cached_input, …}` in USD per million tokens, as entries of `prices`. Empty = none. What it says counts after `prices` and `catalog` and before what the proxy knows of itself.',
    ADDRESS,
  ).prefault(''),
  refresh: duration('How often it is fetched; 0 = only by `POST /api/v1/pricing/refresh`.', {
    min: 0,
    max: 30 * 86_400_000,
  }).prefault('12h'),
});
