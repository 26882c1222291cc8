import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished, expect, test } from 'vitest';
import { startApi, type Api } from '../../admin/governance/api.fixture.ts';
import type { CommandPlace } from '../place.ts';
import { createKey, listKeys, revokeKey, rotateKey, showKey } from './keys-command.ts';
import type { CreateOptions } from './options.ts';

const TOKEN = 'the-admin-token';

interface Bed {
  readonly api: Api;
  readonly url: string;
  /** Method, path and body of what was asked. */
  readonly asked: string[];
  readonly run: (command: (place: CommandPlace) => Promise<number>, token?: string) => Promise<Result>;
  readonly create: (options: Omit<CreateOptions, 'url'>) => Promise<Result>;
}

interface Result {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** The governance routes behind the admin token, on a socket. */
async function startBed(): Promise<Bed> {
  const api = await startApi();
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    if (request.headers.authorization === `Bearer ${TOKEN}`) api.application(request, response);
    else response.writeHead(401).end('{"error":{"message":"The admin token is wrong."}}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const run: Bed['run'] = async (command, token = TOKEN) => {
    let [out, err] = ['', ''];
    const code = await command({
      environment: { LLMPROXY_ADMIN_TOKEN: token },
      folder: '/',
      out: { write: (text) => (out += text) },
      err: { write: (text) => (err += text) },
    });
    return { code, out, err };
  };
  return { api, url, asked, run, create: (options) => run((place) => createKey({ url, ...options }, place)) };
}

function lineOf({ out }: Result, label: string): string | undefined {
  return out
    .split('\n')
    .find((line) => line.startsWith(label))
    ?.slice(label.length)
    .trim();
}

function keyIn({ out }: Result): Record<string, unknown> {
  return (JSON.parse(out) as { virtual_key: Record<string, unknown> }).virtual_key;
}

test('create sends every option, finds owners by name, and prints the value', async () => {
  const { api, create } = await startBed();
  const team = await api.make('/teams', { name: 'Research & development' });
  const user = await api.make('/users', { name: 'Anna' });
  const made = await create({
    name: 'ci',
    description: 'nightly runs',
    team: 'Research & development',
    user: user.id,
    models: 'gpt-4o, claude-*',
    providers: 'openai,anthropic',
    budget: '9007199254740993',
    budgetReset: '1M',
    tokenLimit: '5000',
    tokenReset: '1h',
    requestLimit: '10',
    requestReset: '1m',
    maxConcurrency: '3',
    expires: '2030-01-31T12:00:00Z',
  });
  expect([made.code, made.err]).toEqual([0, '']);
  const value = lineOf(made, 'value');
  expect(value).toMatch(/^sk-lp-/);
  expect(lineOf(made, 'budget')).toBe('0 of 9007199254740993 each 1M');
  expect(lineOf(made, 'tokens')).toBe('0 of 5000 each 1h');
  expect(lineOf(made, 'of')).toBe('team Research & development, user Anna');
  const stored = (await api.get(`/virtual-keys/${lineOf(made, 'id')}`)).body as { virtual_key: object };
  expect(stored.virtual_key).toMatchObject({
    name: 'ci',
    value,
    description: 'nightly runs',
    team_id: team.id,
    user_id: user.id,
    allowed_models: ['gpt-4o', 'claude-*'],
    allowed_providers: ['openai', 'anthropic'],
    budget: { reset_duration: '1M' },
    rate_limit: { token_max_limit: 5000, request_max_limit: 10, request_reset_duration: '1m' },
    max_concurrency: 3,
    expires_at: '2030-01-31T12:00:00Z',
  });
});

test('--json has all digits and the value', async () => {
  const { create } = await startBed();
  const made = await create({ name: 'ci', budget: '9007199254740993', budgetReset: '1d', json: true });
  expect(made.out).toContain('"max_limit":9007199254740993,');
  expect(keyIn(made)).toMatchObject({ name: 'ci', value: expect.stringMatching(/^sk-lp-/) as unknown });
});

test('list shows keys without their values; --search takes a part of the name', async () => {
  const { api, url, run } = await startBed();
  const list = (options: { search?: string; json?: boolean } = {}): Promise<Result> =>
    run((place) => listKeys({ url, ...options }, place));
  expect((await list()).out).toContain('no virtual keys');
  const customer = await api.make('/customers', { name: 'Acme' });
  const first = await api.make('/virtual-keys', {
    name: 'first',
    customer_id: customer.id,
    budget: { max_limit: 100, reset_duration: '1d' },
  });
  api.clock.advance(1);
  await api.make('/virtual-keys', { name: 'sec\u001B[2Jond', is_active: false, allowed_models: ['gpt-4o'] });
  const all = await list();
  expect(all.out.split('\n').map((line) => line.replaceAll(first.id, 'ID').replaceAll(/ {2,}/g, ' | '))).toEqual([
    'name | id | active | of | models | budget | expires',
    'first | ID | yes | customer Acme | all | 0 of 100 each 1d | -',
    expect.stringMatching(/^sec\uFFFD\[2Jond \| \S+ \| no \| - \| gpt-4o \| - \| -$/) as unknown,
    '',
  ]);
  const found = JSON.parse((await list({ search: 'FIR', json: true })).out) as { virtual_keys: object[] };
  expect(found).toMatchObject({ count: 1, virtual_keys: [{ id: first.id }] });
  for (const { out } of [all, await list({ json: true })]) expect(out).not.toContain('sk-lp-');
});

test('show takes an id or a name, and shows the value only where it is asked for', async () => {
  const { api, url, run } = await startBed();
  const key = await api.make('/virtual-keys', { name: 'a key/of mine?' });
  const show = (given: string, options: { value?: boolean; json?: boolean } = {}): Promise<Result> =>
    run((place) => showKey(given, { url, ...options }, place));
  for (const given of [key.id, 'a key/of mine?']) {
    const shown = await show(given);
    expect([shown.code, lineOf(shown, 'id'), lineOf(shown, 'value')]).toEqual([0, key.id, undefined]);
  }
  expect(lineOf(await show(key.id, { value: true }), 'value')).toBe(key['value']);
  expect(keyIn(await show(key.id, { json: true }))).not.toHaveProperty('value');
  expect(keyIn(await show(key.id, { json: true, value: true }))['value']).toBe(key['value']);
  expect(await show('a key')).toMatchObject({
    code: 1,
    out: '',
    err: expect.stringContaining('there is no virtual key') as unknown,
  });
});

test('a name that looks like an id is found', async () => {
  const { api, url, run } = await startBed();
  const name = '00000000-0000-4000-8000-000000000000';
  const key = await api.make('/virtual-keys', { name });
  expect(lineOf(await run((place) => showKey(name, { url }, place)), 'id')).toBe(key.id);
});

test('rotate prints the new value; the old one has its grace', async () => {
  const { api, url, run } = await startBed();
  const key = await api.make('/virtual-keys', { name: 'k' });
  const rotated = await run((place) => rotateKey('k', { url, grace: '1h' }, place));
  const value = lineOf(rotated, 'value');
  expect([rotated.code, value === key['value']]).toEqual([0, false]);
  const states = (): string[] =>
    [key['value'], value].map((one) => api.governance.directory.lookup(String(one), api.clock.now()).state);
  expect(states()).toEqual(['active', 'active']);
  api.clock.advance(3_600_000);
  expect(states()).toEqual(['unknown', 'active']);
  expect(await run((place) => rotateKey('k', { url, grace: 'never' }, place))).toMatchObject({
    code: 1,
    out: '',
    err: expect.stringMatching(/^llmproxy keys rotate: grace must be a duration/) as unknown,
  });
});

test('revoke switches off, --delete deletes', async () => {
  const { api, url, run } = await startBed();
  const key = await api.make('/virtual-keys', { name: 'k' });
  const off = await run((place) => revokeKey('k', { url }, place));
  expect(off).toEqual({ code: 0, out: `virtual key "k" (${key.id}) is switched off\n`, err: '' });
  expect(api.governance.directory.lookup(String(key['value']), api.clock.now()).state).toBe('blocked');
  const json = await run((place) => revokeKey(key.id, { url, json: true }, place));
  expect(keyIn(json)).toMatchObject({ is_active: false });
  expect(json.out).not.toContain('sk-lp-');
  expect((await run((place) => revokeKey('k', { url, delete: true }, place))).out).toContain('is deleted');
  expect((await api.get(`/virtual-keys/${key.id}`)).status).toBe(404);
});

test.each<[string, Omit<CreateOptions, 'url'>, string]>([
  ['half a budget', { name: 'k', budget: '5' }, '--budget needs --budget-reset'],
  ['a window without a limit', { name: 'k', tokenReset: '1h' }, '--token-reset needs --token-limit'],
  ['an amount that is none', { name: 'k', budget: '-5', budgetReset: '1h' }, '--budget must be a number'],
  ['a concurrency that is none', { name: 'k', maxConcurrency: 'many' }, '--max-concurrency must be a number'],
])('%s is refused before the proxy is asked', async (_what, options, sentence) => {
  const { asked, create } = await startBed();
  const { code, out, err } = await create(options);
  expect([code, out, asked]).toEqual([1, '', []]);
  expect(err).toContain(`llmproxy keys create: ${sentence}`);
});

test.each<[string, Omit<CreateOptions, 'url'>, string]>([
  ['a name that is taken', { name: 'taken' }, 'already exists'],
  ['an unknown team', { name: 'k', team: 'nowhere' }, 'there is no team with the id or the name "nowhere"'],
  ['a customer whose name is not unique', { name: 'k', customer: 'Acme' }, '2 customers are called "Acme"'],
  ['a bad window', { name: 'k', budget: '5', budgetReset: 'soon' }, 'reset_duration must be a duration'],
  ['an expiry without a zone', { name: 'k', expires: '2030-01-01' }, 'expires_at must be an RFC 3339 time'],
])('%s is refused, and nothing is created', async (_what, options, sentence) => {
  const { api, create } = await startBed();
  await api.make('/virtual-keys', { name: 'taken' });
  for (const name of ['Acme', 'Acme', 'Acme Ltd']) await api.make('/customers', { name });
  const { code, out, err } = await create(options);
  expect([code, out]).toEqual([1, '']);
  expect(err).toContain(sentence);
  expect((await api.get('/virtual-keys')).body).toMatchObject({ count: 1 });
});

test('without the right token every command fails and says what to set', async () => {
  const { url, run } = await startBed();
  for (const command of [
    (place: CommandPlace) => listKeys({ url }, place),
    (place: CommandPlace) => showKey('k', { url }, place),
    (place: CommandPlace) => createKey({ url, name: 'k' }, place),
  ]) {
    const { code, out, err } = await run(command, 'wrong-token');
    expect([code, out]).toEqual([1, '']);
    expect(err).toContain('The admin token is wrong. Set LLMPROXY_ADMIN_TOKEN.');
    expect(err).not.toContain('wrong-token');
  }
});

test('what is no proxy, and a proxy without keys, is said', async () => {
  const { run } = await startBed();
  const answers = ['{"error":{"message":"Unknown request URL"}}', '<html>'];
  const server = createServer((_request, response) => {
    const body = answers.shift()!;
    response.writeHead(body.startsWith('{') ? 404 : 200).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  expect((await run((place) => listKeys({ url }, place))).err).toContain(
    'has no virtual keys; it needs `database` or `governance`',
  );
  expect((await run((place) => listKeys({ url }, place))).err).toContain('is no proxy with virtual keys');
});
