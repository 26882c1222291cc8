import request from 'supertest';
import { expect, test } from 'vitest';
import { bodyPointer, closed, Judge, type Document } from '../../../tests/setup/openapi-judge.ts';
import { Secret } from '../../core/secret.ts';
import type { Figure } from '../../telemetry/figures/figure.ts';
import { adminBench } from '../admin.fixture.ts';
import { dashboardParts } from '../dashboard/dashboard.fixture.ts';
import { soleProcess } from '../processes.ts';
import { openApiDocument } from './document.ts';

const DOCUMENT = JSON.parse(JSON.stringify(openApiDocument({ version: '1.2.3', unit: 'cents' }))) as Document;
const FIGURE: Figure = {
  at: 1_750_000_000,
  requests: 3,
  lookups: 2,
  hits: 1,
  errors: 0,
  refused: 1,
  left: 0,
  input: 5,
  output: 7,
  cost: null,
  inFlight: 1,
  generations: 1,
  ttft: [100, 2],
};

test('the answers of the session and of live figures are as the document says, and have nothing beside', async () => {
  const dashboard = dashboardParts({ processes: soleProcess({ figures: () => [FIGURE] as never }) });
  const auth = () => ({ admin: 'token' as const, adminToken: new Secret('sk-admin'), requireKey: false });
  const client = request(adminBench({ auth, dashboard }).admin);
  const judge = new Judge(closed(DOCUMENT), []);
  const check = (
    method: string,
    path: string,
    { status, body }: { status: number; body: unknown },
    is: number,
  ): void => {
    expect(status).toBe(is);
    expect(judge.fault(bodyPointer(`/api/admin${path}`, method, status), body), `${method} ${path}`).toBeUndefined();
  };
  check('get', '/session', await client.get('/api/admin/session'), 200);
  check('post', '/session', await client.post('/api/admin/session').send({}), 400);
  check('post', '/session', await client.post('/api/admin/session').send({ token: 'wrong' }), 401);
  const signedIn = await client.post('/api/admin/session').send({ token: 'sk-admin' });
  check('post', '/session', signedIn, 200);
  const cookie = String(signedIn.headers['set-cookie']).split(';')[0]!;
  check('get', '/session', await client.get('/api/admin/session').set('cookie', cookie), 200);
  check('get', '/live', await client.get('/api/admin/live').set('cookie', cookie), 200);
  check('get', '/live', await client.get('/api/admin/live'), 401);
  check('delete', '/session', await client.delete('/api/admin/session'), 200);
});
