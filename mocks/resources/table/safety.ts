import type { Resource } from '../resource.ts';

/** There is one of each, so that an application can look at one. */
export const safetyAlerts: Resource = {
  name: 'safety.alerts',
  doc: 'Safety alerts: there is one, `alert_mock`',
  path: '/v1/safety/alerts',
  param: 'alert_id',
  id: { prefix: 'alert_', hex: 32 },
  shape: 'safety/alerts#SafetyAlert',
  verbs: ['retrieve'],
  seed: () => [{ id: 'alert_mock' }],
  make: ({ context }) => ({
    fields: {
      error_type: 'other',
      model: 'gpt-4o-mini',
      reason: null,
      request_id: `req_${context.random.hex(32)}`,
      request_paused: false,
      response_id: `resp_${context.random.hex(48)}`,
    },
  }),
};

export const safetyCases: Resource = {
  name: 'safety.cases',
  doc: 'Safety cases: there is one, `case_mock`',
  path: '/v1/safety/cases',
  param: 'case_id',
  id: { prefix: 'case_', hex: 32 },
  shape: 'safety/cases#SafetyCase',
  verbs: ['retrieve'],
  seed: () => [{ id: 'case_mock' }],
  make: () => ({ fields: { entity_identifier: 'none', notice: { type: 'warning' }, reason: null } }),
};
