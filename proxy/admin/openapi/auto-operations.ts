import { HARD_FILTERS } from '../../auto/filters.ts';
import { COMPLEXITIES, TIERS } from '../../auto/levels.ts';
import type { JsonObject } from '../../core/json.ts';
import { orNull } from '../../governance/rules.ts';
import { EXPLAIN_BODY } from '../routing/explained-request.ts';
import { CHEAPEST_DEFAULT_LIMIT, CHEAPEST_LIMIT, ESTIMATE_BODY } from '../routing/pricing-router.ts';
import { CONTEXT_TOKENS } from '../routing/ranking-router.ts';
import { DETAIL, DETAIL_ISSUES } from './detail-schemas.ts';
import {
  amount,
  answer,
  arrayOf,
  mapTo,
  named,
  object,
  pathParameter,
  queryParameter,
  text,
  time,
  whole,
} from './parts.ts';
import type { Described, Operations } from './parts.ts';

const BASE = '/api/v1';
/** Alternatives of who may ask. */
const READERS = ['adminToken', 'virtualKey'] as const;

const REFUSED = {
  '401': answer('The request has neither the admin token nor a valid virtual key.', DETAIL),
  default: answer('Any other error.', DETAIL),
};
const WRONG = { '422': answer('Members or parameters that are wrong.', DETAIL_ISSUES) };
const LARGE = { '413': answer('The body exceeds 4 MiB.', DETAIL) };
const SWITCHED_OFF = { '404': answer('The model `auto` is switched off.', DETAIL) };
const NO_MODEL = { '404': answer('There is no such model, or the caller may not use it.', DETAIL) };

const flag = { type: 'boolean' };
const rate = { ...orNull(amount), description: 'USD per million tokens. Null = not known.' };
const quality = { type: 'integer', minimum: 0, maximum: 100 };
const source = { enum: ['endpoint', 'catalog', 'fetched', 'bundled', 'none'] };
const tier = { enum: [...TIERS] };
const complexity = { enum: [...COMPLEXITIES] };
const usd = { ...orNull(amount), description: 'Null = the price is not known.' };

const model = named(
  'PricedModel',
  object({
    model: text(),
    provider: text(),
    input: rate,
    output: rate,
    cached_input: { ...rate, description: 'USD per million tokens. Null = `input`.' },
    source: { ...source, description: 'Where the price was found.' },
    stale: { ...flag, description: 'The price was fetched more than a day ago.' },
    context_window: whole,
    quality,
    tools: flag,
    structured: flag,
    vision: flag,
  }),
);
const average = { ...amount, description: 'The mean of input and output, USD per million tokens.' };

const floors = object({ quality, window: whole });
const row = named(
  'RankedModel',
  object({
    rank: { type: 'integer', minimum: 1 },
    model: text(),
    provider: text(),
    quality,
    price: orNull(object({ input: amount, output: amount })),
    effective_price: {
      ...orNull(amount),
      description: 'The mean of input and output, less what the provider’s cache spares.',
    },
    value: {
      ...orNull(amount),
      description: 'Quality squared for each US dollar. Null = the price is not known, or 0.',
    },
    context_window: whole,
    credential: { enum: ['own', 'system', 'none'], description: 'Whose key a request would be sent with.' },
  }),
);
const ranking = {
  floors,
  relaxed: { ...flag, description: 'No model meets the floors, so they were dropped.' },
  source: { enum: ['value', 'fallback_order'] },
  ranking: arrayOf(row),
  excluded: arrayOf(
    object({
      model: text(),
      reason: {
        enum: [...HARD_FILTERS, 'quality', 'window'],
      },
    }),
  ),
};
const explanation = named(
  'Explanation',
  object({
    model: { const: 'auto' },
    text_tokens: whole,
    complexity,
    score: { type: 'integer' },
    points: arrayOf(object({ reason: text(), points: { type: 'integer' } })),
    tier,
    effective_tier: { ...tier, description: 'With what headers and preferences say.' },
    requirements: object({ tools: flag, structured: flag, vision: flag, context_tokens: whole }),
    ...ranking,
    selected: orNull(object({ model: text(), provider: text() })),
    error: orNull(object({ status: whole, code: text(), message: text() })),
  }),
);

function pricing(described: Omit<Described, 'tag'>): Described {
  return { security: READERS, ...described, tag: 'pricing', answers: { ...described.answers, ...REFUSED } };
}

function routing(described: Omit<Described, 'tag'>): Described {
  const answers = { ...described.answers, ...SWITCHED_OFF, ...REFUSED };
  return { security: READERS, ...described, tag: 'routing', answers };
}

function flagParameter(name: string, what: string): JsonObject {
  return queryParameter(name, `Whether the request needs ${what}.`, { ...flag, default: false });
}

/** Prices of the configured models, and what the model `auto` would do. */
export const AUTO_OPERATIONS: Operations = {
  [`GET ${BASE}/pricing`]: pricing({
    id: 'listPrices',
    summary: 'List the configured models with their prices',
    description: 'A virtual key sees the models that it may use, here and in all that follows.',
    answers: {
      '200': answer(
        'The models.',
        object({
          models: arrayOf(model),
          updated_at: { ...time, description: 'When prices were fetched, else when the configuration was taken.' },
        }),
      ),
    },
  }),
  [`GET ${BASE}/pricing/{model}`]: pricing({
    id: 'getPrice',
    summary: 'Read the price of a model',
    parameters: [pathParameter('model', 'Its whole name.')],
    answers: { '200': answer('The model.', model), ...NO_MODEL },
  }),
  [`POST ${BASE}/pricing/estimate`]: pricing({
    id: 'estimateCost',
    summary: 'Say what so many tokens cost',
    body: { schema: named('CostQuestion', ESTIMATE_BODY), isRequired: true },
    answers: {
      '200': answer('What they cost.', object({ model: text(), cost_usd: usd, price_source: source })),
      ...NO_MODEL,
      ...LARGE,
      ...WRONG,
    },
  }),
  [`GET ${BASE}/pricing/cheapest`]: pricing({
    id: 'listCheapestModels',
    summary: 'List the cheapest models',
    description: 'Models that cost nothing, or whose price is not known, are left out.',
    parameters: [
      queryParameter('limit', 'Most models.', {
        type: 'integer',
        minimum: CHEAPEST_LIMIT.min,
        maximum: CHEAPEST_LIMIT.max,
        default: CHEAPEST_DEFAULT_LIMIT,
      }),
    ],
    answers: {
      '200': answer(
        'The models, the cheapest first.',
        object({ models: arrayOf(object({ model: text(), provider: text(), average })) }),
      ),
      ...WRONG,
    },
  }),
  [`GET ${BASE}/pricing/compare`]: pricing({
    id: 'compareProviders',
    summary: 'Compare the prices of providers',
    answers: {
      '200': answer(
        'By the names of providers.',
        object({
          providers: mapTo(
            object({
              models: { ...whole, description: 'How many have a price.' },
              average,
              min: average,
              max: average,
            }),
          ),
        }),
      ),
    },
  }),
  [`POST ${BASE}/pricing/refresh`]: {
    ...pricing({
      id: 'refreshPrices',
      summary: 'Fetch prices now',
      description: 'From `pricing.url` of the configuration. The known prices stay where that fails.',
      answers: {
        '200': answer('They were fetched.', object({ status: { const: 'success' }, models: whole })),
        '403': answer('The caller has a virtual key; only administrators may do this.', DETAIL),
        '409': answer('The configuration has no `pricing.url`.', DETAIL),
        '502': answer('They could not be fetched.', DETAIL),
      },
    }),
    security: ['adminToken'],
  },
  [`POST ${BASE}/routing/explain`]: routing({
    id: 'explainRequest',
    summary: 'Say which model auto picks for a request, and why',
    description:
      'A chat request, a Responses request, or a text. Headers count as they do for the request itself. No provider is asked, and nothing is charged. An administrator asks as a caller without a key.',
    parameters: ['task', 'tier', 'model-hint', 'vision'].map((name) => ({
      name: `x-llmproxy-${name}`,
      in: 'header',
      description: 'As on the request itself.',
      schema: text(),
    })),
    body: { schema: named('ExplainedRequest', EXPLAIN_BODY), isRequired: true },
    answers: { '200': answer('The explanation.', explanation), ...LARGE, ...WRONG },
  }),
  [`GET ${BASE}/routing/ranking`]: routing({
    id: 'rankModels',
    summary: 'List the models that auto picks from, the best first',
    parameters: [
      queryParameter('complexity', 'How hard the request is.', { ...complexity, default: 'simple' }),
      queryParameter('tier', 'In place of the one that fits the complexity; empty = none.', { enum: [...TIERS, ''] }),
      flagParameter('tools', 'tools'),
      flagParameter('structured', 'structured output'),
      flagParameter('vision', 'vision'),
      queryParameter('context_tokens', 'Tokens of the request.', {
        type: 'integer',
        minimum: CONTEXT_TOKENS.min,
        maximum: CONTEXT_TOKENS.max,
        default: 0,
      }),
      queryParameter(
        'plan',
        'Name of a plan, in place of the caller’s; empty = none. A virtual key may name its own.',
        text(),
      ),
    ],
    answers: { '200': answer('The ranking.', object({ complexity, ...ranking })), ...WRONG },
  }),
  [`GET ${BASE}/routing/tiers`]: routing({
    id: 'listTiers',
    summary: 'List the tiers with their best models',
    answers: {
      '200': answer(
        'The tiers, ascending.',
        object({
          tiers: arrayOf(
            object({
              tier,
              min_quality: quality,
              max_tokens: { ...orNull(whole), description: 'Tokens of the text. Null = any number.' },
              models: { ...arrayOf(text()), maxItems: 5 },
              estimated_cost_usd: { ...usd, description: '1,000 input and 500 output tokens at the first model.' },
            }),
          ),
        }),
      ),
    },
  }),
};
