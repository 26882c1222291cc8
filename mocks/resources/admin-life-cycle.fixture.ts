import { textOf } from './fields.ts';
import { adminOperations } from './table/admin/index.ts';
import type { TestApi } from './testing.ts';

const ORG = '/organization';
const ALERT = {
  threshold_amount: 100,
  currency: 'USD',
  interval: 'month',
  notification_channel: { type: 'email', recipients: ['a@example.com'] },
};

function id(answer: { readonly body: Record<string, unknown> }): string {
  return String(answer.body['id']);
}

/** Creates below `path` when there is a body, lists, reads, changes when there is a change, deletes when it is said so. */
function lived(api: TestApi, path: string, body: object, change?: object, last?: 'kept'): string {
  const made = api('POST', path, body);
  const name =
    made.body['id'] ?? made.body['user_id'] ?? made.body['group_id'] ?? (body as { role_id?: string }).role_id;
  const one = `${path}/${textOf(name)}`;
  api('GET', path);
  api('GET', one);
  if (change !== undefined) api('POST', one, change);
  if (last !== 'kept') api('DELETE', one);
  return one;
}

function organization(api: TestApi): void {
  const project = `/projects/${api.context.project}`;
  lived(api, `${ORG}/admin_api_keys`, { name: 'k', expires_in_seconds: 60 });
  api('GET', `${ORG}/audit_logs`);
  lived(api, `${ORG}/invites`, { email: 'b@example.com', role: 'reader' });
  lived(api, `${ORG}/roles`, { role_name: 'r', permissions: ['x'] }, { description: 'd' });
  lived(api, `${ORG}/spend_alerts`, ALERT, { ...ALERT, threshold_amount: 5 });
  lived(api, `${ORG}/certificates`, { certificate: 'x', name: 'c' }, { name: 'd' });
  const role = id(api('POST', `${ORG}/roles`, { role_name: 'r', permissions: [] }));
  const group = id(api('POST', `${ORG}/groups`, { name: 'g' }));
  lived(api, `${ORG}/groups/${group}/users`, { user_id: 'user-1' });
  lived(api, `${ORG}/groups/${group}/roles`, { role_id: role });
  lived(api, `${project}/groups/${group}/roles`, { role_id: role });
  lived(api, `${ORG}/groups`, { name: 'h' }, { name: 'i' });
  const [owner] = api('GET', `${ORG}/users`).body['data'] as { id: string }[];
  const user = `${ORG}/users/${owner?.id}`;
  api('GET', user);
  api('POST', user, { role: 'reader' });
  lived(api, `${user}/roles`, { role_id: role });
  lived(api, `${project}/users/${owner?.id}/roles`, { role_id: role });
  lived(api, `${project}/roles`, { role_name: 'r', permissions: [] }, { description: null });
  api('DELETE', user);
}

function project(api: TestApi): void {
  const path = lived(api, `${ORG}/projects`, { name: 'p' }, { name: 'q' }, 'kept');
  lived(api, `${path}/users`, { user_id: 'user-2', role: 'member' }, { role: 'owner' });
  lived(api, `${path}/groups`, { group_id: 'group_2', role: 'member' });
  const account = lived(api, `${path}/service_accounts`, { name: 's' }, { name: 't' }, 'kept');
  api('POST', `${account}/api_keys`, { name: 'k' });
  api('DELETE', account);
  lived(api, `${path}/spend_alerts`, ALERT, ALERT);
  const [key] = api('GET', `${path}/api_keys`).body['data'] as { id: string }[];
  api('GET', `${path}/api_keys/${key?.id}`);
  api('DELETE', `${path}/api_keys/${key?.id}`);
  api('GET', `${path}/rate_limits`);
  api('POST', `${path}/rate_limits/rl-gpt-4o`, { max_requests_per_1_minute: 5 });
  const certificate = id(api('POST', `${ORG}/certificates`, { certificate: 'x' }));
  for (const where of [ORG, path]) {
    for (const verb of ['activate', 'deactivate']) {
      api('POST', `${where}/certificates/${verb}`, { certificate_ids: [certificate] });
    }
    settings(api, where);
  }
  api('GET', `${path}/certificates`);
  api('POST', `${path}/hosted_tool_permissions`, { mcp: { enabled: false } });
  api('GET', `${path}/hosted_tool_permissions`);
  api('POST', `${path}/model_permissions`, { mode: 'allow_list', model_ids: ['gpt-4o'] });
  api('GET', `${path}/model_permissions`);
  api('DELETE', `${path}/model_permissions`);
  api('POST', `${path}/archive`);
}

function settings(api: TestApi, where: string): void {
  api('GET', `${where}/data_retention`);
  api('POST', `${where}/data_retention`, { retention_type: 'zero_data_retention' });
  api('POST', `${where}/spend_limit`, { threshold_amount: 5, currency: 'USD', interval: 'month' });
  api('GET', `${where}/spend_limit`);
  api('DELETE', `${where}/spend_limit`);
}

/** Every operation of the administration. */
export function administrativeLife(api: TestApi): void {
  organization(api);
  project(api);
  for (const { path } of adminOperations.filter(({ path }) => /\/usage\/|\/costs/.test(path)))
    api('GET', path.slice(3));
}
