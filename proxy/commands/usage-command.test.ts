import { writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { tempFolder } from '../../tests/setup/temp-folder.ts';
import { runUsage, type UsageCommandOptions } from './usage-command.ts';

const REPORT =
  '{"rows":[{"virtual_key_id":"k1","virtual_key_name":"Anna","model":"gpt-4o","requests":12,"cost_usd":9223372036.854775809},' +
  '{"virtual_key_id":"k2","virtual_key_name":null,"model":null,"requests":3,"cost_usd":0}],' +
  '"totals":{"requests":15,"cost_usd":9223372036.854775809},"from":"2026-05-01T00:00:00.000Z","to":"2026-06-01T00:00:00.000Z","count":7}';

let server: Server;
let asked: IncomingMessage[];
let answer: { status: number; body: string; headers?: Record<string, string> };

beforeEach(async () => {
  asked = [];
  answer = { status: 200, body: REPORT };
  server = createServer((request, response) => {
    asked.push(request);
    response.writeHead(answer.status, answer.headers).end(answer.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(() => void server.close());

const port = (): number => (server.address() as AddressInfo).port;
const url = (): string => `http://127.0.0.1:${port()}`;

async function run(
  options: UsageCommandOptions,
  environment: Record<string, string> = {},
  folder = '/',
): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ['', ''];
  const code = await runUsage(options, {
    environment,
    folder,
    out: { write: (text) => (out += text) },
    err: { write: (text) => (err += text) },
  });
  return { code, out, err };
}

test('a table has names, all digits and the totals', async () => {
  const { code, out } = await run({ url: url() });
  expect([code, out]).toEqual([
    0,
    [
      '2026-05-01T00:00:00.000Z to 2026-06-01T00:00:00.000Z, 2 of 7 rows',
      '',
      'virtual_key_name  model   requests              cost_usd',
      'Anna              gpt-4o        12  9223372036.854775809',
      'k2                -              3                     0',
      'total                           15  9223372036.854775809',
      '',
    ].join('\n'),
  ]);
});

test('one row is its own total', async () => {
  answer.body = '{"rows":[{"requests":15}],"totals":{"requests":15},"from":"a","to":"b","count":1}';
  expect((await run({ url: url() })).out).toBe('a to b\n\nrequests\n      15\n');
});

test('names cannot move the cursor', async () => {
  answer.body = '{"rows":[{"model":"\\u001b[2Jx","requests":1}],"totals":{"requests":1},"from":"a","to":"b","count":1}';
  expect((await run({ url: url() })).out).toContain('\uFFFD[2Jx');
});

test('options are the query of the route', async () => {
  await run({
    url: `${url()}/`,
    groupBy: 'key,day',
    from: 'f+1',
    to: 't',
    tz: 'Europe/Berlin',
    limit: '5',
    offset: '1',
  });
  const { pathname, searchParams } = new URL(asked[0]!.url!, url());
  expect([pathname, Object.fromEntries(searchParams)]).toEqual([
    '/api/governance/usage',
    { format: 'json', group_by: 'key,day', from: 'f+1', to: 't', tz: 'Europe/Berlin', limit: '5', offset: '1' },
  ]);
});

test('--csv and --json print what the route says', async () => {
  expect((await run({ url: url(), json: true })).out).toBe(`${REPORT}\n`);
  answer.body = 'a,b\r\n';
  expect((await run({ url: url(), csv: true })).out).toBe('a,b\r\n');
  expect(asked.map((request) => new URL(request.url!, url()).searchParams.get('format'))).toEqual(['json', 'csv']);
  expect(await run({ url: url(), json: true, csv: true })).toMatchObject({ code: 2, out: '' });
});

test('address and token are those of the configuration, the environment counts before it', async () => {
  const folder = tempFolder('usage-command');
  const file = join(folder, 'llmproxy.yaml');
  writeFileSync(
    file,
    `server: { host: 127.0.0.1, port: ${port()} }\nauth: { admin_token: the-token-of-the-file }\nmodels: { m: { endpoints: [{ provider: mock }] } }\n`,
  );
  expect((await run({}, {}, folder)).code).toBe(0);
  expect((await run({ config: file }, { LLMPROXY_ADMIN_TOKEN: 'other' })).code).toBe(0);
  expect((await run({ url: url() }, {}, folder)).code).toBe(0);
  expect(asked.map(({ headers }) => headers.authorization)).toEqual([
    'Bearer the-token-of-the-file',
    'Bearer other',
    undefined,
  ]);
});

test('a token that the proxy made for itself is read beside its database, and sent to that proxy alone', async () => {
  const folder = tempFolder('usage-command');
  const yaml = (more: string): string =>
    `server: { host: 127.0.0.1, port: ${port()} }\n${more}\nmodels: { m: { endpoints: [{ provider: mock }] } }\n`;
  writeFileSync(join(folder, 'llmproxy.yaml'), yaml('database: { url: "sqlite:keys.db" }'));
  writeFileSync(join(folder, 'keys.db.admin-token'), 'a-token-that-was-made\n');
  expect((await run({}, {}, folder)).code).toBe(0);
  expect((await run({ url: url() }, {}, folder)).code).toBe(0);
  writeFileSync(join(folder, 'open.yaml'), yaml('database: { url: "sqlite:keys.db" }\nauth: { admin: loopback }'));
  expect((await run({ config: 'open.yaml' }, {}, folder)).code).toBe(0);
  expect(asked.map(({ headers }) => headers.authorization)).toEqual([
    'Bearer a-token-that-was-made',
    undefined,
    undefined,
  ]);
});

test.each([
  [{ status: 400, body: '{"error":"limit must be a whole number."}' }, 'limit must be a whole number.'],
  [{ status: 401, body: '{"error":{"message":"The admin token is wrong."}}' }, 'wrong. Set LLMPROXY_ADMIN_TOKEN.'],
  [{ status: 404, body: '{"error":{"message":"Unknown request URL"}}' }, 'has no usage report'],
  [{ status: 500, body: 'oops' }, 'refused without a reason'],
  [{ status: 200, body: '<html>' }, 'is no usage report'],
  [{ status: 200, body: '{"rows":[1],"totals":{},"from":"","to":"","count":0}' }, 'is no usage report'],
  [{ status: 302, body: '', headers: { location: 'http://127.0.0.1:1/' } }, 'cannot reach the proxy'],
])('%j is said in a sentence', async (given, sentence) => {
  answer = given;
  const { code, out, err } = await run({ url: url() }, { LLMPROXY_ADMIN_TOKEN: 'the-token' });
  expect([code, out]).toEqual([1, '']);
  expect(err).toContain(sentence);
  expect(err).not.toContain('the-token');
});

test('a proxy that is not there, and an address that is none', async () => {
  const address = url();
  await new Promise((resolve) => server.close(resolve));
  expect((await run({ url: address })).err).toMatch(/^llmproxy usage: cannot reach the proxy at http:\/\/127/);
  for (const wrong of ['nonsense', 'file:///etc/passwd']) {
    expect((await run({ url: wrong })).err).toContain('--url must be an address');
  }
});
