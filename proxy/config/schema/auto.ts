import { z } from 'zod';

import { choice, duration, flag, integer, parsed, text } from './fields.ts';

const PROVIDER = { expected: 'up to 64 letters, digits, `-`, `_` or `.`', pattern: /^[\w.-]{1,64}$/ };
const MODEL = { expected: 'the name of a model, up to 256 characters', pattern: /^\S.{0,255}$/ };
const ADDRESS = 'an http:// or https:// address without user and password';

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
  url: parsed(
    'Address of a JSON object: names of models, each with what an entry of `prices` may say (USD per million tokens), or with `input_cost_per_token` and `output_cost_per_token` (USD for one token) and the other prices of tokens that LiteLLM’s table of models has. Empty = none. These prices count after `prices` and `catalog` and before those that come with the proxy. Redirects are not followed.',
    ADDRESS,
    (address) => (address === '' || isHttp(address) ? address : undefined),
  ).prefault(''),
  refresh: duration(
    'How often it is fetched, at the start for the first time; 0 = only by `POST /api/v1/pricing/refresh`.',
    { min: 0, max: 20 * 86_400_000 },
  ).prefault('12h'),
});

function isHttp(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, username, password } = new URL(address);
  return /^https?:$/.test(protocol) && username === '' && password === '';
}
