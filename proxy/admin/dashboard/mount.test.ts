import request from 'supertest';
import { expect, test } from 'vitest';
import type { AuthConfig } from '../../config/config.ts';
import { ManualClock } from '../../core/clock.ts';
import { Secret } from '../../core/secret.ts';
import { adminBench } from '../admin.fixture.ts';
import { dashboardParts } from './dashboard.fixture.ts';

/** The control plane with a dashboard, whose admin token can be changed. */
function bench(token: string | undefined, admin: AuthConfig['admin'] = 'token') {
  const clock = new ManualClock();
  const secret = (text?: string) => (text === undefined ? {} : { adminToken: new Secret(text) });
  const auth = { now: { admin, requireKey: false, ...secret(token) } as AuthConfig };
  const dashboard = dashboardParts();
  const { admin: handler, purged } = adminBench({ clock, auth: () => auth.now, dashboard });
  const client = request(handler);
  const setToken = (text: string): void => {
    auth.now = { admin, requireKey: false, ...secret(text) };
  };
  const signIn = (given: string) => client.post('/api/admin/session').send({ token: given });
  return { client, clock, purged, setToken, signIn };
}

const cookieOf = (response: { readonly headers: Readonly<Record<string, unknown>> }): string =>
  String(response.headers['set-cookie']).split(';')[0]!;

test('the page and its files are open to all, hold no data, and are fenced by a policy', async () => {
  const { client } = bench('sk-admin');
  const page = await client.get('/admin').expect(200);
  const policy = String(page.headers['content-security-policy']);
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("connect-src 'self'");
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).not.toContain('unsafe');
  expect(page.headers).toMatchObject({
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
  });
  const script = await client
    .get('/admin/assets/main.ts')
    .expect(200)
    .expect('content-type', /^text\/javascript/);
  expect(script.headers['content-security-policy']).toBe(policy);
  await client.get('/admin/assets/main.ts').set('if-none-match', String(script.headers['etag'])).expect(304);
  await client.get('/admin/assets/main.test.ts').expect(401);
  await client.get('/admin/assets/..%2f..%2fproxy/core/secret.ts').expect(401);
});

test('without a dashboard there is no page and no route of it', async () => {
  const { admin } = adminBench();
  const client = request(admin);
  await client.get('/admin').expect(404);
  await client.get('/admin/assets/main.ts').expect(404);
  await client.get('/api/admin/session').expect(404);
  await client.get('/api/admin/live').expect(404);
});

test('a session opens every route that the admin token opens, and writes need its token', async () => {
  const { client, signIn, purged } = bench('sk-admin');
  await client.get('/api/admin/live').expect(401);
  const before = await client.get('/api/admin/session').expect(200);
  expect(before.body).toMatchObject({ signed_in: false, csrf: null, needs_token: true, has_token: true });
  const signedIn = await signIn('sk-admin').expect(200);
  const cookie = cookieOf(signedIn);
  const { csrf } = signedIn.body as { csrf: string };
  const after = await client.get('/api/admin/session').set('cookie', cookie);
  expect(after.body).toMatchObject({ signed_in: true, csrf });
  await client.get('/api/admin/live').set('cookie', cookie).expect(200, { figures: [] });
  await client.get('/stats').set('cookie', cookie).expect(200);
  await client.delete('/cache').set('cookie', cookie).expect(401);
  await client.delete('/cache').set('cookie', cookie).set('x-csrf-token', 'x').expect(401);
  expect(purged).toHaveLength(0);
  await client.delete('/cache').set('cookie', cookie).set('x-csrf-token', csrf).expect(200);
  expect(purged).toHaveLength(1);
  const out = await client.delete('/api/admin/session').set('cookie', cookie).expect(200);
  expect(String(out.headers['set-cookie'])).toMatch(/^llmproxy_session=; .*Max-Age=0/);
});

test.each([
  ['https', true],
  ['http', false],
])('behind a proxy that speaks %s with the browser the cookie is Secure: %j', async (scheme, secure) => {
  const { client, signIn } = bench('sk-admin');
  const ended = await client.delete('/api/admin/session').set('x-forwarded-proto', scheme);
  const issued = await signIn('sk-admin').set('x-forwarded-proto', scheme);
  const has = [issued, ended].map(({ headers }) => String(headers['set-cookie']).endsWith('; Secure'));
  expect(has).toEqual([secure, secure]);
});

test('a wrong credential of the request itself is not made good by a session', async () => {
  const { client, signIn } = bench('sk-admin');
  const cookie = cookieOf(await signIn('sk-admin'));
  await client.get('/stats').set('cookie', cookie).set('authorization', 'Bearer wrong').expect(401);
});

test('another admin token ends all sessions, and takes at once', async () => {
  const { client, signIn, setToken } = bench('sk-admin');
  const cookie = cookieOf(await signIn('sk-admin'));
  setToken('sk-next');
  await client.get('/stats').set('cookie', cookie).expect(401);
  await signIn('sk-admin').expect(401);
  const next = cookieOf(await signIn('sk-next').expect(200));
  await client.get('/stats').set('cookie', next).expect(200);
});

test('five wrong tokens a minute are answered, then even the right one waits', async () => {
  const { signIn, clock } = bench('sk-admin');
  for (let turn = 0; turn < 5; turn += 1) await signIn('wrong').expect(401);
  const limited = await signIn('sk-admin').expect(429);
  expect(limited.headers['retry-after']).toBe('60');
  expect(limited.body).toMatchObject({ error: { code: 'sign_in_limited' } });
  clock.advance(60_000);
  await signIn('sk-admin').expect(200);
});

test.each([[{}], [{ token: '' }], [{ token: 5 }], [[]]])('a sign-in of another form is refused: %j', async (body) => {
  const { client } = bench('sk-admin');
  await client.post('/api/admin/session').send(body).expect(400);
});

test('on loopback without a token it just opens', async () => {
  const { client, signIn } = bench(undefined, 'loopback');
  const { body } = await client.get('/api/admin/session').set('host', 'localhost').expect(200);
  expect(body).toEqual({
    signed_in: true,
    csrf: null,
    needs_token: false,
    has_token: false,
    version: '1.2.3',
    governed: false,
    budget_unit: null,
  });
  await signIn('').expect(400);
  await signIn('anything').expect(401);
});
