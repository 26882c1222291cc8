import type { Resource } from '../../resource.ts';

const VAULTS = '/v1/vaults';

export const vaults: Resource = {
  name: 'beta.agents.vaults',
  doc: 'Vaults: what sessions of agents may use without seeing it',
  path: VAULTS,
  param: 'vault_id',
  id: { prefix: 'vault_', hex: 32 },
  shape: 'beta/agents/vaults/vaults#Vault',
  verbs: ['create', 'list', 'retrieve', 'update', 'delete'],
  updatable: ['name', 'metadata'],
  list: { none: null },
};

/** The secret goes in, and never comes out. */
const AUTH = {
  type: 'environment_variable',
  secret_name: 'SECRET',
  networking: { type: 'limited', allowed_hosts: [] },
};

export const credentials: Resource = {
  name: 'beta.agents.vaults.credentials',
  doc: 'Credentials of a vault; their secrets are never shown',
  path: `${VAULTS}/{vault_id}/credentials`,
  param: 'credential_id',
  parent: vaults,
  id: { prefix: 'cred_', hex: 32 },
  shape: 'beta/agents/vaults/credentials#Credential',
  verbs: ['create', 'list', 'retrieve', 'update', 'delete'],
  required: ['name', 'auth'],
  make: ({ params, now, body }) => {
    const {
      secret: _secret,
      secret_value: _value,
      ...auth
    } = { ...AUTH, ...(body['auth'] as object | undefined) } as Record<string, unknown>;
    return { fields: { vault_id: params['vault_id'], updated_at: now, auth } };
  },
  updatable: ['name', 'metadata'],
  list: { none: null },
};
