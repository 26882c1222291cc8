import { GoogleGenAI } from '@google/genai';
import { ResponsesWS } from 'openai/resources/responses/ws';
import { expect, test } from 'vitest';
import { Talk } from '../conformance/sockets.ts';
import { MODEL } from './bed.ts';
import { ask, governedBed, idOf, type Seen } from './governed-bed.ts';
import { governedProcess, newKey } from './governed-process.ts';

const GEMINI = 'gemini-2.5-flash';
const CLAUDE = 'claude-sonnet-4-5';

/** Models of Google and Anthropic beside the bed's own, at the same mock. */
const NATIVE = {
  moreModels: (mocks: readonly { readonly url: string }[]) => ({
    [GEMINI]: { endpoints: [{ provider: 'gemini', name: 'g', base_url: mocks[0]!.url, api_key: 'k' }] },
    [CLAUDE]: { endpoints: [{ provider: 'anthropic', name: 'c', base_url: mocks[0]!.url, api_key: 'k' }] },
  }),
};

test('files and caches of Gemini’s API belong to their caller', async () => {
  const { bed, callers } = await governedBed(NATIVE);
  await using _ = bed;
  const sdk = (apiKey: string): GoogleGenAI => new GoogleGenAI({ apiKey, httpOptions: { baseUrl: bed.url } });
  const [ada, bob] = [sdk(callers.ada), sdk(callers.bob)];
  const content = new Blob(['The password is swordfish.'], { type: 'text/plain' });
  const { name = '', uri = '' } = await ada.files.upload({ file: content, config: { mimeType: 'text/plain' } });
  expect((await sdk(callers.adaToo).files.get({ name })).name).toBe(name);
  await expect(bob.files.get({ name })).rejects.toMatchObject({ status: 404 });
  const parts = [{ fileData: { fileUri: uri, mimeType: 'text/plain' } }];
  const question = { model: GEMINI, contents: [{ role: 'user', parts }] };
  await expect(bob.models.generateContent(question)).rejects.toMatchObject({ status: 404 });
  expect((await ada.models.generateContent(question)).text).toEqual(expect.any(String));
  const cache = await ada.caches.create({ model: GEMINI, config: { contents: 'word '.repeat(5_000) } });
  const cached = { model: GEMINI, contents: 'hi', config: { cachedContent: cache.name ?? '' } };
  await expect(bob.caches.get({ name: cache.name ?? '' })).rejects.toMatchObject({ status: 404 });
  await expect(bob.models.generateContent(cached)).rejects.toMatchObject({ status: 404 });
  const names = async (of: GoogleGenAI): Promise<unknown[]> => {
    const found: unknown[] = [];
    for await (const file of await of.files.list()) found.push(file.name);
    return found;
  };
  expect(await names(ada)).toEqual([name]);
  expect(await names(bob)).toEqual([]);
});

test('files of Anthropic’s API belong to their caller', async () => {
  const { bed, callers } = await governedBed(NATIVE);
  await using _ = bed;
  const headers = { 'anthropic-version': '2023-06-01', 'anthropic-beta': 'files-api-2025-04-14' };
  const form = new FormData();
  form.set('file', new Blob(['hello'], { type: 'text/plain' }), 'a.txt');
  const id = idOf(await ask(bed, { key: callers.ada, headers }, 'POST', '/v1/files', form));
  expect((await ask(bed, { key: callers.adaToo, headers }, 'GET', `/v1/files/${id}`)).status).toBe(200);
  const seen = await ask(bed, { key: callers.bob, headers }, 'GET', `/v1/files/${id}`);
  expect([seen.status, seen.body]).toMatchObject([
    404,
    { type: 'error', error: { type: 'not_found_error', message: `File not found: ${id}` } },
  ]);
  const messages = [{ role: 'user', content: [{ type: 'document', source: { type: 'file', file_id: id } }] }];
  const body = { model: CLAUDE, max_tokens: 10, messages };
  expect((await ask(bed, { key: callers.bob, headers }, 'POST', '/v1/messages', body)).status).toBe(404);
  expect((await ask(bed, { key: callers.ada, headers }, 'POST', '/v1/messages', body)).status).toBe(200);
  expect((await ask(bed, { key: callers.ada, headers }, 'GET', '/v1/files')).body.data).toHaveLength(1);
  expect((await ask(bed, { key: callers.bob, headers }, 'GET', '/v1/files')).body).toMatchObject({
    data: [],
    has_more: false,
    first_id: null,
    last_id: null,
  });
});

test('a socket goes on from responses of its own caller alone, each frame by itself', async () => {
  const { bed, callers } = await governedBed();
  await using _ = bed;
  const open = (apiKey: string) => {
    const talk = new Talk();
    const socket = new ResponsesWS(bed.client({ apiKey }));
    socket.on('event', (event) => talk.push(event));
    socket.on('error', () => undefined);
    return {
      talk,
      socket,
      create: (fields: object) => socket.send({ type: 'response.create', model: MODEL, ...fields } as never),
    };
  };
  const [ada, bob] = [open(callers.ada), open(callers.bob)];
  ada.create({ input: 'one' });
  const first = ((await ada.talk.next('response.completed'))['response'] as { id: string }).id;
  ada.create({ input: 'two', previous_response_id: first });
  await ada.talk.next('response.completed', 2);
  ada.create({ input: 'unstored', store: false });
  const unstored = ((await ada.talk.next('response.completed', 3))['response'] as { id: string }).id;
  ada.create({ input: 'three', previous_response_id: unstored });
  await ada.talk.next('response.completed', 4);
  bob.create({ input: 'foreign', previous_response_id: first });
  expect(await bob.talk.next('error')).toMatchObject({ error: { code: 'previous_response_not_found' } });
  expect(bob.talk.types).not.toContain('response.created');
  expect((await ask(bed, callers.adaToo, 'GET', `/v1/responses/${first}`)).status).toBe(200);
  expect((await ask(bed, callers.bob, 'GET', `/v1/responses/${first}`)).status).toBe(404);
  for (const { socket } of [ada, bob]) socket.close();
});

test('owners outlive the process that has learnt them', async () => {
  const proxy = await governedProcess({ database: {} });
  const ada = await newKey(proxy, { name: 'ada' });
  const bob = await newKey(proxy, { name: 'bob' });
  const at = (): { url: string } => ({ url: proxy.url() });
  const id = idOf(await ask(at(), ada.value, 'POST', '/v1/responses', { model: 'gpt-4o', input: 'hi' }));
  await proxy.stop();
  await proxy.start();
  expect((await ask(at(), ada.value, 'GET', `/v1/responses/${id}`)).status).toBe(200);
  expect((await ask(at(), bob.value, 'GET', `/v1/responses/${id}`)).status).toBe(404);
  expect((await ask(at(), undefined, 'GET', `/v1/responses/${id}`)).status).toBe(404);
});

test.each([
  ['/v1/models', {}],
  ['/v1/models', { 'anthropic-version': '2023-06-01' }],
  ['/v1beta/models', {}],
])('%s with %j lists what the key may use, by the names that it has for them', async (path, headers) => {
  const { bed } = await governedBed({ ...NATIVE });
  await using _ = bed;
  const body = { name: 'narrow', allowed_models: [MODEL], model_aliases: { fast: MODEL, dear: GEMINI } };
  const made = await ask(bed, undefined, 'POST', '/api/governance/virtual-keys', body);
  const key = made.body.virtual_key?.value;
  const names = ({ body: { data, models = [] } }: Seen): string[] =>
    (data ?? models).map((model) => ('name' in model ? model.name.replace(/^models\//, '') : model.id));
  expect(names(await ask(bed, { key: key, headers }, 'GET', path))).toEqual(['fast', MODEL, 'auto']);
  expect(names(await ask(bed, { key: undefined, headers }, 'GET', path))).toEqual([MODEL, GEMINI, CLAUDE, 'auto']);
  for (const name of [MODEL, 'fast']) {
    expect((await ask(bed, { key: key, headers }, 'GET', `${path}/${name}`)).status).toBe(200);
  }
  for (const name of [GEMINI, 'dear', 'nowhere']) {
    expect((await ask(bed, { key: key, headers }, 'GET', `${path}/${name}`)).status).toBe(404);
  }
  expect((await ask(bed, { key: undefined, headers }, 'GET', `${path}/${GEMINI}`)).status).toBe(200);
});

test('what the endpoints of `*` list is filtered for the key, too', async () => {
  const { bed } = await governedBed({
    moreModels: ([mock]) => ({ '*': { endpoints: [{ provider: 'openai', base_url: mock!.baseURL, api_key: 'k' }] } }),
  });
  await using _ = bed;
  const body = { name: 'narrow', allowed_models: ['gpt-4.1*'] };
  const key = (await ask(bed, undefined, 'POST', '/api/governance/virtual-keys', body)).body.virtual_key?.value;
  const idsOf = async (caller?: string): Promise<string[]> =>
    ((await ask(bed, caller, 'GET', '/v1/models')).body.data ?? []).map(({ id }) => id);
  const all = await idsOf();
  const own = await idsOf(key);
  expect(own.length).toBeGreaterThan(0);
  expect(own).toEqual(all.filter((id) => id === 'auto' || id.startsWith('gpt-4.1')));
  expect(own.length).toBeLessThan(all.length);
});
