import { expect, test } from 'vitest';
import { chat, nonce } from './ask.ts';
import { MODEL, startBed } from './bed.ts';
import { send } from './http.ts';

const image = () => ({ body: { model: MODEL, prompt: nonce() } });

test.each([
  ['a 429', 429, 1],
  ['a row of 500s', 500, 3],
  ['a 401', 401, 1],
])('%s on images leaves chat as it was, unless it is about the account', async (_what, status, times) => {
  await using bed = await startBed();
  const headers = { 'retry-after': '30' };
  await bed.mock.fault({ match: { operation: 'images.generate' }, fault: { kind: 'status', status, headers } });
  for (let turn = 0; turn < times; turn += 1)
    expect((await send(`${bed.url}/v1/images/generations`, image())).status).toBe(status);
  const [endpoint] = (await bed.stats()).endpoints;
  if (status === 401) {
    expect(endpoint).toMatchObject({ state: 'ejected', operations_out: [] });
    return;
  }
  expect(endpoint).toMatchObject({ state: 'admitting', operations_out: [{ name: 'images', state: 'ejected' }] });
  await bed.client().chat.completions.create(chat(nonce()));
});

test('a 429 on chat leaves embeddings and images as they were', async () => {
  await using bed = await startBed();
  const limited = { kind: 'status', status: 429, headers: { 'retry-after': '30' } } as const;
  await bed.mock.fault({ match: { operation: 'chat.completions' }, fault: limited });
  const client = bed.client();
  await expect(client.chat.completions.create(chat(nonce()))).rejects.toMatchObject({ status: 429 });
  await expect(client.chat.completions.create(chat(nonce()))).rejects.toMatchObject({ status: 503 });
  await client.embeddings.create({ model: MODEL, input: nonce() });
  expect((await send(`${bed.url}/v1/images/generations`, image())).status).toBe(200);
  expect((await bed.stats()).endpoints[0]).toMatchObject({
    state: 'ejected',
    operations_out: [{ name: 'chat.completions', state: 'ejected' }],
  });
});

test('a key without the permission for one route goes on serving the others', async () => {
  await using bed = await startBed();
  const message = 'You have insufficient permissions for this operation. Missing scopes: api.fine_tuning.read.';
  const body = { error: { message, type: 'invalid_request_error', param: null, code: null } };
  await bed.mock.fault({ match: { operation: 'images.generate' }, fault: { kind: 'status', status: 401, body } });
  expect((await send(`${bed.url}/v1/images/generations`, image())).status).toBe(401);
  await bed.client().chat.completions.create(chat(nonce()));
  expect((await bed.stats()).endpoints[0]).toMatchObject({
    state: 'admitting',
    operations_out: [{ name: 'images', state: 'ejected' }],
  });
});

test('a 401 is the same for the account on every route', async () => {
  const states = [];
  for (const path of ['/v1/moderations', '/v1/chat/completions']) {
    await using bed = await startBed();
    await bed.mock.fault({ fault: { kind: 'status', status: 401 } });
    await send(`${bed.url}${path}`, { body: { input: 'x', ...chat(nonce()) } });
    states.push((await bed.stats()).endpoints[0]!.state);
  }
  expect(states).toEqual(['ejected', 'ejected']);
});
