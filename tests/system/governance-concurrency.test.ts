import { describe, expect, test } from 'vitest';
import { postgresMissing } from '../setup/postgres.ts';
import { needsMock } from '../setup/needs.ts';
import { budget, requestLimit, verdict } from './governed.ts';
import {
  counted,
  inParallel,
  SKEWED_CLOCK,
  sqliteFile,
  startReplica,
  testMock,
  testPostgres,
  testRedis,
  usageOf,
  type Replica,
} from './governed-replicas.ts';

const missing = postgresMissing();

interface Setup {
  readonly replicas: readonly Replica[];
  readonly calls: () => Promise<number>;
}

async function start(database: string, count: number, config: object = {}): Promise<Setup> {
  const mock = await testMock();
  const redis = count > 1 ? testRedis() : undefined;
  const replicas: Replica[] = [];
  for (let index = 0; index < count; index++) replicas.push(await startReplica({ database, redis, mock, config }));
  return { replicas, calls: async () => (await mock.requests()).length };
}

const on = <T>(all: readonly T[], index: number): T => all[index % all.length]!;

describe.each([
  ['one replica on SQLite', 1, 'sqlite'],
  ['two replicas on Redis and one file of SQLite', 2, 'sqlite'],
  ['two replicas on Redis and Postgres', 2, 'postgres'],
] as const)('%s', (_name, count, kind) => {
  const place = async (): Promise<string> => (kind === 'sqlite' ? sqliteFile() : (await testPostgres()).url);
  const skips = kind === 'postgres' && missing !== undefined;

  test.skipIf(skips)('of sixty parallel requests exactly those pass that the limit allows', async (context) => {
    needsMock(context);
    const { replicas, calls } = await start(await place(), count);
    const key = await replicas[0]!.make('virtual-keys', requestLimit(17, '1d'));
    await expect.poll(async () => (await replicas.at(-1)!.chat(String(key['value']), {})).status).toBe(200);
    const answers = await inParallel(60, 60, (index) => on(replicas, index).chat(String(key['value'])));
    expect(counted(answers)).toEqual({ 200: 16, '429 request_limited': 44 });
    expect(await calls()).toBe(17);
    for (const replica of replicas) expect((await usageOf(replica, key.id)).requests).toBe(17);
  });

  test.skipIf(skips)('a budget is exceeded by no more than what ran when it was reached', async (context) => {
    needsMock(context);
    const { replicas, calls } = await start(await place(), count);
    const key = await replicas[0]!.make('virtual-keys', budget(50, '1d'));
    await expect.poll(async () => (await replicas.at(-1)!.chat(String(key['value']), {})).status).toBe(200);
    const atOnce = 20;
    const answers = await inParallel(200, atOnce, (index) => on(replicas, index).chat(String(key['value'])));
    const counts = counted(answers);
    const passed = (counts['200'] ?? 0) + 1;
    expect(counts).toEqual({ 200: passed - 1, '402 budget_exceeded': 201 - passed });
    expect(passed).toBeGreaterThanOrEqual(50);
    expect(passed).toBeLessThan(50 + atOnce);
    expect(await calls()).toBe(passed);
    // To the cent, on every replica.
    for (const replica of replicas) {
      await expect.poll(async () => (await usageOf(replica, key.id)).cents).toBe(passed);
    }
  });
});

test('what is changed at one replica holds at the other, announced by Redis', async (context) => {
  needsMock(context);
  // It would be a minute before a change were found otherwise.
  const { replicas } = await start(sqliteFile(), 2, { governance: { poll: '60s' } });
  await changesActEverywhere(replicas);
});

test('what is changed at one replica holds at the other, found by asking the database', async (context) => {
  needsMock(context);
  const [database, mock] = [sqliteFile(), await testMock()];
  const first = await startReplica({ database, mock });
  await changesActEverywhere([first, await startReplica({ database, mock })]);
});

async function changesActEverywhere(replicas: readonly Replica[]): Promise<void> {
  const [one, other] = [replicas[0]!, replicas[1]!];
  const poor = await one.make('teams', budget(0));
  const key = await one.make('virtual-keys', requestLimit(1, '1d'));
  const asked = async (): Promise<string> => verdict(await other.chat(String(key['value'])));
  const soon = (wanted: string) => expect.poll(asked, { timeout: 10_000, interval: 100 }).toBe(wanted);
  await soon('200 ok');
  await soon('429 request_limited');
  await one.put('virtual-keys', key.id, requestLimit(1_000_000, '1d'));
  await soon('200 ok');
  await one.put('virtual-keys', key.id, { is_active: false });
  await soon('403 virtual_key_blocked');
  await one.put('virtual-keys', key.id, { is_active: true });
  await soon('200 ok');
  await one.put('virtual-keys', key.id, { team_id: poor.id });
  await soon('402 budget_exceeded');
  await one.put('virtual-keys', key.id, { team_id: null });
  await soon('200 ok');
  await one.api('DELETE', `/virtual-keys/${key.id}`);
  await soon('403 virtual_key_not_found');
}

test('a replica whose clock is a minute ahead opens no window early', async (context) => {
  needsMock(context);
  const [database, redis, mock] = [sqliteFile(), testRedis(), await testMock()];
  const right = await startReplica({ database, redis, mock });
  const ahead = await startReplica({ database, redis, mock, preload: SKEWED_CLOCK });
  const key = await right.make('virtual-keys', requestLimit(6, '40s'));
  const value = String(key['value']);
  await expect.poll(async () => (await ahead.chat(value)).status).toBe(200);
  const answers = await inParallel(20, 4, (index) => on([right, ahead], index).chat(value));
  expect(counted(answers)).toEqual({ 200: 5, '429 request_limited': 15 });
  for (const replica of [right, ahead]) {
    const refused = await replica.chat(value);
    expect(verdict(refused)).toBe('429 request_limited');
    const pause = Number(refused.headers['retry-after']);
    expect(pause).toBeGreaterThanOrEqual(1);
    expect(pause).toBeLessThanOrEqual(40);
  }
});
