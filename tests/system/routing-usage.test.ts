import { expect, onTestFinished, test } from 'vitest';
import { needsMock } from '../setup/needs.ts';
import { startBed } from './bed.ts';
import { sqliteFile, startReplica, testMock } from './governed-replicas.ts';
import { bearer, startGoverned, type Entity, type Governed } from './governed.ts';
import { send } from './http.ts';

type Row = Readonly<Record<string, unknown>>;

interface Report {
  readonly records: readonly Row[];
  readonly totals: Row;
}

/** Requests are visible a second after their answer has ended, if the machine has time for it. */
const SOON = { timeout: 10_000, interval: 20 };

async function usage(at: Pick<Governed, 'call'>, query = '', headers: Record<string, string> = {}): Promise<Report> {
  const { status, json, text } = await at.call(`/api/v1/routing/usage${query}`, { method: 'GET', headers });
  expect(status, text).toBe(200);
  return json as unknown as Report;
}

async function countOf(at: Pick<Governed, 'call'>, query = ''): Promise<unknown> {
  return (await usage(at, query)).totals['requests'];
}

const valueOf = ({ value }: Entity): string => String(value);

test('JSON, a stream, a hit and a refusal are records of the key, the newest first, with totals over all', async (context) => {
  needsMock(context);
  const bed = await startGoverned();
  onTestFinished(() => bed.close());
  const user = await bed.make('users');
  const key = await bed.make('virtual-keys', { user_id: user.id, allowed_models: ['gpt-4'] });
  const other = await bed.make('virtual-keys');
  const repeated = { messages: [{ role: 'user', content: 'the same again' }] };
  const task = { 'x-llmproxy-task': 'chat' };
  for (const [body, headers] of [
    [repeated, {}],
    [repeated, {}],
    [{ stream: true }, task],
  ] as const) {
    expect((await bed.chat(valueOf(key), body, headers)).status).toBe(200);
  }
  expect((await bed.chat(valueOf(key), { model: 'gpt-4o-mini' })).status).toBe(403);
  expect((await bed.chat(valueOf(other))).status).toBe(200);
  await expect.poll(() => countOf(bed), SOON).toBe(5);

  const { records, totals } = await usage(bed, '', bearer(valueOf(key)));
  expect(totals).toEqual({ requests: 4, cost_usd: 0.02, saved_by_routing_usd: 0, saved_by_cache_usd: 0.01 });
  expect(
    records.map(({ status, cached, cost_usd, saved_by_cache_usd }) => [status, cached, cost_usd, saved_by_cache_usd]),
  ).toEqual([
    [403, false, 0, 0],
    [200, false, 0.01, 0],
    [200, true, 0, 0.01],
    [200, false, 0.01, 0],
  ]);
  expect(records[3]).toEqual({
    request_id: expect.any(String),
    at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    virtual_key_id: key.id,
    model_asked: 'gpt-4',
    model: 'gpt-4',
    provider: 'openai',
    complexity: null,
    tier: null,
    task: null,
    input_tokens: expect.any(Number),
    cached_tokens: 0,
    output_tokens: expect.any(Number),
    cost_usd: 0.01,
    saved_by_routing_usd: 0,
    saved_by_cache_usd: 0,
    price_source: expect.any(String),
    credential: 'system',
    cached: false,
    status: 200,
    latency_ms: expect.any(Number),
  });

  // What a key asks for, it sees of its own alone.
  expect(await usage(bed, `?user_id=${user.id}&limit=1`, bearer(valueOf(key)))).toEqual({
    records: [records[0]],
    totals,
  });
  const foreign = await usage(bed, `?virtual_key_id=${key.id}`, bearer(valueOf(other)));
  expect(foreign).toMatchObject({ records: [], totals: { requests: 0, cost_usd: 0 } });
  expect(await countOf(bed, `?user_id=${user.id}`)).toBe(4);
  expect(await countOf(bed, `?virtual_key_id=${other.id}`)).toBe(1);
  expect((await bed.call('/api/v1/routing/usage?limit=0', { method: 'GET', headers: {} })).status).toBe(422);
});

test('what one replica has answered the other shows', async (context) => {
  needsMock(context);
  const terms = { database: sqliteFile(), mock: await testMock() };
  const [one, two] = [await startReplica(terms), await startReplica(terms)];
  const key = await one.make('virtual-keys');
  expect((await one.chat(valueOf(key))).status).toBe(200);
  await expect.poll(() => countOf(two, `?virtual_key_id=${key.id}`), SOON).toBe(1);
});

test('without a database there is nothing of it', async () => {
  const bed = await startBed({ config: {} });
  onTestFinished(() => bed[Symbol.asyncDispose]());
  for (const path of ['/preferences/6f9619ff-8b86-4d01-b42d-00cf4fc964ff', '/usage']) {
    const { status, body } = await send(`${bed.url}/api/v1/routing${path}`, { method: 'GET' });
    expect([status, JSON.parse(body.toString())]).toEqual([404, { detail: 'Not Found' }]);
  }
});
