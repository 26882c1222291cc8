import type { JsonObject } from '../../core/json.ts';
import { TIER_NAMES } from '../../governance/preferences/types.ts';
import { orNull } from '../../governance/rules.ts';
import { PREFERENCES_CHANGE } from '../routing/preferences-rules.ts';
import { USAGE_DEFAULT_LIMIT, USAGE_LIMIT } from '../routing/usage-router.ts';
import { DETAIL, DETAIL_ISSUES } from './detail-schemas.ts';
import { amount, answer, arrayOf, named, object, pathParameter, queryParameter, text, time, whole } from './parts.ts';
import type { Described, Operations } from './parts.ts';

const BASE = '/api/v1';
const TAG = 'routing';

const REFUSED = {
  '401': answer('The request has neither the admin token nor a valid virtual key.', DETAIL),
  '503': answer('The database cannot be reached.', DETAIL),
  default: answer('Any other error.', DETAIL),
};
const WRONG = { '422': answer('Members or parameters that are wrong.', DETAIL_ISSUES) };
const UNKNOWN = {
  '404': answer('There is no virtual key, user, team or customer with this id, or the caller may not see it.', DETAIL),
};
const FORBIDDEN = { '403': answer('The caller has a virtual key; only administrators may do this.', DETAIL) };
const LARGE = { '413': answer('The body exceeds 4 MiB.', DETAIL) };

const flag = { type: 'boolean' };
const tier: JsonObject = { enum: [...TIER_NAMES, null] };
const cents = orNull(whole);
const usd = orNull(amount);
const name = orNull(text());

const preferences = named(
  'RoutingPreferences',
  object({
    id: text(),
    default_tier: tier,
    min_tier: tier,
    max_tier: tier,
    auto_escalation: flag,
    cache_aware: flag,
    preferred_providers: arrayOf(text()),
    max_cost_per_request_cents: cents,
    monthly_budget_cents: cents,
  }),
);
const change = named('RoutingPreferencesUpdate', PREFERENCES_CHANGE);
const record = named(
  'RequestRecord',
  object({
    request_id: text(),
    at: time,
    virtual_key_id: name,
    model_asked: name,
    model: name,
    provider: name,
    complexity: name,
    tier: name,
    task: name,
    input_tokens: whole,
    cached_tokens: whole,
    output_tokens: whole,
    cost_usd: {
      ...usd,
      description: 'Up to nine decimals. Null = no price is known; 0 for an answer out of the cache.',
    },
    saved_by_routing_usd: { ...usd, description: 'Null = not known.' },
    saved_by_cache_usd: { ...usd, description: 'What the answer had cost. Null = not known.' },
    price_source: text(),
    credential: { ...name, description: 'Id of the user’s own key, or `system`.' },
    cached: flag,
    status: whole,
    latency_ms: whole,
  }),
);
const report = named(
  'RequestReport',
  object({
    records: arrayOf(record),
    totals: object({
      requests: whole,
      cost_usd: amount,
      saved_by_routing_usd: amount,
      saved_by_cache_usd: amount,
    }),
  }),
);

const one = [pathParameter('id', 'Id of a virtual key, user, team or customer.')];
const limit: JsonObject = {
  type: 'integer',
  minimum: USAGE_LIMIT.min,
  maximum: USAGE_LIMIT.max,
  default: USAGE_DEFAULT_LIMIT,
};

function ownerParameter(of: string, what: string): JsonObject {
  return queryParameter(`${of}_id`, `Requests of this ${what}; empty = of all.`, text({ maxLength: 255 }));
}

function routeOf(described: Omit<Described, 'tag'>): Described {
  return { ...described, tag: TAG, answers: { ...described.answers, ...REFUSED } };
}

/** Alternatives of who may read. */
const READERS = ['adminToken', 'virtualKey'] as const;

/** What callers want of the model `auto`, and their requests one by one. */
export const ROUTING_OPERATIONS: Operations = {
  [`GET ${BASE}/routing/preferences/{id}`]: routeOf({
    id: 'getRoutingPreferences',
    summary: 'Read preferences of the model auto',
    description:
      'What is stored for this id; what nothing is stored of has its default. Of each member the nearest of key, user, team and customer that has it counts. A virtual key reads those of its own chain.',
    security: READERS,
    parameters: one,
    answers: { '200': answer('The preferences.', preferences), ...UNKNOWN },
  }),
  [`PUT ${BASE}/routing/preferences/{id}`]: routeOf({
    id: 'updateRoutingPreferences',
    summary: 'Change preferences of the model auto',
    description: 'What is absent stays, null clears. `min_tier` may not be above `max_tier`.',
    parameters: one,
    body: { schema: change, isRequired: true },
    answers: {
      '200': answer('What they are now.', preferences),
      ...FORBIDDEN,
      ...UNKNOWN,
      ...LARGE,
      ...WRONG,
    },
  }),
  [`DELETE ${BASE}/routing/preferences/{id}`]: routeOf({
    id: 'deleteRoutingPreferences',
    summary: 'Delete preferences of the model auto',
    parameters: one,
    answers: { '204': { description: 'There are none any more.' }, ...FORBIDDEN, ...UNKNOWN },
  }),
  [`GET ${BASE}/routing/usage`]: routeOf({
    id: 'listRequests',
    summary: 'List requests with what they cost and what they were spared',
    description:
      'The newest first. `totals` are of all requests that the filter lets pass. A virtual key sees its own.',
    security: READERS,
    parameters: [
      ownerParameter('virtual_key', 'virtual key'),
      ownerParameter('user', 'user'),
      ownerParameter('team', 'team'),
      ownerParameter('customer', 'customer'),
      queryParameter('limit', 'Most records.', limit),
    ],
    answers: { '200': answer('The requests.', report), ...WRONG },
  }),
};
