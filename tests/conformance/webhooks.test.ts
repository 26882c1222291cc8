import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { toFile } from 'openai';
import { expect, onTestFinished, test } from 'vitest';
import { startMock } from '../../mocks/index.ts';
import { bedForFile } from './bed.ts';
import { judged } from './judged.ts';

const bed = judged(bedForFile({ jobStageMs: 10 }));

interface Received {
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** An application that takes webhooks. */
async function application(answer: (response: ServerResponse, nth: number) => void = (response) => response.end()) {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    received.push({ headers: request.headers, body: await text(request) });
    answer(response, received.length);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return { received, url: `http://127.0.0.1:${port}/hooks` };
}

const types = ['response.completed', 'response.cancelled', 'batch.completed'] as const;

async function endpointAt(url: string, event_types: readonly string[] = types) {
  return bed.client().webhooks.create({ name: 'app', url, event_types: [...event_types] as never });
}

test('the end of background work is delivered, and the official client verifies and unwraps it', async () => {
  const { received, url } = await application();
  const endpoint = await endpointAt(url);
  const client = bed.client({ webhookSecret: endpoint.signing_secret });
  const response = await client.responses.create({
    model: 'gpt-4o-mini',
    input: 'Count from 1 to 5',
    background: true,
  });
  const [delivery] = await bed.mock.webhooks({ type: 'response.completed' });
  expect(delivery).toMatchObject({ state: 'delivered', endpoint: endpoint.id, attempts: [{ status: 200 }] });
  const [{ headers, body }] = received as [Received];
  const event = await client.webhooks.unwrap(body, headers);
  expect(event).toMatchObject({ object: 'event', type: 'response.completed', data: { id: response.id } });
  expect(headers).toMatchObject({
    'user-agent': 'OpenAI/1.0 (+https://platform.openai.com/docs/webhooks)',
    'webhook-id': expect.stringMatching(/^wh_[0-9a-f]{32}$/) as string,
    'webhook-signature': expect.stringMatching(/^v1,[A-Za-z0-9+/]{43}=$/) as string,
  });
  await expect(client.webhooks.unwrap(`${body} `, headers)).rejects.toThrow(/signature/i);
});

test('a response that is cancelled says so, and one in the foreground says nothing', async () => {
  const { url } = await application();
  await endpointAt(url);
  const client = bed.client();
  await client.responses.create({ model: 'gpt-4o-mini', input: 'x' });
  const { id } = await client.responses.create({ model: 'gpt-4o-mini', input: 'x', background: true });
  await client.responses.cancel(id);
  const all = await bed.mock.webhooks();
  expect(all.map(({ event }) => [event.type, event.data['id']])).toEqual([['response.cancelled', id]]);
});

test('batches, runs of evals and fine-tuning are announced when they end', async () => {
  const { url } = await application();
  await endpointAt(url, ['batch.completed', 'eval.run.succeeded', 'fine_tuning.job.succeeded']);
  const client = bed.client();
  const line = { custom_id: 'a', method: 'POST', url: '/v1/responses', body: { model: 'gpt-4o-mini', input: 'x' } };
  const file = await client.files.create({
    file: await toFile(Buffer.from(JSON.stringify(line)), 'a.jsonl'),
    purpose: 'batch',
  });
  const window = { endpoint: '/v1/responses', completion_window: '24h' } as const;
  const batch = await client.batches.create({ ...window, input_file_id: file.id });
  const evaluation = await client.evals.create({
    data_source_config: { type: 'custom', item_schema: { type: 'object', properties: {} } },
    testing_criteria: [],
  });
  const run = await client.evals.runs.create(evaluation.id, {
    data_source: { type: 'jsonl', source: { type: 'file_content', content: [{ item: {} }] } },
  });
  const chat = JSON.stringify({
    messages: [
      { role: 'user', content: 'a' },
      { role: 'assistant', content: 'b' },
    ],
  });
  const training = await toFile(Buffer.from(Array.from({ length: 10 }, () => chat).join('\n')), 'train.jsonl');
  const { id } = await client.files.create({ file: training, purpose: 'fine-tune' });
  const job = await client.fineTuning.jobs.create({ model: 'gpt-4o-mini-2024-07-18', training_file: id });
  const all = await bed.mock.webhooks({ count: 3 });
  expect(new Map(all.map(({ event }) => [event.type, event.data['id']]))).toEqual(
    new Map([
      ['batch.completed', batch.id],
      ['eval.run.succeeded', run.id],
      ['fine_tuning.job.succeeded', job.id],
    ]),
  );
});

test('endpoints are made, listed, changed, tested and deleted, and their secret is shown only when it is new', async () => {
  const { received, url } = await application();
  const { webhooks } = bed.client();
  const made = await endpointAt(url);
  expect(made.signing_secret).toMatch(/^whsec_/);
  expect(made.id).toMatch(/^whe_/);
  const shown = await webhooks.retrieve(made.id);
  expect(shown).not.toHaveProperty('signing_secret');
  expect(shown.signing_secret_hint).toBe(`whsec_...${made.signing_secret.slice(-4)}`);
  expect((await webhooks.update(made.id, { name: 'other' })).name).toBe('other');
  expect((await webhooks.list()).data.map(({ id }) => id)).toEqual([made.id]);
  expect((await webhooks.eventTypes.list()).data).toContain('safety.alert.created');
  expect(await webhooks.test(made.id, { event_type: 'video.completed' })).toMatchObject({ success: true });
  await bed.mock.webhooks({ endpoint: made.id });
  expect(JSON.parse(received[0]!.body)).toMatchObject({ type: 'video.completed' });
  expect(await webhooks.delete(made.id)).toMatchObject({ deleted: true, object: 'webhook_endpoint.deleted' });
  expect(await bed.mock.sendWebhook('response.completed', { id: 'resp_1' })).toBe(0);
});

test('a former secret goes on to sign for a day when it is asked for', async () => {
  const { received, url } = await application();
  const made = await endpointAt(url);
  const client = bed.client();
  const rotated = await client.webhooks.rotateSecret(made.id, { keep_old_secret_active_for_24_hours: true });
  expect(rotated.signing_secret).not.toBe(made.signing_secret);
  await bed.mock.sendWebhook('response.completed', { id: 'resp_1' });
  await bed.mock.webhooks();
  const [{ headers, body }] = received as [Received];
  for (const secret of [made.signing_secret, rotated.signing_secret]) {
    await client.webhooks.unwrap(body, headers, secret);
  }
  await client.webhooks.rotateSecret(made.id);
  await bed.mock.sendWebhook('response.completed', { id: 'resp_2' });
  await bed.mock.webhooks({ count: 2 });
  const second = received[1]!;
  const former = client.webhooks.unwrap(second.body, second.headers, rotated.signing_secret);
  await expect(former).rejects.toThrow(/signature/i);
});

test('only local addresses and named hosts are delivered to', async () => {
  for (const url of ['http://example.com/x', 'https://localhost.example.com', 'http://10.0.0.1', 'ftp://127.0.0.1/x']) {
    await expect(endpointAt(url)).rejects.toMatchObject({ status: 400, param: 'url' });
  }
  await using open = await startMock({ webhookHosts: ['hooks.example.com'] });
  const body = { name: 'x', url: 'https://hooks.example.com/x', event_types: ['batch.completed' as const] };
  const made = await bed.client({ baseURL: open.baseURL }).webhooks.create(body);
  expect(made.url).toBe(body.url);
});

test('a delivery that fails comes again with the same id and a new time; a redirect is not followed', async () => {
  await using mock = await startMock({ clock: 'virtual' });
  const elsewhere = await application();
  const { received, url } = await application((response, nth) => {
    const head = [[500], [302, { location: elsewhere.url }], [204]] as const;
    response.writeHead(head[nth - 1]![0], head[nth - 1]![1]).end();
  });
  const client = bed.client({ baseURL: mock.baseURL });
  const { signing_secret: secret } = await client.webhooks.create({ name: 'app', url, event_types: ['batch.failed'] });
  await mock.sendWebhook('batch.failed', { id: 'batch_1' });
  expect((await mock.webhooks())[0]).toMatchObject({ state: 'retrying', attempts: [{ status: 500 }] });
  await mock.clock.advance(5000);
  await expect.poll(async () => (await mock.webhooks())[0]!.attempts.length).toBe(2);
  await mock.clock.advance(300_000);
  await expect.poll(async () => (await mock.webhooks())[0]!.state).toBe('delivered');
  expect(new Set(received.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
  const times = received.map(({ headers }) => Number(headers['webhook-timestamp']));
  expect([times[1]! - times[0]!, times[2]! - times[1]!]).toEqual([5, 300]);
  expect(elsewhere.received).toEqual([]);
  const last = received[2]!;
  await client.webhooks.unwrap(last.body, last.headers, secret, 3600);
});

test('an endpoint that is gone is not asked again, and an address where nothing listens is tried again', async () => {
  const gone = await application((response) => response.writeHead(410).end());
  const endpoint = await endpointAt(gone.url, ['batch.failed']);
  await bed.mock.sendWebhook('batch.failed');
  expect((await bed.mock.webhooks())[0]).toMatchObject({ state: 'failed', attempts: [{ status: 410 }] });
  expect(await bed.mock.sendWebhook('batch.failed')).toBe(0);
  await bed.client().webhooks.delete(endpoint.id);
  await endpointAt('http://127.0.0.1:9/x', ['batch.expired']);
  await bed.mock.sendWebhook('batch.expired');
  expect((await bed.mock.webhooks({ type: 'batch.expired' }))[0]).toMatchObject({
    state: 'retrying',
    attempts: [{ error: expect.stringContaining('ECONNREFUSED') as string }],
  });
});
