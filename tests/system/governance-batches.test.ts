import Anthropic from '@anthropic-ai/sdk';
import OpenAI, { toFile } from 'openai';
import { expect, onTestFinished, test } from 'vitest';
import { startMock } from '../../mocks/index.ts';
import { MODEL, type Bed } from './bed.ts';
import { ask, governedBed } from './governed-bed.ts';
import { governedProcess, newKey, within } from './governed-process.ts';
import { sqliteFile, startReplica, usageOf } from './governed-replicas.ts';

const CLAUDE = 'claude-sonnet-4-5';
/** US dollars per million tokens; a batch costs half of it. */
const PRICE = { input: 2, output: 10 };
const CHAT = { model: MODEL, messages: [{ role: 'user', content: 'hello there' }] };

interface Row {
  readonly virtual_key_name: string;
  readonly model: string;
  readonly requests: number;
  readonly cost_usd: number;
  readonly unpriced_requests: number;
}

/** A proxy in front of one mock that speaks both APIs. */
const batchesBed = () =>
  governedBed({
    mock: { jobStageMs: 20 },
    config: { prices: { [MODEL]: PRICE, [CLAUDE]: PRICE } },
    moreModels: ([mock]) => ({
      [CLAUDE]: { endpoints: [{ provider: 'anthropic', base_url: `http://127.0.0.1:${mock!.port}`, api_key: 'k' }] },
    }),
  });

/** Rows of the ledger that cost something, by key and model. */
async function paid(bed: Bed): Promise<Row[]> {
  const seen = await ask(bed, undefined, 'GET', '/api/governance/usage?group_by=key,model');
  const { rows } = seen.body as unknown as { rows: Row[] };
  expect(rows.filter((row) => row.unpriced_requests > 0)).toEqual([]);
  return rows.filter((row) => row.cost_usd > 0);
}

const costOf = (input: number, output: number): number => (input * PRICE.input + output * PRICE.output) / 2e6;

async function makeBatch(client: OpenAI, lines = 2): Promise<string> {
  const text = Array.from({ length: lines }, (_, index) =>
    JSON.stringify({ custom_id: `${index}`, method: 'POST', url: '/v1/chat/completions', body: CHAT }),
  ).join('\n');
  const file = await client.files.create({ file: await toFile(Buffer.from(text), 'in.jsonl'), purpose: 'batch' });
  const endpoint = '/v1/chat/completions';
  return (await client.batches.create({ input_file_id: file.id, endpoint, completion_window: '24h' })).id;
}

async function ended(client: OpenAI, id: string): Promise<OpenAI.Batch> {
  let batch = await client.batches.retrieve(id);
  await expect.poll(async () => (batch = await client.batches.retrieve(id)).status).toBe('completed');
  return batch;
}

test('a batch is paid for by the key that made it, once, also where another key sees its end, and often', async () => {
  const { bed, callers } = await batchesBed();
  await using _ = bed;
  const [maker, other] = [bed.client({ apiKey: callers.ada }), bed.client({ apiKey: callers.adaToo })];
  const id = await makeBatch(maker);
  const { usage } = await ended(other, id);
  await other.batches.list();
  await maker.batches.retrieve(id);
  await expect.poll(async () => (await paid(bed)).length).toBe(1);
  const [row] = await paid(bed);
  expect(row).toMatchObject({ virtual_key_name: 'ada', model: MODEL, requests: 1 });
  expect(row?.cost_usd).toBeCloseTo(costOf(usage!.input_tokens, usage!.output_tokens), 9);
  expect(usage!.output_tokens).toBeGreaterThan(0);
  expect(bed.log().match(/a batch is booked/g)).toHaveLength(1);
});

test('a list that shows the end books, too: for the maker, not for who lists', async () => {
  const { bed, callers } = await batchesBed();
  await using _ = bed;
  const id = await makeBatch(bed.client({ apiKey: callers.bob }));
  const other = bed.client({ apiKey: callers.machine });
  await expect
    .poll(async () => {
      expect((await other.batches.list()).data.map((batch) => batch.id)).not.toContain(id);
      return (await paid(bed)).map((row) => row.virtual_key_name);
    })
    .toEqual(['bob']);
});

test.each(['retrieve', 'delete'] as const)('a batch of messages is paid for by its results: %s', async (way) => {
  const { bed, callers } = await batchesBed();
  await using _ = bed;
  const of = (key: string): Anthropic => new Anthropic({ baseURL: bed.url, apiKey: key, maxRetries: 0 });
  const params = { model: CLAUDE, max_tokens: 50, messages: [{ role: 'user' as const, content: 'hello there' }] };
  const requests = ['a', 'b'].map((id) => ({ custom_id: id, params }));
  const { id } = await of(callers.ada).messages.batches.create({ requests });
  const results = (): Promise<Response> =>
    fetch(`${bed.url}/v1/messages/batches/${id}/results`, { headers: { 'x-api-key': callers.adaToo } });
  let text = '';
  if (way === 'delete') {
    // The end of the batch is never shown.
    await expect.poll(async () => (await results()).status).toBe(200);
    text = await (await results()).text();
    await of(callers.adaToo).messages.batches.delete(id);
  } else {
    await expect
      .poll(async () => (await of(callers.adaToo).messages.batches.retrieve(id)).processing_status)
      .toBe('ended');
    text = await (await results()).text();
  }
  const cost = text
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { result: { message: Anthropic.Message } }).result.message.usage)
    .reduce((sum, usage) => sum + costOf(usage.input_tokens, usage.output_tokens), 0);
  await expect.poll(async () => (await paid(bed)).length).toBe(1);
  const [row] = await paid(bed);
  expect(row).toMatchObject({ virtual_key_name: 'ada', model: CLAUDE, requests: 1 });
  expect(cost).toBeGreaterThan(0);
  expect(row?.cost_usd).toBeCloseTo(cost, 9);
});

test('a batch is remembered over the end of the process, and its budget is charged', async () => {
  const mock = await startMock({ jobStageMs: 20 });
  const endpoints = [{ provider: 'openai', base_url: mock.baseURL, api_key: 'k' }];
  const proxy = await governedProcess(
    { database: {}, prices: { [MODEL]: PRICE }, models: { [MODEL]: { endpoints } } },
    { mock },
  );
  const { id: key, value } = await newKey(proxy, { budget: { max_limit: 1_000, reset_duration: '1d' } });
  const client = (): OpenAI => new OpenAI({ baseURL: `${proxy.url()}/v1`, apiKey: value, maxRetries: 0 });
  const id = await makeBatch(client(), 3);
  await proxy.stop();
  await proxy.start();
  const { usage } = await ended(client(), id);
  const cents = costOf(usage!.input_tokens, usage!.output_tokens) * 100;
  const spent = async (): Promise<unknown> =>
    within((await proxy.admin('GET', `/virtual-keys/${key}`)).body, 'virtual_key', 'budget', 'current_usage');
  await expect.poll(spent).toBeCloseTo(cents, 6);
  await proxy.stop();
  await proxy.start();
  await client().batches.retrieve(id);
  expect(await spent()).toBeCloseTo(cents, 6);
});

test('two replicas that see the end of a batch at once book it once; a price for each request needs its results', async () => {
  const mock = await startMock({ jobStageMs: 20 });
  onTestFinished(() => mock.close());
  const database = sqliteFile();
  const replicas = await Promise.all([startReplica({ database, mock }), startReplica({ database, mock })]);
  const [one, two] = replicas;
  const key = await one.make('virtual-keys', { budget: { max_limit: 1_000, reset_duration: '1d' } });
  const apiKey = String(key['value']);
  const clients = replicas.map(({ url }) => new OpenAI({ baseURL: `${url}/v1`, apiKey, maxRetries: 0 }));
  await expect.poll(async () => (await two.chat(apiKey, { model: 'unknown' })).status, { timeout: 2_000 }).toBe(404);
  const id = await makeBatch(clients[0]!, 3);
  const statuses = async (): Promise<string[]> =>
    Promise.all(clients.map(async (client) => (await client.batches.retrieve(id)).status));
  await expect.poll(statuses).toEqual(['completed', 'completed']);
  const cost = async (): Promise<number> => {
    const { json } = await two.api('GET', '/usage?group_by=model');
    const rows = json['rows'] as Row[];
    return rows.find(({ model }) => model === MODEL)?.cost_usd ?? 0;
  };
  // One cent a request, half of it in a batch.
  await expect.poll(cost).toBeCloseTo(0.015, 9);
  await statuses();
  await expect
    .poll(async () => (await Promise.all(replicas.map((at) => usageOf(at, key.id)))).map(({ cents }) => cents))
    .toSatisfy((cents: number[]) => cents.reduce((sum, each) => sum + each, 0) === 1.5);
  expect(await cost()).toBeCloseTo(0.015, 9);
});
