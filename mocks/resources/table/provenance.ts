import type { Resource } from '../resource.ts';

/** Nothing is looked at: no upload is ever said to be generated. */
export const provenanceChecks: Resource = {
  name: 'content_provenance_checks',
  doc: 'Whether a file was generated: never',
  path: '/v1/content_provenance_checks',
  param: 'check_id',
  id: { prefix: 'cpc_', hex: 32 },
  shape: 'content-provenance-checks#ContentProvenanceCheck',
  verbs: ['create'],
  required: ['file'],
  make: () => ({
    fields: {
      results: [
        {
          type: 'c2pa',
          outcome: 'not_detected',
          validation_state: 'not_present',
          issuer: null,
          model: null,
          generated_at: null,
        },
        { type: 'synthid', outcome: 'not_detected', model: null, generated_at: null },
      ],
    },
  }),
};
