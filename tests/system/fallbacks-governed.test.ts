import { expect, test } from 'vitest';
import { nonce } from './ask.ts';
import { askAs } from './auto-ask.ts';
import { ADMIN, callApi, GOVERNED, newVirtualKey } from './auto-calls.ts';
import { fallbackBed, type FallbackBed } from './fallback-bed.ts';
import type { RawAnswer } from './http.ts';

type Headers = Readonly<Record<string, string>>;

const CONFIG = {
  config: { ...GOVERNED, prices: { '*': { request: 0.01 } }, plans: { small: { models: ['one', 'three'] } } },
};
const FALLBACKS = { one: { fallbacks: ['two', 'three'] } };

async function failing(): Promise<FallbackBed> {
  const bed = await fallbackBed(FALLBACKS, CONFIG);
  await bed.fail({ kind: 'status', status: 500 }, 'one');
  return bed;
}

const ask = ({ url }: FallbackBed, headers: Headers): Promise<RawAnswer> =>
  askAs('chat', url, nonce(), { model: 'one', headers });

async function created(bed: FallbackBed, path: string, body: object): Promise<string> {
  const answer = await fetch(`${bed.url}/api/governance/${path}s`, {
    method: 'POST',
    headers: { ...ADMIN, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect(answer.status).toBe(201);
  return ((await answer.json()) as Record<string, { id: string }>)[path]!.id;
}

test.each<[string, (bed: FallbackBed) => Promise<Headers>]>([
  ['the models of its key', (bed) => newVirtualKey(bed.url, { allowed_models: ['one', 'three'] })],
  [
    'its plan',
    async (bed) =>
      newVirtualKey(bed.url, { customer_id: await created(bed, 'customer', { name: 'Acme', plan: 'small' }) }),
  ],
])('a fallback that a caller may not use by %s is left out', async (_what, keyOf) => {
  const bed = await failing();
  const answer = await ask(bed, await keyOf(bed));
  expect(answer.status).toBe(200);
  expect(answer.headers).toMatchObject({ 'x-llmproxy-fallback': 'one>three', 'x-llmproxy-model': 'three' });
  expect(await bed.called()).toEqual(['one', 'three']);
});

test('a caller that may use none of them gets the failure of the model that it named', async () => {
  const bed = await failing();
  const answer = await ask(bed, await newVirtualKey(bed.url, { allowed_models: ['one'] }));
  expect(answer.status).toBe(500);
  expect(answer.headers['x-llmproxy-fallback']).toBeUndefined();
  expect(await bed.called()).toEqual(['one']);
});

test('the row of the ledger has the model that answered, and its price', async () => {
  const bed = await failing();
  await ask(bed, await newVirtualKey(bed.url));
  const rows = async (): Promise<readonly object[]> => {
    const { body } = await callApi(bed.url, 'GET /routing/usage', { headers: ADMIN });
    return (body as { records: object[] }).records;
  };
  await expect.poll(rows).toHaveLength(1);
  expect((await rows())[0]).toMatchObject({ model: 'two', cost_usd: expect.closeTo(0.01, 9) });
});

test('a request counts once against the limits of its key, whatever the number of models', async () => {
  const bed = await failing();
  const key = await newVirtualKey(bed.url, { rate_limit: { request_max_limit: 2, request_reset_duration: '1h' } });
  const statuses = [(await ask(bed, key)).status, (await ask(bed, key)).status, (await ask(bed, key)).status];
  expect(statuses).toEqual([200, 200, 429]);
});
