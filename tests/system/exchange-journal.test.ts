import { expect, test } from 'vitest';
import type { ExchangeAnswer, ExchangeNews, ExchangePage } from '../../proxy/admin/dashboard/exchange-lists.ts';
import { MODEL, startBed, type Bed } from './bed.ts';
import { governedBed } from './governed-bed.ts';
import { startWorkers } from './workers-bed.ts';

const ID = { 'x-request-id': 'from-the-client' };

function ask({ url }: Bed, content: string, more: object = {}, headers: object = {}): Promise<Response> {
  return fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer sk-of-the-caller-1234', ...headers },
    body: JSON.stringify({ model: MODEL, messages: [{ role: 'user', content }], ...more }),
  });
}

async function shown<T>({ url }: Bed, path: string): Promise<T> {
  return (await (await fetch(`${url}/api/admin/exchanges${path}`)).json()) as T;
}

/** The events of a page that listens; reading them goes on where it ended. */
async function listen({ url }: Bed, query = '') {
  const left = new AbortController();
  const { body } = await fetch(`${url}/api/admin/exchanges/events${query}`, { signal: left.signal });
  const reader = body!.pipeThrough(new TextDecoderStream()).getReader();
  const next = async (): Promise<ExchangeNews> => {
    let text = '';
    while (!text.endsWith('\n\n')) text += (await reader.read()).value ?? '';
    return JSON.parse(text.replace(/^data: /, '')) as ExchangeNews;
  };
  return { next, [Symbol.asyncDispose]: () => Promise.resolve(left.abort()) };
}

test('who looks after the fact sees the exchanges all the same, without stages', async () => {
  await using bed = await startBed();
  await (await ask(bed, 'hello')).text();
  await (await ask(bed, 'hello', {}, ID)).text();
  await (await ask(bed, 'hello', { model: 'unknown' })).text();
  const { exchanges, capture } = await shown<ExchangePage>(bed, '');
  expect(exchanges).toMatchObject([
    { status: 404, error: 'model_not_found', model: 'unknown', ended_by: 'proxy', ended_in: 'resolve' },
    { id: 'from-the-client', status: 200, cache: 'hit', endpoint: `${MODEL}/a`, attempts: 0, cost: 0 },
    { status: 200, cache: 'miss', attempts: 1, tokens: { input: expect.any(Number) } },
  ]);
  expect(capture).toBe(false);
  const detail = await shown<ExchangeAnswer>(bed, `/${exchanges[2]?.id}`);
  expect(detail).toMatchObject({ stages: null, bodies: null, tries: [{ endpoint: `${MODEL}/a`, outcome: 'ok' }] });
});

test('a page that listens gets exchanges as they end, with their stages and the digests of their keys', async () => {
  await using bed = await startBed();
  await (await ask(bed, 'before')).text();
  await using page = await listen(bed, '?cache=miss');
  expect((await page.next()).exchanges).toHaveLength(1);
  await (await ask(bed, 'one', { stream: true })).text();
  const first = await page.next();
  expect(first).toMatchObject({ skipped: 0, exchanges: [{ stream: true, cache: 'miss' }] });
  await (await ask(bed, 'one', { temperature: 0.5 })).text();
  await (await ask(bed, 'one', { temperature: 0.5 })).text();
  const second = await page.next();
  expect(second.exchanges.map(({ cache }) => cache)).toEqual(['miss']);
  const [one, other] = await Promise.all(
    [first, second].map(({ exchanges }) => shown<ExchangeAnswer>(bed, `/${exchanges[0]?.id}`)),
  );
  expect(one?.stages?.map(({ name }) => name)).toEqual(expect.arrayContaining(['identify', 'lookup', 'respond']));
  expect(one?.lookup).toMatchObject({ tier: 'none' });
  expect(Object.fromEntries(one?.headers ?? [])).toMatchObject({ 'x-llmproxy-cache': 'miss', 'x-request-id': one?.id });
  const names = Object.keys({ ...one?.key_parts, ...other?.key_parts });
  expect(names.filter((name) => one?.key_parts?.[name] !== other?.key_parts?.[name])).toEqual([
    'body',
    'body.temperature',
  ]);
  expect(JSON.stringify([one, other])).not.toMatch(/"one"|sk-of-the-caller/);
  expect(one?.bodies).toBeNull();
});

test('bodies are captured where the configuration says so, without secrets', async () => {
  await using bed = await startBed({ config: { admin: { capture: true } } });
  await (await ask(bed, 'the key is sk-proj-abcdefgh1234', { stream: true }, ID)).text();
  const { bodies, capture } = await shown<ExchangeAnswer>(bed, '/from-the-client');
  expect(capture).toBe(true);
  expect(bodies?.request.text).toContain('the key is sk-***');
  expect(bodies?.answer.text).toMatch(/^data: .*\[DONE\]\n\n$/s);
  expect(JSON.stringify(bodies)).not.toMatch(/sk-of-the-caller|proj-abcdefgh1234/);
  await (await ask(bed, 'plain', {}, { 'x-request-id': 'hit' })).text();
  await (await ask(bed, 'plain', {}, { 'x-request-id': 'hit' })).text();
  const hit = await shown<ExchangeAnswer>(bed, '/hit');
  expect(hit).toMatchObject({ cache: 'hit', others: [{ status: 200 }] });
  expect(JSON.parse(hit.bodies?.answer.text ?? '')).toMatchObject({ object: 'chat.completion' });
});

test('the routes are those of the operator', async () => {
  await using bed = await startBed({ config: { auth: { admin_token: 'the-token-of-the-operator' } } });
  for (const path of ['', '/events', '/some-id']) {
    expect((await fetch(`${bed.url}/api/admin/exchanges${path}`)).status).toBe(401);
  }
});

test('with virtual keys an exchange has the name of its key and what the ledger says it cost', async () => {
  const { bed, callers } = await governedBed();
  await using _ = bed;
  await (await ask(bed, 'hello', {}, { authorization: `Bearer ${callers.ada}` })).text();
  const { exchanges } = await shown<ExchangePage>(bed, '?key=ADA');
  expect(exchanges).toMatchObject([{ key_name: 'ada', key: expect.any(String), status: 200 }]);
  expect(exchanges[0]?.cost).toBeGreaterThan(0);
  const ledger = async (): Promise<unknown> => (await fetch(`${bed.url}/api/governance/usage?group_by=model`)).json();
  await expect.poll(ledger, { timeout: 10_000 }).toMatchObject({ totals: { cost_usd: exchanges[0]?.cost } });
});

test('the exchanges of all workers are one list', async () => {
  const endpoints = [{ provider: 'mock' }];
  const bed = await startWorkers({ server: { workers: 2 }, models: { [MODEL]: { endpoints } } });
  for (let no = 0; no < 6; no += 1) {
    await bed.post('/v1/chat/completions', { model: MODEL, messages: [{ role: 'user', content: `question ${no}` }] });
  }
  const { exchanges } = (await bed.get('/api/admin/exchanges')) as unknown as ExchangePage;
  expect(exchanges).toHaveLength(6);
  expect(new Set(exchanges.map(({ entry }) => entry.split('.')[0])).size).toBe(2);
  const ends = exchanges.map(({ at, ms }) => at + ms);
  expect(ends).toEqual(ends.toSorted((a, b) => b - a));
  expect(await bed.get(`/api/admin/exchanges/${exchanges[5]?.id}`)).toMatchObject({ tries: [{ outcome: 'ok' }] });
});
