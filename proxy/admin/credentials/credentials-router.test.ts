import express, { type Express } from 'express';
import request from 'supertest';
import { expect, test } from 'vitest';
import { ManualClock } from '../../core/clock.ts';
import { unavailable } from '../../governance/fault.ts';
import type { KeyHolder, KeyLookup } from '../../governance/lookup.ts';
import { credentialsRouter } from './credentials-router.ts';
import type { CredentialsRouterDeps, UserCredentialStore } from './deps.ts';

const ID = '6f9619ff-8b86-4d01-b42d-00cf4fc964ff';
const holder = { key: { id: 'k' }, user: { id: 'u', isActive: true }, levels: [] } as unknown as KeyHolder;

function bench(changes: Partial<CredentialsRouterDeps> = {}): {
  application: Express;
  faults: unknown[];
  counted: string[];
} {
  const faults: unknown[] = [];
  const counted: string[] = [];
  const deps: CredentialsRouterDeps = {
    clock: new ManualClock(1_750_000_000_000),
    lookup: (key): KeyLookup => (key === 'sk-lp-known' ? { state: 'active', holder } : { state: 'unknown' }),
    take: (userId) => {
      counted.push(userId);
      return Promise.resolve({ limit: 200, remaining: 199, resetsAt: 1_750_000_040_500 });
    },
    providers: () => [],
    canonical: (word) => (word === 'openai' ? 'openai' : undefined),
    store: () => {
      throw unavailable();
    },
    check: () => Promise.resolve({}),
    fault: (_what, _id, error) => void faults.push(error),
    ...changes,
  };
  return { application: express().use('/me', credentialsRouter(deps)), faults, counted };
}

const CALLS = [
  ['get', '/llm-credentials'],
  ['post', '/llm-credentials', { provider: 'openai', api_key: 'k' }],
  ['get', `/llm-credentials/${ID}`],
  ['patch', `/llm-credentials/${ID}`, {}],
  ['put', `/llm-credentials/${ID}/default`],
  ['delete', `/llm-credentials/${ID}`],
] as const;

test.each(CALLS)('%s %s: while the database is away a known user gets 503, and when to come back', async (...row) => {
  const [method, path, body] = row;
  const { application, faults } = bench();
  const answer = await request(application)[method](`/me${path}`).set('x-bf-vk', 'sk-lp-known').send(body);
  expect([answer.status, answer.headers['retry-after']]).toEqual([503, '1']);
  expect(answer.body).toEqual({ detail: expect.stringMatching(/cannot be reached/) as unknown });
  expect([answer.headers['x-ratelimit-reset'], faults]).toEqual(['1750000041', []]);
});

test('a key that cannot be looked up is not called unknown; what needs no database goes on', async () => {
  const { application } = bench({ lookup: () => ({ state: 'unavailable' }) });
  const answer = await request(application).get('/me/llm-providers').set('x-bf-vk', 'sk-lp-any');
  expect([answer.status, answer.headers['retry-after']]).toEqual([503, '1']);
  expect((await request(application).get('/me/llm-providers')).status).toBe(401);
  const known = bench().application;
  expect((await request(known).get('/me/llm-providers').set('x-bf-vk', 'sk-lp-known')).status).toBe(200);
});

test('no body is read of a caller that is refused, and none is counted', async () => {
  const { application, counted } = bench();
  const answer = await request(application).post('/me/llm-credentials').set('x-bf-vk', 'sk-lp-no').send('{');
  expect([answer.status, answer.body, counted]).toEqual([401, { detail: 'Not authenticated' }, []]);
});

test('a fault of the proxy is a sentence with an id, and tells nothing of what was sent', async () => {
  const { application, faults } = bench({ check: () => Promise.reject(new Error('canary')) });
  const answer = await request(application)
    .post('/me/llm-credentials/validate')
    .set('x-bf-vk', 'sk-lp-known')
    .send({ provider: 'openai', api_key: 'canary-key' });
  expect([answer.status, answer.text.includes('canary'), faults.length]).toEqual([500, false, 1]);
});

const OWNER = { userId: 'u', actor: 'user/u' };

test.each<
  [method: 'get' | 'post' | 'patch' | 'put' | 'delete', path: string, body: object | undefined, asked: unknown[]]
>([
  ['get', '', undefined, ['list', { includeInactive: false }]],
  ['get', '?include_inactive=true', undefined, ['list', { includeInactive: true }]],
  [
    'post',
    '',
    { provider: 'openai', api_key: ' k ' },
    ['create', { provider: 'openai', apiKey: 'k', modelName: null, isDefault: false }],
  ],
  [
    'post',
    '',
    { provider: 'openai', api_key: 'k', model_name: ' m ', is_default: true },
    ['create', { provider: 'openai', apiKey: 'k', modelName: 'm', isDefault: true }],
  ],
  ['get', `/${ID}`, undefined, ['get', ID]],
  ['get', `/${ID.toUpperCase()}`, undefined, ['get', ID]],
  ['patch', `/${ID}`, {}, ['update', ID, {}]],
  ['patch', `/${ID}`, { model_name: null }, ['update', ID, { modelName: null }]],
  [
    'patch',
    `/${ID}`,
    { api_key: 'n\n', is_default: false, is_active: true, model_name: 'm' },
    ['update', ID, { apiKey: 'n', modelName: 'm', isDefault: false, isActive: true }],
  ],
  ['put', `/${ID}/default`, undefined, ['setDefault', ID]],
  ['delete', `/${ID}`, undefined, ['remove', ID]],
])('%s /llm-credentials%s with %j asks the store for it', async (method, path, body, asked) => {
  const calls: unknown[] = [];
  const note =
    (name: string) =>
    ({ userId, actor }: object & { userId: string; actor: string }, ...more: unknown[]): Promise<never> => {
      expect({ userId, actor }).toEqual(OWNER);
      calls.push([name, ...more]);
      return Promise.resolve({} as never);
    };
  const names = ['list', 'get', 'create', 'update', 'setDefault', 'remove'];
  const store = Object.fromEntries(names.map((name) => [name, note(name)])) as unknown as UserCredentialStore;
  const { application } = bench({ store: () => store });
  const call = request(application)[method](`/me/llm-credentials${path}`);
  const answer = await call.set('x-bf-vk', 'sk-lp-known').send(body);
  expect([answer.status, calls]).toEqual([200, [asked]]);
});
