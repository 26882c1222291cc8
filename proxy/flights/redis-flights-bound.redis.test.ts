import { randomUUID } from 'node:crypto';
import { expect, inject, onTestFinished, test, vi } from 'vitest';
import { systemRandom } from '../core/random.ts';
import { RedisClient } from '../redis/client.ts';
import { RedisFlights } from './redis-flights.ts';
import type { Frame, Lead, LogName, Tail } from './shared-flights.ts';

const NAME: LogName = { key: `${'ab'.repeat(8)}.${'0c'.repeat(32)}`, variant: 'targets' };
const SOON = { timeout: 3_000, interval: 5 };
const HEAD: Frame = { kind: 'head', bytes: Buffer.from('{"status":200}') };

async function replica(prefix: string, secret?: Buffer): Promise<{ client: RedisClient; flights: RedisFlights }> {
  const client = new RedisClient({
    url: inject('redisUrl'),
    prefix,
    random: systemRandom,
    commandTimeoutMs: 5_000,
  });
  await client.start(5_000);
  const flights = new RedisFlights({ client, ...(secret ? { secret } : {}) });
  await flights.start();
  onTestFinished(async () => {
    flights.close();
    await client.close();
  });
  return { client, flights };
}

async function lead({ flights }: { flights: RedisFlights }): Promise<{ lead: Lead; wanted: () => boolean }> {
  const entered = await flights.enter(NAME);
  if (entered.role !== 'lead') throw new Error(entered.role);
  let isWanted = false;
  entered.lead.begin({
    wanted: () => {
      isWanted = true;
      entered.lead.write(HEAD);
    },
    isFollowed: true,
    deserted: () => undefined,
  });
  return { lead: entered.lead, wanted: () => isWanted };
}

interface Reading {
  readonly tail: Tail;
  readonly frames: string[];
  readonly lost: string[];
}

async function follow({ flights }: { flights: RedisFlights }): Promise<Reading> {
  const entered = await flights.enter(NAME);
  if (entered.role !== 'follow') throw new Error(entered.role);
  const reading: Reading = { tail: entered.tail, frames: [], lost: [] };
  entered.tail.read({
    frame: ({ bytes }) => reading.frames.push(bytes.toString()),
    lost: (leader) => reading.lost.push(leader),
  });
  return reading;
}

async function keysLike(client: RedisClient, part: string): Promise<string[]> {
  const answers = await client.send([['KEYS', `*${client.keys.flightLog(NAME.key, '').slice(0, 9)}*${part}*`]]);
  return (answers as string[][])[0] ?? [];
}

test('a log that was sealed with another secret, or with none, is followed by no one: the follower is lost', async () => {
  const prefix = `test-${randomUUID()}`;
  const leader = await replica(prefix, Buffer.alloc(32, 1));
  const others = [await replica(prefix, Buffer.alloc(32, 2)), await replica(prefix)];
  await lead(leader);
  for (const other of others) {
    const reading = await follow(other);
    await vi.waitFor(() => expect(reading.lost).toHaveLength(1), SOON);
    expect(reading.frames).toEqual([]);
  }
});

test('records that were changed or come from another log make the follower lost, and give it nothing', async () => {
  const prefix = `test-${randomUUID()}`;
  const [leader, other] = [await replica(prefix), await replica(prefix)];
  const { wanted } = await lead(leader);
  const first = await follow(other);
  await vi.waitFor(() => expect(first.frames).toHaveLength(1), SOON);
  expect(wanted()).toBe(true);
  const [log] = await keysLike(leader.client, ':flight:log:');
  const read = await leader.client.sendForBuffers([['XRANGE', log!, '-', '+']]);
  const [[, [, record]]] = (read as [[[Buffer, [Buffer, Buffer]]]])[0];
  // The same record at the place of the next one.
  await leader.client.send([['XADD', log!, '2-0', 'r', record]]);
  first.tail.pause();
  first.tail.resume();
  await vi.waitFor(() => expect(first.lost).toHaveLength(1), SOON);
  expect(first.frames).toHaveLength(1);
});

test('a purge of everything, of the model and of the key each end a lease for those that come after it', async () => {
  const prefix = `test-${randomUUID()}`;
  const [leader, other] = [await replica(prefix), await replica(prefix)];
  const { keys } = leader.client;
  const model = NAME.key.slice(0, 17);
  for (const name of [keys.purgeToken('', NAME.key), keys.purgeToken(model, NAME.key), keys.purgeMark(NAME.key)]) {
    await lead(leader);
    const before = await follow(other);
    await leader.client.send([['SET', name, randomUUID()]]);
    await lead(other);
    // Those that had begun to follow go on.
    await vi.waitFor(() => expect(before.frames).toHaveLength(1), SOON);
    expect(before.lost).toEqual([]);
    before.tail.leave();
    await leader.client.send([['DEL', ...(await keysLike(leader.client, ':flight:lease:'))]]);
  }
});

test('all that is in Redis of a generation has an end', async () => {
  const prefix = `test-${randomUUID()}`;
  const [leader, other] = [await replica(prefix), await replica(prefix)];
  const { lead: led } = await lead(leader);
  const reading = await follow(other);
  await vi.waitFor(() => expect(reading.frames).toHaveLength(1), SOON);
  const names = await keysLike(leader.client, ':flight:');
  const kinds = new Set(names.map((name) => name.split(':flight:')[1]?.split(':')[0]));
  expect(kinds).toEqual(new Set(['followers', 'lease', 'log', 'process']));
  const lives = await leader.client.send(names.map((name) => ['PTTL', name] as const));
  for (const life of lives as number[]) {
    expect(life).toBeGreaterThan(0);
    expect(life).toBeLessThanOrEqual(60_000);
  }
  led.end({ kind: 'end', bytes: Buffer.from('{}') });
  await vi.waitFor(async () => expect(await keysLike(leader.client, ':flight:lease:')).toEqual([]), SOON);
});
