import { expect, test } from 'vitest';
import { connectMock, startMock } from './index.ts';
import type { Mock, MockControl, TenantControl } from './index.ts';

interface Ask {
  readonly base?: string;
  readonly key?: string;
  readonly model?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly metadata?: Readonly<Record<string, string>>;
}

async function ask(mock: MockControl, content: string, ask: Ask = {}): Promise<string> {
  const { base = mock.baseURL, key = 'sk-test', model = 'gpt-4o-mini', headers = {}, metadata } = ask;
  const response = await fetch(`${base}/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ model, metadata, messages: [{ role: 'user', content }] }),
  });
  const { choices, error } = (await response.json()) as {
    choices?: { message: { content: string } }[];
    error?: { message: string };
  };
  return choices?.[0]?.message.content ?? error?.message ?? '';
}

type Way = (tenant: TenantControl) => Ask;

/** Every way in which a request can name its tenant. */
const WAYS: Readonly<Record<string, Way>> = {
  path: ({ baseURL }) => ({ base: baseURL }),
  key: ({ apiKey }) => ({ key: apiKey }),
  model: (tenant) => ({ model: tenant.model('gpt-4o-mini') }),
  metadata: ({ name }) => ({ metadata: { llmproxy_tenant: name } }),
  header: ({ name }) => ({ headers: { 'x-mock-tenant': name } }),
};

/** The server itself as base, where the way is not the path. */
async function askVia(mock: Mock, tenant: TenantControl, way: Way, content: string): Promise<string> {
  return ask(mock, content, { base: mock.baseURL, ...way(tenant) });
}

test.each(Object.entries(WAYS))(
  'a request names its tenant by %s, and the dialect sees nothing of it',
  async (_name, way) => {
    await using mock = await startMock();
    const alice = mock.tenant('alice');
    await alice.answer({ reply: { text: 'for alice' } });
    expect(await askVia(mock, alice, way, 'hi')).toBe('for alice');
    expect(await ask(mock, 'hi')).toBe('Mock response to: hi');
    const [entry, ...others] = await alice.requests();
    expect(others).toEqual([]);
    expect(entry).toMatchObject({ path: '/v1/chat/completions', model: 'gpt-4o-mini', status: 200, sequence: 1 });
    expect((await mock.requests()).map(({ sequence }) => sequence)).toEqual([2]);
  },
);

test('the path decides before the header, the header before the body, the body before the key', async () => {
  await using mock = await startMock({ tenantKeys: { 'sk-d': 'd' } });
  const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name) => mock.tenant(name));
  const all: Ask = {
    base: a!.baseURL,
    headers: { 'x-mock-tenant': 'b' },
    metadata: { llmproxy_tenant: 'c' },
    key: 'sk-d',
  };
  await ask(mock, '1', all);
  await ask(mock, '2', { ...all, base: mock.baseURL });
  await ask(mock, '3', { ...all, base: mock.baseURL, headers: {} });
  await ask(mock, '4', { key: 'sk-d' });
  const seen = await Promise.all(
    [a!, b!, c!, d!, mock].map(async (one) => (await one.requests()).map(({ sequence }) => sequence)),
  );
  expect(seen).toEqual([[1], [2], [3], [4], []]);
});

test('every key can be a tenant of its own', async () => {
  await using mock = await startMock({ tenantKeys: 'each' });
  await mock.tenant('sk-one').answer({ reply: { text: 'one' } });
  expect([await ask(mock, 'hi', { key: 'sk-one' }), await ask(mock, 'hi', { key: 'sk-two' })]).toEqual([
    'one',
    'Mock response to: hi',
  ]);
});

test('a name that cannot be one is refused, not taken for another', async () => {
  await using mock = await startMock();
  expect(await ask(mock, 'hi', { headers: { 'x-mock-tenant': 'a b' } })).toContain(
    'x-mock-tenant: expected a name of letters',
  );
  expect(await ask(mock, 'hi', { metadata: { llmproxy_tenant: '!' } })).toContain(
    'metadata.llmproxy_tenant: expected a name',
  );
  expect(() => mock.tenant('a/b')).toThrow('tenant: expected a name of letters');
});

test('stored objects, limits, faults and pace are a tenant’s own', async () => {
  await using mock = await startMock();
  const [alice, bob] = [mock.tenant('alice'), mock.tenant('bob')];
  await alice.limit({ rpm: 1 });
  await alice.fault({ match: { text: 'break' }, fault: { kind: 'status', status: 503 } });
  await ask(alice, 'first');
  expect(await ask(alice, 'second')).toContain('Rate limit reached');
  expect([await ask(bob, 'first'), await ask(bob, 'break')]).toEqual([
    'Mock response to: first',
    'Mock response to: break',
  ]);
  const created = await fetch(`${bob.baseURL}/responses`, {
    method: 'POST',
    body: JSON.stringify({ model: 'gpt-4o', input: 'x' }),
  });
  const { id } = (await created.json()) as { id: string };
  const found = await Promise.all([bob, mock].map((one) => fetch(`${one.baseURL}/responses/${id}`)));
  expect(found.map(({ status }) => status)).toEqual([200, 404]);
});

test('a tenant that was closed begins anew', async () => {
  await using mock = await startMock({ clock: 'virtual', limits: { quota: { tokens: 1 } } });
  const alice = mock.tenant('alice');
  await alice.clock.advance(3_600_000);
  await ask(alice, 'hi');
  expect(await ask(alice, 'hi')).toContain('exceeded your current quota');
  await alice.close();
  const again = mock.tenant('alice');
  expect(await again.requests()).toEqual([]);
  expect((await again.clock.now()) - (await mock.clock.now())).toBeLessThan(60_000);
  expect(await ask(again, 'hi')).toBe('Mock response to: hi');
});

test('a tenant’s address is enough to reach it', async () => {
  await using mock = await startMock();
  const other = connectMock(mock.tenant('alice').baseURL);
  await other.answer({ reply: { text: 'for alice' } });
  expect(await ask(mock.tenant('alice'), 'hi')).toBe('for alice');
  expect(other.url).toBe(`${mock.url}/t/alice`);
});

test('500 tests in one process, all at once and each over another way, hear and see only themselves', async () => {
  await using mock = await startMock({ clock: 'virtual' });
  const ways = Object.values(WAYS);
  const one = async (index: number): Promise<unknown> => {
    const tenant = mock.tenant(`t${index}`);
    const way = ways[index % ways.length]!;
    await tenant.script([
      { match: { text: { is: `mine ${index}` } }, answers: [`first of ${index}`, `then of {{tenant}} {{counter.n}}`] },
    ]);
    const heard = [
      await askVia(mock, tenant, way, `mine ${index}`),
      await askVia(mock, tenant, way, `mine ${index}`),
      await askVia(mock, tenant, way, `mine ${index + 1000}`),
    ];
    await tenant.clock.advance(index);
    const seen = (await tenant.requests()).map(
      ({ body }) => (body as { messages: { content: string }[] }).messages[0]?.content,
    );
    return { heard, seen };
  };
  const results = await Promise.all(Array.from({ length: 500 }, (_, index) => one(index)));
  for (const [index, result] of results.entries()) {
    expect(result).toEqual({
      heard: [`first of ${index}`, `then of t${index} 1`, `Mock response to: mine ${index + 1000}`],
      seen: [`mine ${index}`, `mine ${index}`, `mine ${index + 1000}`],
    });
  }
  expect(await mock.requests()).toEqual([]);
}, 60_000);
