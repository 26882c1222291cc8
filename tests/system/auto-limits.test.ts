import { expect, test } from 'vitest';
import { autoBed, type AutoBed } from './auto-bed.ts';
import { ADMIN, callApi, GOVERNED, newVirtualKey } from './auto-calls.ts';

type Headers = Readonly<Record<string, string>>;

interface Asked {
  readonly status: number;
  readonly model: string | null;
  readonly headers: globalThis.Headers;
}

async function ask(bed: AutoBed, headers: Headers, more: object = {}): Promise<Asked> {
  const response = await fetch(`${bed.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ model: 'auto', messages: [{ role: 'user', content: 'hello' }], ...more }),
  });
  await response.arrayBuffer();
  return { status: response.status, model: response.headers.get('x-llmproxy-model'), headers: response.headers };
}

async function made(bed: AutoBed, kind: string, fields: object): Promise<string> {
  const answer = await fetch(`${bed.url}/api/governance/${kind}s`, {
    method: 'POST',
    headers: { ...ADMIN, 'content-type': 'application/json' },
    body: JSON.stringify({ name: crypto.randomUUID(), ...fields }),
  });
  const entity = ((await answer.json()) as Record<string, { readonly id: string } | undefined>)[kind];
  if (entity === undefined) throw new Error(`no ${kind} was made: ${answer.status}`);
  return entity.id;
}

const once = { rate_limit: { request_max_limit: 1, request_reset_duration: '1h' } };
const UNCACHED = { config: { ...GOVERNED, cache: { enabled: false } } };

test('a failed model gives back what was counted for it, and the one that answers is counted', async () => {
  const bed = await autoBed(UNCACHED);
  const key = await newVirtualKey(bed.url, { model_limits: { 'deepseek-chat': once, 'gemini-2.0-flash': once } });
  await bed.mocks['deepseek-chat'].fault({ times: 1, fault: { kind: 'status', status: 500 } });
  const models = [];
  for (let round = 0; round < 4; round += 1) models.push((await ask(bed, key)).model);
  expect(models).toEqual(['gemini-2.0-flash', 'deepseek-chat', 'gpt-4o-mini', 'gpt-4o-mini']);
  expect(await bed.called()).toEqual([
    'deepseek-chat',
    'gemini-2.0-flash',
    'deepseek-chat',
    'gpt-4o-mini',
    'gpt-4o-mini',
  ]);
});

test('limits that hold for every model refuse the request', async () => {
  const bed = await autoBed(UNCACHED);
  const key = await newVirtualKey(bed.url, once);
  const statuses = [(await ask(bed, key)).status, (await ask(bed, key)).status];
  expect(statuses).toEqual([200, 429]);
  expect(await bed.called()).toEqual(['deepseek-chat']);
});

test('a caller without money is left the models that take its own key', async () => {
  const bed = await autoBed(UNCACHED);
  const user = await made(bed, 'user', { budget: { max_limit: 1, reset_duration: '1h' } });
  const key = await newVirtualKey(bed.url, { user_id: user });
  const stored = await callApi(bed.url, 'POST /users/me/llm-credentials', {
    headers: key,
    body: { provider: 'google', api_key: 'sk-of-the-user' },
  });
  expect(stored.status).toBe(200);
  // 2,000 words of gpt-4o cost more than a cent.
  await bed.mocks['gpt-4o'].answer({ reply: { text: 'word '.repeat(2_000) } });
  expect((await ask(bed, key, { model: 'gpt-4o' })).status).toBe(200);
  const own = await ask(bed, key);
  expect([own.status, own.model]).toEqual([200, 'gemini-2.0-flash']);
  expect(own.headers.get('x-llmproxy-credential')).toBe((stored.body as { id: string }).id);
  const system = await ask(bed, { ...key, 'x-llmproxy-credential': 'system' });
  expect(system.status).toBe(402);
  expect(await bed.called()).toEqual(['gpt-4o', 'gemini-2.0-flash']);
});

test('the ledger has what a pick was about and what it saved, with every call', async () => {
  const bed = await autoBed(UNCACHED);
  const key = await newVirtualKey(bed.url);
  await bed.mocks['deepseek-chat'].fault({ times: 1, fault: { kind: 'status', status: 500 } });
  await ask(bed, { ...key, 'x-llmproxy-task': 'chat' });
  const { body } = await callApi(bed.url, 'GET /routing/usage', { headers: ADMIN });
  expect(body).toMatchObject({
    records: [
      {
        model_asked: 'auto',
        model: 'gemini-2.0-flash',
        provider: 'gemini',
        complexity: 'simple',
        tier: 'micro',
        task: 'chat',
        status: 200,
        cached: false,
        price_source: 'catalog',
      },
    ],
  });
  const [record] = (
    body as {
      records: { cost_usd: number; input_tokens: number; output_tokens: number; saved_by_routing_usd: number }[];
    }
  ).records;
  const { input_tokens: input = 0, output_tokens: output = 0 } = record ?? {};
  expect(record?.cost_usd).toBeCloseTo((input * 0.1 + output * 0.4) / 1e6, 9);
  expect(record?.saved_by_routing_usd).toBeCloseTo((input * 2.4 + output * 9.6) / 1e6, 9);
});

test('a model that limits refuse after another has failed is passed over', async () => {
  const bed = await autoBed(UNCACHED);
  const key = await newVirtualKey(bed.url, { model_limits: { 'gemini-2.0-flash': once } });
  expect((await ask(bed, { ...key, 'x-llmproxy-model-hint': 'gemini-2.0-flash' })).model).toBe('gemini-2.0-flash');
  await bed.mocks['deepseek-chat'].fault({ times: 1, fault: { kind: 'status', status: 500 } });
  const answer = await ask(bed, key);
  expect([answer.status, answer.model]).toEqual([200, 'gpt-4o-mini']);
  expect(await bed.called()).toEqual(['gemini-2.0-flash', 'deepseek-chat', 'gpt-4o-mini']);
});

test('after the model of the user’s own key the next one answers as if it had been named', async () => {
  const bed = await autoBed({ config: GOVERNED });
  const user = await made(bed, 'user', {});
  const key = await newVirtualKey(bed.url, { user_id: user });
  const body = { provider: 'google', api_key: 'sk-of-the-user' };
  expect((await callApi(bed.url, 'POST /users/me/llm-credentials', { headers: key, body })).status).toBe(200);
  await bed.mocks['gemini-2.0-flash'].fault({ times: 1, fault: { kind: 'status', status: 500 } });
  const picked = await ask(bed, { ...key, 'x-llmproxy-model-hint': 'gemini-2.0-flash' });
  expect([picked.model, picked.headers.get('x-llmproxy-credential')]).toEqual(['deepseek-chat', 'system']);
  const named = await ask(bed, key, { model: 'deepseek-chat' });
  expect(named.headers.get('x-llmproxy-cache')).toBe('hit');
});

test('the answer to a description is no answer to the images', async () => {
  const bed = await autoBed({ config: { ...GOVERNED, auto: { vision: 'describe' } } });
  const key = await newVirtualKey(bed.url);
  const image = { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } };
  const messages = [{ role: 'user', content: [{ type: 'text', text: 'hello' }, image] }];
  const picked = await ask(bed, key, { messages });
  expect([picked.model, picked.headers.get('x-llmproxy-vision')]).toEqual(['deepseek-chat', 'described']);
  const named = await ask(bed, key, { messages, model: 'deepseek-chat' });
  expect(named.headers.get('x-llmproxy-cache')).toBe('miss');
});

test('the cap of a preference leaves out what would cost more', async () => {
  const bed = await autoBed(UNCACHED);
  const customer = await made(bed, 'customer', {});
  const key = await newVirtualKey(bed.url, { customer_id: customer });
  const content = 'debug this distributed system architecture';
  const tools = [{ type: 'function', function: { name: 'look', parameters: { type: 'object', properties: {} } } }];
  const hard = { messages: [{ role: 'user', content }], tools, max_tokens: 4_000 };
  expect((await ask(bed, key, hard)).model).toBe('o3-mini');
  const put = { headers: ADMIN, body: { max_cost_per_request_cents: 1 } };
  expect((await callApi(bed.url, `PUT /routing/preferences/${customer}`, put)).status).toBe(200);
  // No model that meets the floors is cheap enough: the best of the others.
  expect((await ask(bed, key, hard)).model).toBe('gemini-2.0-flash');
});

test('an idempotency key goes to the first model alone: another one gets another body', async () => {
  const bed = await autoBed();
  await bed.mocks['deepseek-chat'].fault({ times: 1, fault: { kind: 'status', status: 500 } });
  expect((await ask(bed, { 'idempotency-key': 'once' })).model).toBe('gemini-2.0-flash');
  const keys = await Promise.all(
    (['deepseek-chat', 'gemini-2.0-flash'] as const).map(async (model) => (await bed.requests(model))[0]?.headers),
  );
  expect(keys.map((headers) => headers?.['idempotency-key'])).toEqual(['once', undefined]);
});

test('a credential that is named leaves the models of its provider', async () => {
  const bed = await autoBed(UNCACHED);
  const user = await made(bed, 'user', {});
  const key = await newVirtualKey(bed.url, { user_id: user });
  const body = { provider: 'openai', api_key: 'sk-of-the-user' };
  const stored = await callApi(bed.url, 'POST /users/me/llm-credentials', { headers: key, body });
  const { id } = stored.body as { id: string };
  const picked = await ask(bed, { ...key, 'x-llmproxy-credential': id });
  expect([picked.status, picked.model, picked.headers.get('x-llmproxy-credential')]).toEqual([200, 'gpt-4o-mini', id]);
  const explained = await callApi(bed.url, 'POST /routing/explain', {
    headers: { ...key, 'x-llmproxy-credential': id },
    body: { prompt: 'hello' },
  });
  expect(explained.body).toMatchObject({
    selected: { model: 'gpt-4o-mini' },
    excluded: expect.arrayContaining([{ model: 'deepseek-chat', reason: 'no_credential' }]) as unknown,
  });
});
