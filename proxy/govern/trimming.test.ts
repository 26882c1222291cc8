import { expect, test } from 'vitest';
import { ManualClock } from '../core/clock.ts';
import { governanceBed, textOf } from '../governance/governance.fixture.ts';
import { ledgerRow } from '../usage/ledger-rows.fixture.ts';
import { SqlLedger } from '../usage/sql-ledger.ts';
import { Trimming } from './trimming.ts';

const DAY = 86_400_000;
const NO_OBJECTS = { deleteBefore: () => Promise.resolve(0) };

test('old rows of the ledger and of the audit log go; the newest change stays, so that no replica misses one', async () => {
  const clock = new ManualClock();
  const bed = await governanceBed({ clock });
  const ledger = new SqlLedger(bed.database);
  for (const name of ['a', 'b', 'c']) await bed.governance.store.create('team', { name }, 'test');
  await ledger.insert([ledgerRow({ at: clock.now() }), ledgerRow({ at: clock.now() + 9 * DAY })]);
  clock.advance(10 * DAY);
  const troubles: unknown[] = [];
  const trimming = new Trimming({
    clock,
    database: bed.database,
    ledger,
    objects: NO_OBJECTS,
    settings: () => ({ ledgerRetentionMs: 5 * DAY, auditRetentionMs: 5 * DAY }),
    onTrouble: (error) => void troubles.push(error),
  });
  await trimming.run();
  expect(troubles).toEqual([]);
  expect(await ledger.recent({ limit: 10 })).toHaveLength(1);
  const audit = await bed.database.kysely.selectFrom('llmproxy_audit').selectAll().execute();
  expect(audit.map(({ seq }) => Number(seq))).toEqual([3]);
  await bed.governance.store.create('team', { name: 'd' }, 'test');
  expect(await bed.governance.store.counts()).toMatchObject({ teams_count: 4 });
  await bed.close();
});

test('the row of a deleted credential goes with what the audit log says of it, others stay', async () => {
  const clock = new ManualClock();
  const bed = await governanceBed({ clock });
  const owner = { userId: textOf(await bed.governance.store.create('user', { name: 'u' }, 'a'), 'id'), actor: 'a' };
  const { store } = bed.governance.providerKeys;
  const credential = { provider: 'openai', apiKey: 'a-key-of-a-provider', modelName: null, isDefault: false };
  const removed = async (): Promise<void> => store.remove(owner, (await store.create(owner, credential)).id);
  await removed();
  clock.advance(10 * DAY);
  await removed();
  const { id } = await store.create(owner, credential);
  const trimming = new Trimming({
    clock,
    database: bed.database,
    ledger: NO_OBJECTS,
    objects: NO_OBJECTS,
    settings: () => ({ ledgerRetentionMs: DAY, auditRetentionMs: 5 * DAY }),
    onTrouble: (error) => expect(error).toBeUndefined(),
  });
  const rows = async (): Promise<number> =>
    (await bed.database.kysely.selectFrom('llmproxy_credentials').select('id').execute()).length;
  expect(await rows()).toBe(3);
  await trimming.run();
  expect(await rows()).toBe(2);
  expect(bed.governance.providerKeys.directory.ofUser(owner.userId).map((entry) => entry.id)).toEqual([id]);
  await bed.close();
});

test('it waits a minute, then runs every hour, and not after the end', async () => {
  const clock = new ManualClock();
  let runs = 0;
  const { promise, resolve } = Promise.withResolvers<void>();
  const ledger = {
    deleteBefore: () => {
      runs += 1;
      resolve();
      return Promise.resolve(0);
    },
  };
  const bed = await governanceBed({ clock });
  const settings = () => ({ ledgerRetentionMs: DAY, auditRetentionMs: DAY });
  const trimming = new Trimming({
    clock,
    database: bed.database,
    ledger,
    objects: NO_OBJECTS,
    settings,
    onTrouble: () => undefined,
  });
  trimming.start();
  clock.advance(59_999);
  expect(runs).toBe(0);
  clock.advance(1);
  await promise;
  expect(runs).toBe(1);
  trimming.stop();
  clock.advance(DAY);
  expect(runs).toBe(1);
  await bed.close();
});
