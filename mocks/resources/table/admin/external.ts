import { answerJson } from '../../../dialects/answer.ts';
import { fieldsOf, textOf } from '../../fields.ts';
import { shown } from '../../operations.ts';
import type { Resource } from '../../resource.ts';
import { change } from '../../store.ts';
import { ORGANIZATION } from './organization.ts';

const externalKeys: Resource = {
  name: 'admin.organization.external_keys',
  doc: 'Encryption keys that another cloud holds',
  path: `${ORGANIZATION}/external_keys`,
  param: 'external_key_id',
  id: { prefix: 'extkey_', hex: 32 },
  shape: 'admin/organization/external-keys#ExternalKey',
  verbs: ['create', 'list', 'retrieve', 'delete'],
  required: ['name', 'type'],
  make: ({ body }) => ({ fields: { object: 'organization.external_key', type: textOf(body['type'], 'aws') } }),
  // What is removed is shown once more.
  deleted: ({ body }) => body,
  list: { none: null },
  actions: [
    {
      name: 'validate',
      method: 'POST',
      suffix: '/validate',
      act: (_key, { context }) => answerJson(context, { status: 'valid' }),
    },
  ],
};

const PROVIDER = { type: 'aws', account_id: '', bucket: '', external_id: '', region: '', role_arn: '' };

const externalStorage: Resource = {
  name: 'admin.organization.external_storage',
  doc: 'Storage that another cloud holds',
  path: `${ORGANIZATION}/external_storage`,
  param: 'external_storage_id',
  id: { prefix: 'extstore_', hex: 32 },
  shape: 'admin/organization/external-storage#ExternalStorageConfiguration',
  verbs: ['create', 'list', 'retrieve', 'delete'],
  make: ({ body, context }) => ({
    fields: {
      status: 'pending',
      project_id: textOf(body['project_id'], context.project),
      provider: { ...PROVIDER, ...fieldsOf(body['provider']) },
    },
  }),
  list: { none: null },
  actions: [
    {
      name: 'validate',
      method: 'POST',
      suffix: '/validate',
      act: (storage, place) => shown(change(place, storage, { status: 'validated' }), place),
    },
  ],
};

const VERIFICATION = { type: 'discovery', discovery_url: null };

const identityProviders: Resource = {
  name: 'admin.organization.workload_identity_providers',
  doc: 'Issuers of identities that workloads sign in with',
  path: `${ORGANIZATION}/workload_identity_providers`,
  param: 'workload_identity_provider_id',
  id: { prefix: 'wip_', hex: 32 },
  shape: 'admin/organization/workload-identity-providers/workload-identity-providers#WorkloadIdentityProvider',
  verbs: ['create', 'list', 'retrieve', 'update', 'delete'],
  required: ['name', 'issuer'],
  make: ({ body, now }) => ({
    fields: {
      enabled: body['enabled'] ?? true,
      description: body['description'] ?? null,
      verification: { ...VERIFICATION, ...fieldsOf(body['verification']) },
      updated_at: now,
    },
  }),
  updatable: ['name', 'description', 'enabled', 'audience', 'attribute_transformations'],
  list: { none: null },
};

const PERMISSIONS = { type: 'restricted', scopes: [] };

const federationRules: Resource = {
  name: 'admin.organization.workload_identity_providers.federation_rules',
  doc: 'Which identities become which service accounts',
  path: `${ORGANIZATION}/workload_identity_providers/{workload_identity_provider_id}/federation_rules`,
  param: 'federation_rule_id',
  parent: identityProviders,
  id: { prefix: 'wifr_', hex: 32 },
  shape: 'admin/organization/workload-identity-providers/federation-rules#FederationRule',
  verbs: ['create', 'list', 'retrieve', 'update', 'delete'],
  make: ({ body, params, now }) => ({
    fields: {
      enabled: body['enabled'] ?? true,
      name: body['name'] ?? null,
      description: body['description'] ?? null,
      attribute_matchers: body['attribute_matchers'] ?? {},
      permissions: { ...PERMISSIONS, ...fieldsOf(body['permissions']) },
      workload_identity_provider_id: params['workload_identity_provider_id'],
      updated_at: now,
    },
  }),
  updatable: ['name', 'description', 'enabled', 'attribute_matchers', 'permissions'],
  list: { none: null },
};

/** What the organization has elsewhere: keys, storage, identities. */
export const externalResources: readonly Resource[] = [
  externalKeys,
  externalStorage,
  identityProviders,
  federationRules,
];
