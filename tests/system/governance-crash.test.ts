import { once } from 'node:events';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { needsMock } from '../setup/needs.ts';
import { postgresMissing } from '../setup/postgres.ts';
import { budget, verdict } from './governed.ts';
import { ledgerRows, sqliteFile, startReplica, testMock, testPostgres, usageOf } from './governed-replicas.ts';

const missing = postgresMissing();
/** A quarter of a second, and what a machine that does other things needs for the timer and the transaction. */
const LATEST_MS = 1_500;

describe.each([
  ['SQLite', 'sqlite', undefined],
  [`Postgres${missing === undefined ? '' : ` (skipped: ${missing})`}`, 'postgres', missing],
] as const)('%s', (_name, kind, reason) => {
  const place = async (): Promise<string> => (kind === 'sqlite' ? sqliteFile() : (await testPostgres()).url);

  test.skipIf(reason !== undefined)(
    'kill -9 under load loses no key, no budget, and of the ledger its last moment alone',
    async (context) => {
      needsMock(context);
      const [database, mock] = [await place(), await testMock()];
      const before = await startReplica({ database, mock });
      const key = await before.make('virtual-keys', budget(1_000_000, '1d'));
      const value = String(key['value']);
      /** When each answer was complete. */
      const answered: number[] = [];
      const made: string[] = [];
      let isRunning = true;
      const chats = async (): Promise<void> => {
        while (isRunning) {
          const { status, broken } = await before.chat(value).catch(() => ({ status: 0, broken: true }));
          if (status === 200 && !broken) answered.push(performance.now());
        }
      };
      const keys = async (): Promise<void> => {
        while (isRunning) {
          const fields = { name: `key ${made.length}`, ...budget(made.length) };
          const answer = await before.api('POST', '/virtual-keys', fields).catch(() => undefined);
          if (answer?.status === 201) made.push((answer.json['virtual_key'] as { id: string }).id);
        }
      };
      const load = Promise.all([chats(), chats(), chats(), chats(), keys()]);
      await expect.poll(() => answered.length > 400 && made.length > 20, { timeout: 30_000 }).toBe(true);
      const killed = performance.now();
      const gone = once(before.proxy.child, 'exit');
      before.proxy.child.kill('SIGKILL');
      await gone;
      isRunning = false;
      await load;
      const safe = answered.filter((at) => at < killed - LATEST_MS).length;
      if (kind === 'sqlite') expect(integrity(database)).toEqual([{ integrity_check: 'ok' }]);

      const after = await startReplica({ database, mock });
      const rows = await ledgerRows(after);
      expect(rows).toBeGreaterThanOrEqual(safe);
      const { cents } = await usageOf(after, key.id);
      expect(cents).toBeGreaterThanOrEqual(safe);
      const { json } = await after.api('GET', '/virtual-keys');
      const stored = new Map(
        (json['virtual_keys'] as { id: string; budget: { max_limit: number } | null }[]).map((one) => [one.id, one]),
      );
      expect(made.map((id) => stored.get(id)?.budget?.max_limit)).toEqual(made.map((_, index) => index));
      expect(verdict(await after.chat(value))).toBe('200 ok');
    },
    60_000,
  );

  test.skipIf(reason !== undefined)(
    'two replicas that start at once on an empty database make one schema',
    async () => {
      const [database, mock] = [await place(), await testMock()];
      const [one, other] = await Promise.all([startReplica({ database, mock }), startReplica({ database, mock })]);
      const value = await one.key();
      await expect.poll(async () => verdict(await other.chat(value))).toBe('200 ok');
      const another = await other.key();
      await expect.poll(async () => verdict(await one.chat(another))).toBe('200 ok');
    },
  );
});

function integrity(database: string): unknown {
  const file = new DatabaseSync(database.replace('sqlite:', ''));
  try {
    return file
      .prepare('pragma integrity_check')
      .all()
      .map((row) => ({ ...row }));
  } finally {
    file.close();
  }
}
