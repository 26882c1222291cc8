import { expect, test } from 'vitest';
import { testApi } from './testing.ts';

const ORG = '/organization';

test('the value of a key is told when it is made and never again', () => {
  const api = testApi();
  const made = api('POST', `${ORG}/admin_api_keys`, { name: 'k' }).body;
  expect(made['value']).toMatch(/^sk-admin-/);
  const read = api('GET', `${ORG}/admin_api_keys/${String(made['id'])}`);
  expect(read.text).not.toContain(String(made['value']));
  expect(String(made['value'])).toContain(String(read.body['redacted_value']).slice(-4));
});

test('some things are there from the start, and what is deleted stays deleted', () => {
  const api = testApi();
  const users = (): { id: string }[] => api('GET', `${ORG}/users`).body['data'] as { id: string }[];
  expect(users()).toMatchObject([{ role: 'owner' }]);
  api('DELETE', `${ORG}/users/${users()[0]!.id}`);
  expect(users()).toEqual([]);
  expect(api('GET', `${ORG}/projects/${api.context.project}`).body).toMatchObject({ status: 'active' });
});

test('a setting is read as it was set, project by project, and is as before once it is deleted', () => {
  const api = testApi();
  const [one, two] = ['one', 'two'].map(
    (name) => `${ORG}/projects/${String(api('POST', `${ORG}/projects`, { name }).body['id'])}`,
  );
  api('POST', `${one}/spend_limit`, { threshold_amount: 7 });
  expect(api('GET', `${one}/spend_limit`).body).toMatchObject({ threshold_amount: 7, currency: 'USD' });
  expect(api('GET', `${two}/spend_limit`).body).toMatchObject({ threshold_amount: 100_000 });
  api('DELETE', `${one}/spend_limit`);
  expect(api('GET', `${one}/spend_limit`).body).toMatchObject({ threshold_amount: 100_000 });
  expect(api('GET', `${ORG}/projects/proj_none/spend_limit`).status).toBe(404);
});

test('an archived project is listed only when it is asked for', () => {
  const api = testApi();
  const { body } = api('POST', `${ORG}/projects`, { name: 'old' });
  expect(api('POST', `${ORG}/projects/${String(body['id'])}/archive`).body).toMatchObject({ status: 'archived' });
  const names = (query: string): unknown[] =>
    (api('GET', `${ORG}/projects${query}`).body['data'] as { name: string }[]).map(({ name }) => name);
  expect(names('')).toEqual(['Default project']);
  expect(names('?include_archived=true')).toEqual(['old', 'Default project']);
});

test('a role is given to a group, and is told with what both are called', () => {
  const api = testApi();
  const role = String(api('POST', `${ORG}/roles`, { role_name: 'reader', permissions: ['read'] }).body['id']);
  const group = String(api('POST', `${ORG}/groups`, { name: 'ops' }).body['id']);
  const path = `${ORG}/groups/${group}/roles`;
  expect(api('POST', path, { role_id: role }).body).toMatchObject({
    object: 'group.role',
    group: { id: group, name: 'ops' },
    role: { id: role, name: 'reader', permissions: ['read'] },
  });
  expect(api('GET', path).body).toMatchObject({ object: 'list', data: [{ id: role, name: 'reader' }], next: null });
  expect(api('DELETE', `${path}/${role}`).body).toMatchObject({ deleted: true });
});

test('certificates are switched on for the organization and for a project apart', () => {
  const api = testApi();
  const id = String(api('POST', `${ORG}/certificates`, { certificate: 'x', name: 'c' }).body['id']);
  const project = `${ORG}/projects/${api.context.project}`;
  expect(api('POST', `${project}/certificates/activate`, { certificate_ids: [id] }).body).toMatchObject({
    object: 'organization.project.certificate.activation',
    data: [{ id, name: 'c', active: true }],
  });
  expect(api('GET', `${ORG}/certificates/${id}`).body).toMatchObject({ active: false });
  expect(api('POST', `${ORG}/certificates/activate`, { certificate_ids: ['cert_none'] }).status).toBe(404);
});

test('usage comes in buckets of the time that is asked for, page by page', () => {
  const api = testApi();
  const url = `${ORG}/usage/completions?start_time=1000000&end_time=1036000&bucket_width=1h&limit=4`;
  const seen: number[] = [];
  for (let next: string | null = ''; next !== null;) {
    const { body } = api('GET', `${url}${next === '' ? '' : `&page=${next}`}`);
    seen.push(...(body['data'] as { start_time: number }[]).map((bucket) => bucket.start_time));
    next = body['next_page'] as string | null;
  }
  expect(seen).toEqual(Array.from({ length: 10 }, (_, index) => 1_000_000 + index * 3600));
  expect(api('GET', `${ORG}/costs?bucket_width=1w`).status).toBe(400);
});
