import request from 'supertest';
import { expect, test } from 'vitest';
import { Secret } from '../../core/secret.ts';
import type { HandChange } from '../../routing/by-hand.ts';
import { adminBench } from '../admin.fixture.ts';
import type { AdminDeps } from '../deps.ts';
import { soleProcess } from '../processes.ts';
import { dashboardParts } from './dashboard.fixture.ts';

const AT = 1_750_000_000_000;

/** The control plane over two endpoints of model `m`; `b` alone admits besides `a`. */
function bench(othersAdmit = true, changes: Partial<AdminDeps> = {}) {
  const moved: unknown[] = [];
  const { admin } = adminBench({
    dashboard: dashboardParts({
      processes: soleProcess({ models: () => [] }),
      endpoint: (id) =>
        id === 'm/a'
          ? {
              model: 'm',
              state: 'admitting',
              othersAdmit,
              eject: (ms, by) => {
                moved.push([id, ms, by]);
                return {
                  hand: true,
                  state: 'ejected',
                  kind: 'by_hand',
                  at: AT,
                  until: AT + ms,
                  by,
                } satisfies HandChange;
              },
              admit: (by) => {
                moved.push([id, 'admit', by]);
                return { hand: true, state: 'admitting', at: AT, by } satisfies HandChange;
              },
            }
          : undefined,
    }),
    ...changes,
  });
  const post = (action: string, body: unknown) =>
    request(admin)
      .post(`/api/admin/endpoints/${action}`)
      .send(body as object);
  return { admin, moved, post };
}

test('an endpoint is ejected for ten minutes, or for as long as is said, and admitted', async () => {
  const { moved, post } = bench();
  const { status, body } = await post('eject', { endpoint: 'm/a' });
  expect([status, body]).toEqual([
    200,
    {
      endpoint: 'm/a',
      model: 'm',
      state: 'ejected',
      at: new Date(AT).toISOString(),
      until: new Date(AT + 600_000).toISOString(),
      by: 'administrator',
    },
  ]);
  await post('eject', { endpoint: 'm/a', seconds: 86_400, force: null });
  const admitted = await post('admit', { endpoint: 'm/a' });
  expect(admitted.body).toMatchObject({ state: 'admitting', until: null });
  expect(moved).toEqual([
    ['m/a', 600_000, 'administrator'],
    ['m/a', 86_400_000, 'administrator'],
    ['m/a', 'admit', 'administrator'],
  ]);
});

test('the last endpoint that admits is ejected only where that is insisted on', async () => {
  const { moved, post } = bench(false);
  const refused = await post('eject', { endpoint: 'm/a' });
  expect([refused.status, refused.body]).toMatchObject([409, { error: { code: 'last_endpoint', param: 'endpoint' } }]);
  expect(moved).toEqual([]);
  expect((await post('eject', { endpoint: 'm/a', force: true })).status).toBe(200);
  expect(moved).toHaveLength(1);
});

test.each([
  ['{"endpoint":"none"}', 404, 'unknown_endpoint'],
  ['{}', 400, 'missing_required_parameter'],
  ['{"endpoint":7}', 400, 'invalid_type'],
  ['{"endpoint":""}', 400, 'invalid_type'],
  ['{"endpoint":"m/a","seconds":0}', 400, 'invalid_type'],
  ['{"endpoint":"m/a","seconds":86401}', 400, 'invalid_type'],
  ['{"endpoint":"m/a","seconds":1.5}', 400, 'invalid_type'],
  ['{"endpoint":"m/a","force":"yes"}', 400, 'invalid_type'],
  ['{"endpoint":"m/a","secods":9}', 400, 'invalid_value'],
  ['[]', 400, 'invalid_json'],
  ['{', 400, 'invalid_json'],
])('%s is refused with %d', async (text, status, code) => {
  const { admin, moved } = bench();
  const answer = await request(admin).post('/api/admin/endpoints/eject').type('json').send(text);
  expect([answer.status, answer.body]).toMatchObject([status, { error: { code } }]);
  expect(moved).toEqual([]);
});

test('without the admin token nothing is shown or moved', async () => {
  const auth = { admin: 'token' as const, adminToken: new Secret('right-token'), requireKey: false };
  const { admin, moved, post } = bench(true, { auth: () => auth });
  expect((await post('eject', { endpoint: 'm/a' })).status).toBe(401);
  expect((await request(admin).get('/api/admin/models')).status).toBe(401);
  expect(moved).toEqual([]);
  const asked = request(admin).get('/api/admin/models').set('authorization', 'Bearer right-token');
  expect((await asked).body).toEqual({ models: [] });
});
