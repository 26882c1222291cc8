import type { JsonObject } from '../../core/json.ts';
import { orNull } from '../../governance/rules.ts';
import { LONGEST, PROVIDER_NAMES, WHOLE } from '../gateway/request-rules.ts';
import { DETAIL, DETAIL_ISSUES } from './detail-schemas.ts';
import { amount, answer, arrayOf, named, object, pathParameter, queryParameter, text, time, whole } from './parts.ts';
import type { Described, Operations } from './parts.ts';

const BASE = '/api/v1';
const TAG = 'gateway';

const WRONG = { '422': answer('The key is missing, or members or parameters are wrong.', DETAIL_ISSUES) };
const REFUSED = {
  '401': answer('The service key is wrong.', DETAIL),
  ...WRONG,
  '503': answer('The database cannot be reached.', DETAIL),
  default: answer('Any other error.', DETAIL),
};
const UNKNOWN = { '404': answer('There is no such row.', DETAIL) };
const LARGE = { '413': answer('The body exceeds 4 MiB.', DETAIL) };

const flag = { type: 'boolean' };
const integer: JsonObject = { type: 'integer', minimum: WHOLE.min, maximum: WHOLE.max };
const name: JsonObject = { enum: [...PROVIDER_NAMES] };
const shown = text({ minLength: 1, maxLength: LONGEST.name });
const model = text({ minLength: 1, maxLength: LONGEST.model });
const key = text({ minLength: 1, description: 'Up to 500 visible ASCII characters. No answer has it.' });
const address = orNull(
  text({ minLength: 1, maxLength: LONGEST.url, description: 'With or without the path of the endpoint.' }),
);
const models = { ...arrayOf(model), maxItems: LONGEST.models };
const extra: JsonObject = { type: 'object' };

const provider = named(
  'GatewayProvider',
  object({
    id: text({ format: 'uuid' }),
    name,
    display_name: text(),
    base_url: orNull(text()),
    models: arrayOf(text()),
    is_enabled: flag,
    rate_limit_rpm: { ...integer, description: 'Requests a minute; 0 or less = unlimited.' },
    rate_limit_tpm: { ...integer, description: 'Tokens a minute; 0 or less = unlimited.' },
    priority: { ...integer, description: 'Lower first.' },
    extra_config: extra,
    created_at: time,
    updated_at: time,
  }),
);
const creation = named(
  'NewGatewayProvider',
  object(
    {
      name,
      display_name: shown,
      api_key: key,
      base_url: address,
      models,
      is_enabled: { ...flag, default: true },
      rate_limit_rpm: { ...integer, default: 60 },
      rate_limit_tpm: { ...integer, default: 100_000 },
      priority: { ...integer, default: 10 },
      extra_config: extra,
    },
    ['base_url', 'models', 'is_enabled', 'rate_limit_rpm', 'rate_limit_tpm', 'priority', 'extra_config'],
  ),
);
const change = named('GatewayProviderUpdate', {
  type: 'object',
  properties: {
    display_name: orNull(shown),
    api_key: orNull(key),
    base_url: address,
    models: orNull(models),
    is_enabled: orNull(flag),
    rate_limit_rpm: orNull(integer),
    rate_limit_tpm: orNull(integer),
    priority: orNull(integer),
    extra_config: orNull(extra),
  },
});
const override = named(
  'Override',
  object({
    id: text({ format: 'uuid' }),
    user_id: text(),
    service_name: orNull(text()),
    provider_name: text(),
    model_name: text(),
    created_at: time,
    updated_at: time,
  }),
);
const newOverride = named(
  'NewOverride',
  object(
    {
      user_id: text({ minLength: 1, maxLength: LONGEST.id }),
      provider_name: text({ description: 'One of the six names, or one under `providers` of the configuration.' }),
      model_name: model,
      service_name: orNull(text({ minLength: 1, maxLength: LONGEST.name })),
    },
    ['service_name'],
  ),
);

const days = queryParameter('days', 'Length of the period that ends now.', {
  type: 'integer',
  minimum: 1,
  maximum: 365,
  default: 30,
});
const limit = queryParameter('limit', 'Most rows.', { type: 'integer', minimum: 1, maximum: 500, default: 50 });
const counted = { request_count: whole, total_cost_usd: amount };
const one = [pathParameter('id', 'Id of the row, a UUID.')];

function routeOf(described: Omit<Described, 'tag' | 'security'>): Described {
  return { ...described, tag: TAG, security: ['serviceKey'], answers: { ...REFUSED, ...described.answers } };
}

function report(id: string, summary: string, row: JsonObject, more: readonly JsonObject[] = []): Described {
  const answers = { '200': answer('The most expensive first.', arrayOf(row)) };
  return routeOf({ id, summary, parameters: [days, ...more], answers });
}

/** Stored providers, overrides, usage and health of the gateway. */
export const GATEWAY_OPERATIONS: Operations = {
  [`GET ${BASE}/providers`]: routeOf({
    id: 'listGatewayProviders',
    summary: 'List stored providers, the lowest priority first',
    answers: { '200': answer('The providers.', arrayOf(provider)) },
  }),
  [`POST ${BASE}/providers`]: routeOf({
    id: 'createGatewayProvider',
    summary: 'Store a provider with its key',
    body: { schema: creation, isRequired: true },
    answers: { '201': answer('What was stored.', provider), '409': answer('The name is taken.', DETAIL), ...LARGE },
  }),
  [`GET ${BASE}/providers/{id}`]: routeOf({
    id: 'getGatewayProvider',
    summary: 'Read a stored provider',
    parameters: one,
    answers: { '200': answer('The provider.', provider), ...UNKNOWN },
  }),
  [`PATCH ${BASE}/providers/{id}`]: routeOf({
    id: 'updateGatewayProvider',
    summary: 'Change a stored provider',
    description:
      'What is absent or null stays, and so does the name. A `base_url` of another origin needs the key again.',
    parameters: one,
    body: { schema: change, isRequired: true },
    answers: { '200': answer('What it is now.', provider), ...UNKNOWN, ...LARGE },
  }),
  [`DELETE ${BASE}/providers/{id}`]: routeOf({
    id: 'deleteGatewayProvider',
    summary: 'Delete a stored provider and its key',
    parameters: one,
    answers: { '204': { description: 'Done.' }, ...UNKNOWN },
  }),
  [`POST ${BASE}/providers/{id}/test`]: routeOf({
    id: 'testGatewayProvider',
    summary: 'Ask a stored provider for the cheapest answer there is',
    parameters: one,
    answers: {
      '200': answer('Whether it answered.', named('ProviderTrial', object({ success: flag, error: orNull(text()) }))),
      ...UNKNOWN,
    },
  }),
  [`GET ${BASE}/overrides`]: routeOf({
    id: 'listOverrides',
    summary: 'List overrides',
    parameters: [queryParameter('user_id', 'Those of this user alone.', text())],
    answers: { '200': answer('The overrides.', arrayOf(override)) },
  }),
  [`POST ${BASE}/overrides`]: routeOf({
    id: 'createOverride',
    summary: 'Send the requests of a user to a provider and model',
    description: 'Without `service_name` of all services.',
    body: { schema: newOverride, isRequired: true },
    answers: { '201': answer('What was stored.', override), ...LARGE },
  }),
  [`DELETE ${BASE}/overrides/{id}`]: routeOf({
    id: 'deleteOverride',
    summary: 'Delete an override',
    parameters: one,
    answers: { '204': { description: 'Done.' }, ...UNKNOWN },
  }),
  [`GET ${BASE}/usage/summary`]: routeOf({
    id: 'getGatewayUsage',
    summary: 'What services have used',
    description: '`total_cost_usd` contains what cached answers had cost: it is what was spent and what was saved.',
    parameters: [days],
    answers: {
      '200': answer(
        'Sums of the period.',
        named(
          'GatewayUsage',
          object({
            period_days: whole,
            total_requests: whole,
            total_cost_usd: amount,
            total_spent_usd: amount,
            total_saved_usd: amount,
            total_tokens: whole,
            cached_requests: whole,
            error_requests: whole,
            cache_hit_rate: { ...amount, maximum: 100, description: 'Percent, one decimal.' },
          }),
        ),
      ),
    },
  }),
  [`GET ${BASE}/usage/by-provider`]: report(
    'getGatewayUsageByProvider',
    'The same by provider',
    object({ provider_name: text(), ...counted, avg_latency_ms: whole, total_tokens: whole }),
  ),
  [`GET ${BASE}/usage/by-service`]: report(
    'getGatewayUsageByService',
    'The same by service',
    object({ service_name: text(), ...counted, total_tokens: whole }),
  ),
  [`GET ${BASE}/usage/by-customer`]: report(
    'getGatewayUsageByCustomer',
    'The same by user of services',
    object({ user_id: text(), ...counted }),
    [limit],
  ),
  [`GET ${BASE}/health`]: {
    id: 'getGatewayHealth',
    summary: 'Whether the gateway reaches its database',
    tag: TAG,
    isOpen: true,
    answers: {
      '200': answer(
        'Always, where the configuration has `gateway`.',
        object({
          status: { enum: ['healthy', 'degraded'] },
          service: { const: 'llm-gateway' },
          database: { enum: ['connected', 'disconnected'] },
        }),
      ),
      '404': answer('The configuration has no such section.', DETAIL),
    },
  },
  [`GET ${BASE}/health/providers`]: {
    id: 'getGatewayProvidersHealth',
    summary: 'Stored providers by priority, without anything secret',
    tag: TAG,
    isOpen: true,
    answers: {
      '200': answer(
        'The providers.',
        object({
          providers: arrayOf(object({ name, display_name: text(), is_enabled: flag, models_count: whole })),
        }),
      ),
      '404': answer('The configuration has no such section.', DETAIL),
    },
  },
};
