import express from 'express';
import request from 'supertest';
import { expect, test } from 'vitest';
import { bodyPointer, closed, Judge, type Document } from '../../../tests/setup/openapi-judge.ts';
import { parseConfig } from '../../config/load.ts';
import { adminBench } from '../admin.fixture.ts';
import { errorExit } from '../error-exit.ts';
import { openApiDocument } from '../openapi/document.ts';
import { ConfigurationDesk } from './configuration-desk.ts';
import { configurationRouter } from './configuration-router.ts';
import type { ShownCheck, ShownConfiguration } from './configuration-views.ts';

const ENVIRONMENT = { PORT: '4001', OPENAI_KEY: 'kkkkkkkkkkkk', SECRET_ELSEWHERE: '4002' };
const FILE = `
server: { port: "\${PORT}" }
providers: { openai: { api_key: "\${OPENAI_KEY}" } }
models: { m: { endpoints: [{ provider: openai }] } }
`;

function bench(desk?: ConfigurationDesk) {
  const { deps } = adminBench();
  const { origin } = parseConfig(FILE, 'file.yaml', { environment: ENVIRONMENT });
  const app = express().use(configurationRouter({ origin: () => origin }, desk), errorExit(deps));
  return {
    app,
    check: async (pasted: string): Promise<ShownCheck> =>
      (await request(app).post('/configuration/check').send({ text: pasted })).body as ShownCheck,
  };
}

test('what is in force has its source, and no credential', async () => {
  const { body, text, headers } = await request(bench().app).get('/configuration');
  const { name, settings } = body as ShownConfiguration;
  expect(name).toBe('file.yaml');
  expect(headers['cache-control']).toBe('no-store');
  const at = (path: string): object | undefined => settings.find((one) => one.path === path);
  expect(at('server.port')).toMatchObject({ value: 4001, kind: 'environment', source: '${PORT} (file.yaml:2)' });
  expect(at('providers.openai.api_key')).toMatchObject({ value: '***', secret: true });
  expect(at('log.level')).toMatchObject({ value: 'info', kind: 'default', source: 'default' });
  expect(text).not.toContain(ENVIRONMENT.OPENAI_KEY);
});

test('a text gets its faults with their places, or what it would change', async () => {
  const { check } = bench();
  const wrong = await check('log:\n  level: loud\nmodels: {}');
  expect(wrong.faults).toContainEqual(expect.objectContaining({ line: 2, column: 10, path: 'log.level' }));
  expect(wrong.difference).toEqual([]);
  const { faults, difference } = await check(FILE.replace('"${PORT}"', '4003'));
  expect(faults).toEqual([]);
  expect(difference).toEqual([
    { path: 'server.port', change: 'changed', secret: false, before: 4001, after: 4003, source: 'pasted text:2' },
  ]);
  expect((await check(FILE)).difference).toEqual([]);
});

test('a text has no more of the environment than the file in force', async () => {
  const { faults } = await bench().check(FILE.replace('${PORT}', '${SECRET_ELSEWHERE}'));
  expect(faults).toHaveLength(1);
  expect(faults[0]?.message).toContain('SECRET_ELSEWHERE');
  expect((await bench().check(FILE.replace('${PORT}', '${NOT_SET_ANYWHERE}'))).faults).toHaveLength(1);
  const known = await bench().check(`${FILE}cache: { namespace: "\${OPENAI_KEY}" }\n`);
  expect(known.faults).toEqual([]);
  expect(JSON.stringify(known)).not.toContain(ENVIRONMENT.OPENAI_KEY);
});

test.each([
  ['server: { tls: { cert: /etc/passwd, key: /none/such.pem } }', ['server.tls.cert', 'server.tls.key']],
  ['cache: { key_file: /etc/passwd }', ['cache.key_file']],
])('files that a text names are not opened, there or not: %s', async (section, paths) => {
  const text = `${section}\nproviders: { openai: { api_key: k-12345678 } }\nmodels: { m: { endpoints: [{ provider: openai }] } }`;
  const { faults, warnings } = await bench().check(text);
  expect(faults).toEqual([]);
  const unread = warnings.filter(({ message }) => message.includes('not checked here'));
  expect(unread.map(({ path }) => path)).toEqual(paths);
});

test('a body that is none, too large or has other members is refused', async () => {
  const { app } = bench();
  const post = (body: object) => request(app).post('/configuration/check').send(body);
  expect((await post({})).status).toBe(400);
  expect((await post({ text: 'x', file: '/etc/passwd' })).status).toBe(400);
  const large = await post({ text: 'x'.repeat(1_048_577) });
  expect(large.status).toBe(413);
  expect((large.body as { error: { message: string } }).error.message).toBe('The body exceeds 1 MiB.');
});

test('without a text there is nothing to show', async () => {
  const app = express().use(configurationRouter({ origin: () => undefined }), errorExit(adminBench().deps));
  expect((await request(app).get('/configuration')).status).toBe(404);
});

test('a text that takes too long is refused, and the next one is read', async () => {
  const desk = new ConfigurationDesk({ limitMs: 1 });
  const { app, check } = bench(desk);
  const refused = await request(app).post('/configuration/check').send({ text: FILE });
  expect(refused.status).toBe(400);
  expect((refused.body as { error: { message: string } }).error.message).toContain('to be read');
  expect(await check(FILE)).toHaveProperty('error');
  expect((await bench().check(FILE)).faults).toEqual([]);
});

test('where no process can be started the proxy answers with a fault, and goes on', async () => {
  const { app } = bench(new ConfigurationDesk({ program: '/nowhere/node' }));
  await request(app).post('/configuration/check').send({ text: FILE }).expect(500);
  await request(app).get('/configuration').expect(500);
});

test('texts are read one after the other, and of too many at a time some are refused', async () => {
  const { app } = bench(new ConfigurationDesk({ mostWaiting: 2 }));
  const statuses = await Promise.all(
    Array.from(
      { length: 4 },
      async () => (await request(app).post('/configuration/check').send({ text: FILE })).status,
    ),
  );
  expect(statuses.filter((status) => status === 200)).toHaveLength(2);
  expect(new Set(statuses)).toEqual(new Set([200, 429]));
});

test('answers are as the document has them, and have nothing beside', async () => {
  const document = JSON.parse(JSON.stringify(openApiDocument({ version: '1', unit: 'cents' }))) as Document;
  const judge = new Judge(closed(document), []);
  const { app, check } = bench();
  const { body } = await request(app).get('/configuration');
  expect(judge.fault(bodyPointer('/api/admin/configuration', 'get', 200), body)).toBeUndefined();
  const pointer = bodyPointer('/api/admin/configuration/check', 'post', 200);
  const pasted =
    'cache: { key_file: /x }\nserver: { port: 4003, cors: ["http://a.test"] }\nmodels: { n: { endpoints: [{ provider: mock }] } }';
  for (const text of [pasted, 'log: {level: loud}', 'models: [']) {
    const answer = await check(text);
    expect(judge.fault(pointer, answer), text).toBeUndefined();
    expect(answer.faults.length > 0 || answer.difference.length > 2).toBe(true);
  }
  expect(judge.fault(pointer, { faults: [] })).toBeDefined();
});
