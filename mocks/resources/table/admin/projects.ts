import { textOf } from '../../fields.ts';
import { shown } from '../../operations.ts';
import type { Resource } from '../../resource.ts';
import { change, unixSeconds } from '../../store.ts';
import { ORGANIZATION, OWNER, roles, spendAlerts } from './organization.ts';

const PROJECTS = `${ORGANIZATION}/projects`;
export const PROJECT = `${PROJECTS}/{project_id}`;

export const projects: Resource = {
  name: 'admin.organization.projects',
  doc: 'Projects; archived, never deleted',
  path: PROJECTS,
  param: 'project_id',
  id: { prefix: 'proj_', alnum: 24 },
  shape: 'admin/organization/projects/projects#Project',
  verbs: ['create', 'list', 'retrieve', 'update'],
  required: ['name'],
  make: () => ({ fields: { status: 'active', archived_at: null } }),
  seed: ({ context }) => [{ id: context.project, name: 'Default project' }],
  updatable: ['name'],
  list: {
    none: null,
    filter: ({ body }, query) => query.get('include_archived') === 'true' || body['status'] !== 'archived',
  },
  actions: [
    {
      name: 'archive',
      method: 'POST',
      suffix: '/archive',
      act: (object, place) =>
        shown(change(place, object, { status: 'archived', archived_at: unixSeconds(place.context) }), place),
    },
  ],
};

const projectUsers: Resource = {
  name: 'admin.organization.projects.users',
  doc: 'People of a project',
  path: `${PROJECT}/users`,
  param: 'user_id',
  parent: projects,
  id: ({ body }) => textOf(body['user_id'], OWNER.id),
  shape: 'admin/organization/projects/users/users#ProjectUser',
  verbs: ['create', 'list', 'retrieve', 'update', 'delete'],
  required: ['role'],
  make: ({ now, body }) => ({
    fields: {
      added_at: now,
      name: OWNER.name,
      email: textOf(body['email'], OWNER.email),
      role: textOf(body['role'], 'member'),
    },
  }),
  updatable: ['role'],
  list: { none: null },
};

const projectGroups: Resource = {
  name: 'admin.organization.projects.groups',
  doc: 'Groups that work on a project',
  path: `${PROJECT}/groups`,
  param: 'group_id',
  parent: projects,
  id: ({ body }) => textOf(body['group_id']),
  shape: 'admin/organization/projects/groups/groups#ProjectGroup',
  verbs: ['create', 'list', 'retrieve', 'delete'],
  required: ['group_id', 'role'],
  make: ({ id, params }) => ({
    fields: { group_id: id, project_id: params['project_id'], group_name: 'invented', group_type: 'group' },
  }),
  deleted: () => ({ object: 'project.group.deleted', deleted: true }),
  list: { envelope: 'next' },
};

const serviceAccounts: Resource = {
  name: 'admin.organization.projects.service_accounts',
  doc: 'Service accounts; the key is told once',
  path: `${PROJECT}/service_accounts`,
  param: 'service_account_id',
  parent: projects,
  id: { prefix: 'svc_acct_', alnum: 24 },
  shape: 'admin/organization/projects/service-accounts/service-accounts#ProjectServiceAccount',
  verbs: ['create', 'list', 'retrieve', 'update', 'delete'],
  required: ['name'],
  make: () => ({ fields: { role: 'member' } }),
  answer: ({ body }, { context }) => ({
    ...body,
    api_key: {
      object: 'organization.project.service_account.api_key',
      value: `sk-svcacct-${context.random.alnum(40)}`,
      name: 'Secret Key',
      created_at: body['created_at'],
      id: `key_${context.random.alnum(24)}`,
    },
  }),
  updatable: ['name', 'role'],
  list: { none: null },
};

const serviceAccountKeys: Resource = {
  name: 'admin.organization.projects.service_accounts.api_keys',
  doc: 'Further keys of a service account',
  path: `${PROJECT}/service_accounts/{service_account_id}/api_keys`,
  param: 'api_key_id',
  parent: serviceAccounts,
  id: { prefix: 'key_', alnum: 24 },
  shape: 'admin/organization/projects/service-accounts/api-keys#APIKeyCreateResponse',
  verbs: ['create'],
  make: ({ body, context }) => ({
    fields: {
      object: 'organization.project.service_account.api_key',
      name: textOf(body['name'], 'Secret Key'),
      value: `sk-svcacct-${context.random.alnum(40)}`,
    },
  }),
};

const projectKeys: Resource = {
  name: 'admin.organization.projects.api_keys',
  doc: 'Keys of a project: one, of the owner',
  path: `${PROJECT}/api_keys`,
  param: 'api_key_id',
  parent: projects,
  id: { prefix: 'key_', alnum: 24 },
  shape: 'admin/organization/projects/api-keys#ProjectAPIKey',
  verbs: ['list', 'retrieve', 'update', 'delete'],
  updatable: ['name'],
  make: ({ now }) => ({
    fields: {
      name: 'Mock key',
      redacted_value: 'sk-mock...0001',
      last_used_at: null,
      owner_project_access: 'active',
      owner: { type: 'user', user: { ...OWNER, created_at: now, role: 'owner' } },
    },
  }),
  seed: () => [{}],
  list: { none: null },
};

/** Models whose limits are listed. */
const LIMITED = ['gpt-4o', 'gpt-4o-mini', 'gpt-4.1', 'gpt-5', 'text-embedding-3-small'];

const rateLimits: Resource = {
  name: 'admin.organization.projects.rate_limits',
  doc: 'Rate limits by model, as numbers to read and change; the server does not keep them',
  path: `${PROJECT}/rate_limits`,
  param: 'rate_limit_id',
  parent: projects,
  id: { prefix: 'rl-', alnum: 12 },
  shape: 'admin/organization/projects/rate-limits#ProjectRateLimit',
  verbs: ['list', 'update'],
  make: ({ id }) => ({
    fields: { model: id.replace(/^rl-/, ''), max_requests_per_1_minute: 10_000, max_tokens_per_1_minute: 2_000_000 },
  }),
  seed: () => LIMITED.map((model) => ({ id: `rl-${model}` })),
  updatable: [
    'max_requests_per_1_minute',
    'max_tokens_per_1_minute',
    'max_images_per_1_minute',
    'max_audio_megabytes_per_1_minute',
    'max_requests_per_1_day',
    'batch_1_day_max_input_tokens',
  ],
  list: { order: 'asc', none: null },
};

export const projectRoles = roles('admin.organization.projects.roles', '/v1/projects/{project_id}/roles', projects);

export const projectResources: readonly Resource[] = [
  projects,
  projectUsers,
  projectGroups,
  serviceAccounts,
  serviceAccountKeys,
  projectKeys,
  rateLimits,
  projectRoles,
  spendAlerts(
    'admin.organization.projects.spend_alerts',
    `${PROJECT}/spend_alerts`,
    'admin/organization/projects/spend-alerts#ProjectSpendAlert',
    projects,
  ),
];
