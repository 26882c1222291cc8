import { fieldsOf, textOf } from '../../fields.ts';
import type { Place, Resource } from '../../resource.ts';
import type { Fields } from '../../shape.ts';
import { find, placeOf } from '../../store.ts';
import { ORGANIZATION, OWNER, organizationRoles, users } from './organization.ts';
import { projectRoles, projects } from './projects.ts';

export const groups: Resource = {
  name: 'admin.organization.groups',
  doc: 'Groups of people',
  path: `${ORGANIZATION}/groups`,
  param: 'group_id',
  id: { prefix: 'group_', hex: 32 },
  shape: 'admin/organization/groups/groups#Group',
  verbs: ['create', 'list', 'retrieve', 'update', 'delete'],
  required: ['name'],
  make: ({ body }) => ({
    fields: { name: textOf(body['name'], 'invented'), group_type: 'group', is_scim_managed: false },
  }),
  order: ['id', 'name', 'created_at', 'is_scim_managed', 'group_type'],
  updatable: ['name'],
  deleted: ({ id }) => ({ object: 'group.deleted', id, deleted: true }),
  list: { envelope: 'next' },
};

/** What another resource knows of an id; the id alone where it knows nothing. */
function known(resource: Resource, id: unknown, place: Place): Fields {
  return find(placeOf(resource, place.params, place.context), textOf(id))?.body ?? { id };
}

export const groupUsers: Resource = {
  name: 'admin.organization.groups.users',
  doc: 'Members of a group',
  path: `${ORGANIZATION}/groups/{group_id}/users`,
  param: 'user_id',
  parent: groups,
  id: ({ body }) => textOf(body['user_id']),
  shape: 'admin/organization/groups/users#UserRetrieveResponse',
  verbs: ['create', 'list', 'retrieve', 'delete'],
  required: ['user_id'],
  make: () => ({ fields: { name: OWNER.name, email: OWNER.email, user_type: 'user' } }),
  order: ['id', 'name', 'email'],
  answer: ({ id }, { params }) => ({ object: 'group.user', user_id: id, group_id: params['group_id'] }),
  deleted: () => ({ object: 'group.user.deleted', deleted: true }),
  list: { envelope: 'next' },
};

function groupOf(id: unknown, place: Place): Fields {
  const { name, created_at: created } = known(groups, id, place);
  return { object: 'group', id, name: textOf(name, 'invented'), created_at: created ?? 0, scim_managed: false };
}

function userOf(id: unknown, place: Place): Fields {
  const { name = OWNER.name, email = OWNER.email, role = 'reader', added_at: added = 0 } = known(users, id, place);
  return { object: 'organization.user', id, name, email, role, added_at: added };
}

interface Bearer {
  readonly kind: 'group' | 'user';
  readonly parent: Resource;
  readonly param: 'group_id' | 'user_id';
  readonly describe: (id: unknown, place: Place) => Fields;
}

const GROUP: Bearer = { kind: 'group', parent: groups, param: 'group_id', describe: groupOf };
const USER: Bearer = { kind: 'user', parent: users, param: 'user_id', describe: userOf };

/** Roles that a group or a person was given. */
function assignments(name: string, path: string, { kind, parent, param, describe }: Bearer): Resource {
  const inProject = !path.startsWith(ORGANIZATION);
  const roles = inProject ? projectRoles : organizationRoles;
  const roleOf = (id: unknown, place: Place): Fields => {
    const found = find(placeOf(roles, place.params, place.context), textOf(id))?.body;
    const plain = { object: 'role', id, name: 'invented', description: null, permissions: [], predefined_role: false };
    return { ...plain, resource_type: 'api.organization', ...fieldsOf(found) };
  };
  return {
    name,
    doc: `Roles of a ${kind}`,
    path,
    param: 'role_id',
    parent: inProject ? projects : parent,
    id: ({ body }) => textOf(body['role_id']),
    shape: 'admin/organization/groups/roles#RoleRetrieveResponse',
    verbs: ['create', 'list', 'retrieve', 'delete'],
    required: ['role_id'],
    make({ id, params, context, now }) {
      const { object: _object, ...role } = roleOf(id, placeOf(roles, params, context));
      return { fields: { ...role, created_at: now, updated_at: now } };
    },
    answer: ({ id }, place) => ({
      object: `${kind}.role`,
      [kind]: describe(place.params[param], place),
      role: roleOf(id, place),
    }),
    deleted: () => ({ object: `${kind}.role.deleted`, deleted: true }),
    list: { envelope: 'next' },
  };
}

export const roleAssignments: readonly Resource[] = [
  assignments('admin.organization.groups.roles', `${ORGANIZATION}/groups/{group_id}/roles`, GROUP),
  assignments('admin.organization.users.roles', `${ORGANIZATION}/users/{user_id}/roles`, USER),
  assignments('admin.organization.projects.groups.roles', '/v1/projects/{project_id}/groups/{group_id}/roles', GROUP),
  assignments('admin.organization.projects.users.roles', '/v1/projects/{project_id}/users/{user_id}/roles', USER),
];
