import type { JsonObject } from '../../core/json.ts';
import { CACHE_TARGETS } from '../cache-target.ts';
import { amount, answer, arrayOf, mapTo, named, object, queryParameter, text, time, whole } from './parts.ts';
import type { Operations } from './parts.ts';

const nullable = (type: string, more: JsonObject = {}): JsonObject => ({ type: [type, 'null'], ...more });

export const error = named(
  'Error',
  object({
    error: object({
      message: text(),
      type: text(),
      param: nullable('string'),
      code: nullable('string', { description: 'A code of docs/errors.md.' }),
    }),
  }),
);

/** Errors of every route of the control plane. */
const REFUSED = {
  '403': answer('A web page of another origin asked, or the Host header names another host.', error),
  default: answer('Any other error.', error),
};
/** Errors of every route that needs the right to operate the proxy. */
export const GUARDED = { ...REFUSED, '401': answer('The admin token is missing or wrong.', error) };

const state = { enum: ['admitting', 'ejected', 'probing'], type: 'string' };
const out = arrayOf(named('OutStats', object({ name: text(), state, ejected_until: time })));
const percentiles = {
  anyOf: [named('Percentiles', object({ p50: amount, p95: amount, p99: amount })), { type: 'null' }],
};
const tokens = named('TokenCounts', object({ input: whole, output: whole, cached: whole }));

export const endpointStats = named(
  'EndpointStats',
  object(
    {
      id: text({ description: 'MODEL/NAME.' }),
      provider: text(),
      base_url: text(),
      weight: amount,
      priority: amount,
      state,
      in_flight: whole,
      requests: whole,
      total_requests: whole,
      failures: whole,
      success_rate: { type: 'number', minimum: 0, maximum: 1 },
      latency_ms: percentiles,
      ttft_ms: percentiles,
      last_error: { anyOf: [object({ at: time, kind: text(), reason: text() }), { type: 'null' }] },
      ejected_until: nullable('string', { format: 'date-time' }),
      ejected_by_hand: {
        ...object({ at: time, until: time, by: text() }),
        description: 'Only while an operator keeps it out.',
      },
      operations_out: out,
      models_out: out,
      rate_limits: mapTo(named('RateLimitStats', object({ limit: amount, remaining: amount }))),
    },
    ['rate_limits', 'ejected_by_hand'],
  ),
);

const workers = {
  ...object({ configured: whole, answered: whole, restarts: whole }),
  description: 'Only where `server.workers` is above 1: processes that answer requests, and of how many the rest is.',
};

const health = named(
  'Health',
  object(
    {
      status: { type: 'string', enum: ['healthy', 'degraded'] },
      version: text(),
      database_connected: { type: 'boolean', description: 'Only where there are virtual keys.' },
      limits_local: {
        type: 'boolean',
        description: 'Whether limits are counted by this process alone although there is a Redis.',
      },
      redis_connected: nullable('boolean', { description: 'Null without Redis.' }),
      redis_refuses: nullable('string'),
      models: arrayOf(text()),
      models_down: arrayOf(text()),
      endpoints: object({ total: whole, admitting: whole }),
      workers,
    },
    ['database_connected', 'limits_local', 'workers'],
  ),
);

const stats = named(
  'Stats',
  object(
    {
      version: text(),
      uptime_seconds: whole,
      workers,
      requests: object({ requests: whole, client_errors: whole, server_errors: whole, client_left: whole }),
      tokens,
      generations: object({ total: whole, tokens, estimated_tokens: object({ input: whole, output: whole }) }),
      cache: object({
        hits: whole,
        misses: whole,
        joined: whole,
        stale: whole,
        bypassed: whole,
        entries: whole,
        bytes: whole,
        evictions: whole,
        stored: whole,
        found_in: object({ memory: whole, redis: whole }),
      }),
      endpoints: mapTo(arrayOf(endpointStats)),
    },
    ['workers'],
  ),
);

const phase = object({ status: { type: 'string', enum: ['starting', 'ready', 'draining'] } });

const target = {
  type: 'object',
  additionalProperties: false,
  maxProperties: 1,
  properties: Object.fromEntries(
    Object.entries(CACHE_TARGETS).map(([name, description]) => [name, text({ minLength: 1, description })]),
  ),
};

/** What the routes beside those of governance take and answer. */
export const CONTROL_OPERATIONS: Operations = {
  'GET /': {
    id: 'getIndex',
    summary: 'What this is, and where things are',
    tag: 'operations',
    answers: {
      '200': answer(
        'The index.',
        object({
          name: text(),
          version: text(),
          openai_base_url: text(),
          models: arrayOf(text()),
          routes: arrayOf(text()),
        }),
      ),
      ...GUARDED,
    },
  },
  'GET /health': {
    id: 'getHealth',
    summary: 'Whether all is well',
    description: 'Always 200: a proxy that is degraded serves.',
    tag: 'health',
    isOpen: true,
    answers: { '200': answer('Healthy or degraded, and which models no endpoint serves.', health), ...REFUSED },
  },
  'GET /health/live': {
    id: 'getLiveness',
    summary: 'Whether the process lives',
    tag: 'health',
    isOpen: true,
    answers: {
      '200': answer('It does.', object({ status: { type: 'string', enum: ['live'] } })),
      ...REFUSED,
    },
  },
  'GET /health/ready': {
    id: 'getReadiness',
    summary: 'Whether requests may come',
    tag: 'health',
    isOpen: true,
    answers: {
      '200': answer('They may.', phase),
      '503': answer('The proxy is starting, or a stop signal has come.', phase),
      ...REFUSED,
    },
  },
  'GET /stats': {
    id: 'getStats',
    summary: 'Requests, tokens, the cache, and the endpoints of each model',
    tag: 'operations',
    answers: { '200': answer('The counters since the start.', stats), ...GUARDED },
  },
  'GET /metrics': {
    id: 'getMetrics',
    summary: 'Metrics for Prometheus',
    tag: 'operations',
    answers: {
      '200': {
        description: 'The metrics, as `Accept` asks for them.',
        content: { 'text/plain': { schema: text() }, 'application/openmetrics-text': { schema: text() } },
      },
      ...GUARDED,
    },
  },
  'DELETE /cache': {
    id: 'purgeCache',
    summary: 'Remove stored answers: all, or those of a model or a key',
    description: 'What to remove is named in the query or in the body, once.',
    tag: 'operations',
    parameters: Object.entries(CACHE_TARGETS).map(([name, description]) =>
      queryParameter(name, description, text({ minLength: 1 })),
    ),
    body: { schema: target, isRequired: false },
    answers: {
      '200': answer(
        'What was removed.',
        object({ timestamp: time, deleted_entries: whole, status: { type: 'string', enum: ['success', 'partial'] } }),
      ),
      '400': answer('The target is none that the cache has.', error),
      '413': answer('The body exceeds 16 KiB.', error),
      ...GUARDED,
    },
  },
  'GET /openapi.json': {
    id: 'getOpenApi',
    summary: 'This document',
    tag: 'operations',
    isOpen: true,
    answers: { '200': answer('OpenAPI 3.1.', { type: 'object' }), ...REFUSED },
  },
};
