import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { expect, inject, onTestFinished, test } from 'vitest';
import { tempFolder } from '../setup/temp-folder.ts';
import { startProxy } from '../setup/services.ts';
import { nonce } from './ask.ts';
import { MODEL, startBed, type Bed, clientOf } from './bed.ts';

const stateless = { responses: 'stateless' };

/** Two proxies with one Redis and one key file in front of one endpoint that keeps nothing. */
async function twoReplicas(): Promise<{ first: Bed; second: Bed; prefix: string }> {
  const keyFile = join(tempFolder('key'), 'key');
  writeFileSync(keyFile, 'k'.repeat(64));
  const prefix = `llmproxy-test-${nonce()}`;
  const config = { redis: { url: inject('redisUrl'), prefix }, cache: { key_file: keyFile } };
  const first = await startBed({ config, endpoints: [stateless] });
  const second = await startBed({ config, endpoints: [{ ...stateless, base_url: first.mock.baseURL }] });
  onTestFinished(async () => {
    await second[Symbol.asyncDispose]();
    await first[Symbol.asyncDispose]();
  });
  return { first, second, prefix };
}

test('a response that one replica has made is known to the other, and nothing of it can be read on Redis', async () => {
  const { first, second, prefix } = await twoReplicas();
  const [one, other] = [first.client(), second.client()];
  const made = await one.responses.create({ model: MODEL, input: 'a very private question' });
  expect(await other.responses.retrieve(made.id)).toEqual(made);
  const next = await other.responses.create({ model: MODEL, input: 'and?', previous_response_id: made.id });
  expect(next.previous_response_id).toBe(made.id);
  const { id } = await one.conversations.create({ items: [{ role: 'user', content: 'a very private remark' }] });
  await Promise.all(
    [one, other, one, other].map((client) =>
      client.conversations.items.create(id, { items: [{ role: 'user', content: 'x' }] }),
    ),
  );
  expect((await other.conversations.items.list(id)).data).toHaveLength(5);
  const redis = new Redis(inject('redisUrl'));
  const keys = await redis.keys(`{${prefix}}:state:*`);
  const values = await Promise.all(keys.map((key) => redis.getBuffer(key)));
  redis.disconnect();
  expect(keys).toHaveLength(5);
  expect(values.filter((value) => value?.includes('private'))).toEqual([]);
  expect(keys.join(' ')).not.toContain(made.id);
  await other.responses.delete(made.id);
  await expect(one.responses.retrieve(made.id)).rejects.toMatchObject({ status: 404 });
});

test('a background response is polled, followed and cancelled at the other replica', async () => {
  const { first, second } = await twoReplicas();
  await first.mock.pace({ tokensPerSecond: 30 });
  const [one, other] = [first.client(), second.client()];
  const stream = await one.responses.create({
    model: MODEL,
    input: 'Count from 1 to 9',
    background: true,
    stream: true,
  });
  let id = '';
  for await (const event of stream) {
    if (event.type === 'response.created') ({ id } = event.response);
    break;
  }
  expect(['queued', 'in_progress']).toContain((await other.responses.retrieve(id)).status);
  const numbers: number[] = [];
  for await (const event of await other.responses.retrieve(id, { stream: true, starting_after: 3 })) {
    numbers.push(event.sequence_number);
  }
  expect(numbers[0]).toBe(4);
  expect((await other.responses.retrieve(id)).status).toBe('completed');
  await first.mock.pace({ tokensPerSecond: 2 });
  const slow = await one.responses.create({ model: MODEL, input: 'Count from 1 to 90', background: true });
  await expect.poll(async () => (await first.mock.requests()).length).toBe(2);
  expect(await other.responses.cancel(slow.id)).toMatchObject({ status: 'cancelled' });
  await expect.poll(async () => (await first.mock.requests())[1]?.aborted).toBe(true);
  expect((await one.responses.retrieve(slow.id)).status).toBe('cancelled');
});

test('a stopping proxy waits for what runs in the background, and what is left has failed', async () => {
  await using bed = await startBed();
  await bed.mock.pace({ tokensPerSecond: 20 });
  await bed.mock.fault({ match: { text: 'endless' }, fault: { kind: 'hang', afterEvents: 5 } });
  const endpoint = { provider: 'openai', base_url: bed.mock.baseURL, api_key: 'sk-endpoint-a', ...stateless };
  const redis = { url: inject('redisUrl'), prefix: `llmproxy-test-${nonce()}` };
  const config = { redis, models: { [MODEL]: { endpoints: [endpoint] } }, server: { drain_timeout: '2s' } };
  const proxy = await startProxy({ config });
  const client = clientOf(proxy.url);
  const short = await client.responses.create({ model: MODEL, input: 'Count from 1 to 5', background: true });
  const long = await client.responses.create({ model: MODEL, input: 'endless', background: true });
  await expect.poll(async () => (await bed.mock.requests()).length).toBe(2);
  await proxy.stop();
  const after = await startProxy({ config });
  const later = clientOf(after.url);
  expect((await later.responses.retrieve(short.id)).status).toBe('completed');
  expect(await later.responses.retrieve(long.id)).toMatchObject({ status: 'failed', error: { code: 'server_error' } });
  await after.stop();
});
