import { textOf } from '../../fields.ts';
import type { Resource } from '../../resource.ts';

const ENVIRONMENTS = '/v1/agents/environments';

export const environments: Resource = {
  name: 'beta.agents.environments',
  doc: 'Environments in which agents work',
  path: ENVIRONMENTS,
  param: 'environment_id',
  id: { prefix: 'env_', hex: 32 },
  shape: 'beta/agents/environments/environments#EnvironmentInfo',
  verbs: ['create', 'list', 'retrieve'],
  make: ({ body }) => ({ fields: { status: 'connected', type: textOf(body['type'], 'openai_hosted') } }),
  list: { none: null },
};

export const environmentFiles: Resource = {
  name: 'beta.agents.environments.files',
  doc: 'Files of an environment, by their paths',
  path: `${ENVIRONMENTS}/{environment_id}/files`,
  param: 'path',
  parent: environments,
  id: ({ body }) => textOf(body['path'], 'file'),
  shape: 'beta/agents/environments/files#EnvironmentFile',
  verbs: ['create', 'list'],
  make: ({ params, body, id }) => ({
    fields: {
      environment_id: params['environment_id'],
      path: id,
      size_bytes: Buffer.byteLength(textOf(body['content'])),
      id: undefined,
      created_at: undefined,
    },
  }),
  list: { envelope: 'next' },
};

const PACKAGES = { npm: [], python: [], system: [] };
const NETWORK = { access: 'disabled', allowed_domains: [] };

export const environmentTemplates: Resource = {
  name: 'beta.agents.environments.templates',
  doc: 'Templates of environments',
  path: `${ENVIRONMENTS}/templates`,
  param: 'environment_template_id',
  id: { prefix: 'envtmpl_', hex: 32 },
  shape: 'beta/agents/environments/templates#EnvironmentTemplate',
  verbs: ['create', 'list', 'retrieve', 'update', 'delete'],
  make: ({ body, now }) => ({
    fields: {
      updated_at: now,
      packages: { ...PACKAGES, ...(body['packages'] as object | undefined) },
      network: { ...NETWORK, ...(body['network'] as object | undefined) },
    },
  }),
  updatable: ['name', 'packages', 'network', 'files', 'skills', 'plugins'],
  list: { none: null },
};
