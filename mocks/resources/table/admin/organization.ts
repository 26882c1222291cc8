import type { Resource } from '../../resource.ts';
import { fieldsOf, numberOf, textOf } from '../../fields.ts';

export const ORGANIZATION = '/v1/organization';
const INVITE_SECONDS = 7 * 86_400;

/** The one person who is there from the start. */
export const OWNER = { id: 'user-mockowner0000000000000001', name: 'Mock Owner', email: 'owner@example.com' };

export const adminKeys: Resource = {
  name: 'admin.organization.admin_api_keys',
  doc: 'Admin keys; the value is told once',
  path: `${ORGANIZATION}/admin_api_keys`,
  param: 'key_id',
  id: { prefix: 'key_', alnum: 24 },
  shape: 'admin/organization/admin-api-keys#AdminAPIKey',
  verbs: ['create', 'list', 'retrieve', 'delete'],
  required: ['name'],
  make({ body, context, now }) {
    const value = `sk-admin-${context.random.alnum(40)}`;
    const lifetime = numberOf(body['expires_in_seconds'], 0);
    return {
      fields: {
        redacted_value: `${value.slice(0, 11)}...${value.slice(-4)}`,
        owner: {
          type: 'user',
          object: 'organization.user',
          ...OWNER,
          created_at: now,
          role: 'owner',
          email: undefined,
        },
        expires_at: lifetime === 0 ? null : now + lifetime,
        last_used_at: null,
      },
      hidden: { value },
    };
  },
  answer: ({ body, hidden }) => ({ ...body, value: hidden['value'] }),
  list: { order: 'asc', none: null },
};

export const auditLogs: Resource = {
  name: 'admin.organization.audit_logs',
  doc: 'Audit logs: always empty',
  path: `${ORGANIZATION}/audit_logs`,
  param: 'log_id',
  id: { prefix: 'audit_log-', alnum: 24 },
  shape: 'admin/organization/audit-logs#AuditLogListResponse',
  verbs: ['list'],
  list: { none: null },
};

export const invites: Resource = {
  name: 'admin.organization.invites',
  doc: 'Invitations; none is ever accepted',
  path: `${ORGANIZATION}/invites`,
  param: 'invite_id',
  id: { prefix: 'invite-', alnum: 24 },
  shape: 'admin/organization/invites#Invite',
  verbs: ['create', 'list', 'retrieve', 'delete'],
  required: ['email', 'role'],
  make: ({ now, body }) => ({
    fields: {
      status: 'pending',
      expires_at: now + INVITE_SECONDS,
      accepted_at: null,
      projects: body['projects'] ?? [],
    },
  }),
  list: { none: null },
};

export const users: Resource = {
  name: 'admin.organization.users',
  doc: 'People of the organization: one owner',
  path: `${ORGANIZATION}/users`,
  param: 'user_id',
  id: { prefix: 'user-', alnum: 24 },
  shape: 'admin/organization/users/users#OrganizationUser',
  verbs: ['list', 'retrieve', 'update', 'delete'],
  make: ({ now, body }) => ({
    fields: {
      added_at: now,
      name: textOf(body['name'], 'Invented User'),
      email: textOf(body['email'], 'invented@example.com'),
      role: textOf(body['role'], 'reader'),
    },
  }),
  seed: () => [{ ...OWNER, role: 'owner' }],
  updatable: ['role'],
  list: { none: null },
};

export function roles(name: string, path: string, parent?: Resource): Resource {
  return {
    name,
    doc: 'Roles and their permissions',
    path,
    ...(parent === undefined ? {} : { parent }),
    param: 'role_id',
    id: { prefix: 'role_', hex: 32 },
    shape: 'admin/organization/roles#Role',
    verbs: ['create', 'list', 'retrieve', 'update', 'delete'],
    required: ['role_name', 'permissions'],
    make: ({ body }) => ({
      fields: {
        name: textOf(body['role_name'], 'invented'),
        resource_type: path.startsWith(ORGANIZATION) ? 'api.organization' : 'api.project',
      },
    }),
    updatable: ['permissions', 'description'],
    list: { envelope: 'next' },
  };
}

export const organizationRoles = roles('admin.organization.roles', `${ORGANIZATION}/roles`);

export function spendAlerts(name: string, path: string, shape: string, parent?: Resource): Resource {
  return {
    name,
    doc: 'Alerts when a month costs more than a threshold',
    path,
    param: 'alert_id',
    ...(parent === undefined ? {} : { parent }),
    id: { prefix: 'alert_', hex: 32 },
    shape,
    verbs: ['create', 'list', 'retrieve', 'update', 'delete'],
    required: ['threshold_amount', 'notification_channel'],
    make: ({ body }) => ({
      fields: { notification_channel: { type: 'email', recipients: [], ...fieldsOf(body['notification_channel']) } },
    }),
    updatable: ['threshold_amount', 'currency', 'interval', 'notification_channel'],
    list: { none: null },
  };
}

export const organizationSpendAlerts = spendAlerts(
  'admin.organization.spend_alerts',
  `${ORGANIZATION}/spend_alerts`,
  'admin/organization/spend-alerts#OrganizationSpendAlert',
);
