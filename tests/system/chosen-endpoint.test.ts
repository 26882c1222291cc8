import { describe, expect, onTestFinished, test } from 'vitest';
import { type Bed, MODEL, startBed } from './bed.ts';
import { startGoverned } from './governed.ts';

const TOKEN = 'an-admin-token-of-this-test';
const WITH_TOKEN = { auth: { admin_token: TOKEN } };
const AT_B = { 'x-llmproxy-endpoint': `${MODEL}/b` };
const B_LATER = [{}, { priority: 2 }];

interface Answer {
  readonly status: number;
  readonly endpoint: string | null;
  readonly cache: string | null;
  readonly code: string | undefined;
}

async function ask(
  { url }: Bed,
  headers: Readonly<Record<string, string>>,
  path = '/chat/completions',
): Promise<Answer> {
  const asked = path === '/responses' ? { input: 'hi' } : { messages: [{ role: 'user', content: 'hi' }] };
  const response = await fetch(`${url}/v1${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ model: MODEL, ...asked }),
  });
  const body = (await response.json()) as { readonly error?: { readonly code?: string } };
  const of = (name: string): string | null => response.headers.get(`x-llmproxy-${name}`);
  return { status: response.status, endpoint: of('endpoint'), cache: of('cache'), code: body.error?.code };
}

describe('with an admin token', () => {
  test.each([
    ['no token', {}],
    ['a wrong token', { 'x-llmproxy-admin-token': 'wrong' }],
    ['the token where the key of a client stands', { authorization: `Bearer ${TOKEN}` }],
  ])('%s: 403, and no endpoint is asked', async (_what, headers) => {
    await using bed = await startBed({ mocks: 2, config: WITH_TOKEN });
    expect(await ask(bed, { ...AT_B, ...headers })).toMatchObject({ status: 403, code: 'endpoint_choice_refused' });
    expect(await bed.sequence()).toBe('');
  });

  test.each(['/chat/completions', '/responses'])('%s: the endpoint that is named answers each time', async (path) => {
    await using bed = await startBed({ mocks: 2, config: WITH_TOKEN, endpoints: B_LATER });
    const headers = { ...AT_B, 'x-llmproxy-admin-token': TOKEN };
    const chosen = { status: 200, endpoint: `${MODEL}/b`, cache: 'bypass' };
    expect(await ask(bed, headers, path)).toMatchObject(chosen);
    expect(await ask(bed, headers, path)).toMatchObject(chosen);
    expect(await ask(bed, {}, path)).toMatchObject({ endpoint: `${MODEL}/a`, cache: 'miss' });
    expect(await bed.sequence()).toBe('bba');
    const seen = (await bed.requests()).flatMap(({ headers: sent }) => Object.entries(sent));
    expect(seen.filter(([name, value]) => /^x-llmproxy-(?!instance)/.test(name) || value.includes(TOKEN))).toEqual([]);
  });

  test('a session of the dashboard may choose, with the token of its page; the cookie goes no further', async () => {
    await using bed = await startBed({ mocks: 2, config: WITH_TOKEN, endpoints: B_LATER });
    const signed = await fetch(`${bed.url}/api/admin/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token: TOKEN }),
    });
    const { csrf } = (await signed.json()) as { readonly csrf: string };
    const cookie = signed.headers.getSetCookie()[0]?.split(';')[0] ?? '';
    expect(await ask(bed, { ...AT_B, cookie })).toMatchObject({ status: 403 });
    expect(await ask(bed, { ...AT_B, cookie, 'x-csrf-token': csrf })).toMatchObject({ endpoint: `${MODEL}/b` });
    const [sent] = await bed.requests();
    expect(Object.keys(sent?.headers ?? {})).not.toContain('cookie');
    expect(Object.keys(sent?.headers ?? {})).not.toContain('x-csrf-token');
  });
});

test('on this machine without a token: the header is enough, and an endpoint of another model is none', async () => {
  await using bed = await startBed({ mocks: 2 });
  expect(await ask(bed, AT_B)).toMatchObject({ status: 200, endpoint: `${MODEL}/b` });
  expect(await ask(bed, { 'x-llmproxy-endpoint': 'other/b' })).toMatchObject({ status: 400, code: 'invalid_value' });
});

test('the endpoint that is named fails: no other one is asked, nor another model', async () => {
  await using bed = await startBed({
    mocks: 2,
    model: { fallbacks: ['other'] },
    moreModels: ([first]) => ({ other: { endpoints: [{ provider: 'mock', base_url: first?.baseURL }] } }),
  });
  await bed.mocks[1]?.fault({ fault: { kind: 'status', status: 500 } });
  expect(await ask(bed, AT_B)).toMatchObject({ status: 500, endpoint: `${MODEL}/b` });
  expect(new Set(await bed.sequence())).toEqual(new Set('b'));
});

test('a virtual key is held to its limits: the choice is among the endpoints that it may use', async () => {
  const bed = await startGoverned({
    token: TOKEN,
    models: (endpoint) => ({
      both: { endpoints: ['openai', 'mistral'].map((provider) => ({ ...endpoint, provider, name: provider })) },
    }),
  });
  onTestFinished(() => bed.close());
  const key = await bed.key({ allowed_providers: ['mistral'] });
  const choose = (id: string): ReturnType<typeof bed.chat> =>
    bed.chat(key, { model: 'both' }, { 'x-llmproxy-endpoint': `both/${id}`, 'x-llmproxy-admin-token': TOKEN });
  expect((await choose('openai')).json).toMatchObject({ error: { code: 'invalid_value' } });
  expect((await choose('mistral')).headers).toMatchObject({
    'x-llmproxy-endpoint': 'both/mistral',
    'x-llmproxy-cache': 'bypass',
  });
  expect(await bed.upstreamCalls()).toBe(1);
});
