import type { JsonObject } from '../../core/json.ts';
import { MODEL_BODIES } from '../dashboard/models-router.ts';
import { GUARDED, endpointStats, error } from './control-operations.ts';
import { amount, answer, arrayOf, object, text, time, whole } from './parts.ts';
import type { Operations } from './parts.ts';

const share: JsonObject = { type: ['number', 'null'], minimum: 0, maximum: 1 };

const models = object({
  models: arrayOf(
    object({
      name: text(),
      strategy: text(),
      recent_seconds: { ...amount, description: 'What `recent_share` and `recent_requests` are about.' },
      endpoints: arrayOf(
        object(
          {
            ...(endpointStats['properties'] as JsonObject),
            wanted_share: {
              ...share,
              description: 'Of the requests of the model, now; null where the strategy goes by what it measures.',
            },
            recent_share: { ...share, description: 'Of the attempts of the last minutes.' },
            total_share: { ...share, description: 'Of the attempts since the start.' },
            recent_requests: whole,
          },
          ['rate_limits', 'ejected_by_hand'],
        ),
      ),
    }),
  ),
});

const decided = object({
  endpoint: text(),
  model: text(),
  state: { type: 'string', enum: ['admitting', 'ejected'] },
  at: time,
  until: { type: ['string', 'null'], format: 'date-time' },
  by: text(),
});

const REFUSED = {
  '400': answer('The body is not as it should be.', error),
  '404': answer('There is no such endpoint.', error),
  '413': answer('The body exceeds 16 KiB.', error),
  ...GUARDED,
};

/** Models and endpoints, as the dashboard shows and moves them. */
export const MODELS_OPERATIONS: Operations = {
  'GET /api/admin/models': {
    id: 'listModelsWithEndpoints',
    summary: 'Every model with its endpoints, and the shares that they are to get and have got',
    tag: 'dashboard',
    answers: { '200': answer('The models.', models), ...GUARDED },
  },
  'POST /api/admin/endpoints/eject': {
    id: 'ejectEndpoint',
    summary: 'Keep an endpoint out for a while',
    description:
      'It gets no request until the time is over or it is admitted by hand: no probe and no health check ends that. Replicas and workers follow, and a reload keeps it.',
    tag: 'dashboard',
    body: { schema: MODEL_BODIES.eject, isRequired: true },
    answers: {
      '200': answer('It is out.', decided),
      '409': answer('No other endpoint of its model admits, and the body has no `force`.', error),
      ...REFUSED,
    },
  },
  'POST /api/admin/endpoints/admit': {
    id: 'admitEndpoint',
    summary: 'End every ejection of an endpoint',
    description:
      'Those by hand, and all that the proxy has found out by itself of it and of its operations and models.',
    tag: 'dashboard',
    body: { schema: MODEL_BODIES.admit, isRequired: true },
    answers: { '200': answer('It admits.', decided), ...REFUSED },
  },
};
