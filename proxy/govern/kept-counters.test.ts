import { expect, onTestFinished, test } from 'vitest';
import { ManualClock } from '../core/clock.ts';
import { migrate } from '../database/migrate.ts';
import { openDatabase, type Connection } from '../database/open.ts';
import { askOf, chargesOf, limitsOfLevel } from '../governance/limits/chain.ts';
import { LimitBook } from '../governance/limits/limit-book.ts';
import { MemoryCounters } from '../governance/limits/memory-counters.ts';
import type { Limit, SnapshotRow } from '../governance/limits/types.ts';
import { KeptCounters } from './kept-counters.ts';

const NOW = 1_780_000_000_000;
const DAY = 86_400_000;
const window = { ms: DAY, anchor: NOW };
const KEY = {
  id: 'k',
  budget: { id: 'b', max: 10n ** 25n, window },
  rateLimit: { id: 'r', requests: { max: 5n, window } },
};
const LIMITS = limitsOfLevel('key', KEY);

interface Kept {
  readonly counters: MemoryCounters;
  readonly kept: KeptCounters;
  readonly clock: ManualClock;
  readonly asked: { known: ReadonlySet<string>; since: number }[];
  readonly troubles: unknown[];
  readonly use: (costNano: bigint) => void;
  readonly used: () => bigint[];
}

async function database(): Promise<Connection> {
  const opened = await openDatabase({ kind: 'sqlite', path: ':memory:' });
  await migrate(opened);
  onTestFinished(() => opened.close());
  return opened;
}

/** A process over a database that others have used. */
function makeProcess(connection: Connection, rebuilt: readonly SnapshotRow[] = []): Kept {
  const clock = new ManualClock(NOW);
  const counters = new MemoryCounters({ now: () => clock.now() });
  const book = new LimitBook();
  book.put('k', 'key', KEY);
  const asked: Kept['asked'] = [];
  const troubles: unknown[] = [];
  const kept = new KeptCounters({
    database: connection,
    counters,
    book,
    clock,
    rebuild: (terms) => {
      asked.push(terms);
      return Promise.resolve(rebuilt);
    },
    onTrouble: (error) => void troubles.push(error),
  });
  return {
    counters,
    kept,
    clock,
    asked,
    troubles,
    use: (costNano) => {
      counters.reserve(askOf([LIMITS], {}));
      counters.charge(chargesOf([LIMITS], {}, { tokens: 1n, costNano }));
    },
    used: () => counters.read(LIMITS.general).map(({ used }) => used),
  };
}

test('another process finds what this one has counted, amounts beyond 64 bits too', async () => {
  const connection = await database();
  const first = makeProcess(connection);
  await first.kept.restore();
  first.use(2n ** 70n);
  await first.kept.close();
  const second = makeProcess(connection);
  await second.kept.restore();
  expect(second.used()).toEqual([1n, 2n ** 70n]);
  expect(second.asked).toEqual([{ known: new Set(['r/requests', 'b/cost']), since: NOW - 3_600_000 }]);
  expect(second.counters.changed().counters).toEqual([]);
});

test('what changes is written within a quarter of a second, and nothing when nothing does', async () => {
  const connection = await database();
  const { kept, clock, use } = makeProcess(connection);
  await kept.restore();
  const rows = async (): Promise<number> => {
    const { count } = await connection.kysely
      .selectFrom('llmproxy_counters')
      .select(({ fn }) => fn.countAll<number | bigint>().as('count'))
      .executeTakeFirstOrThrow();
    return Number(count);
  };
  use(5n);
  expect(await rows()).toBe(0);
  clock.advance(250);
  await kept.flush();
  expect(await rows()).toBe(2);
  await connection.kysely.deleteFrom('llmproxy_counters').execute();
  clock.advance(250);
  await kept.flush();
  expect(await rows()).toBe(0);
});

test('rows of limits that are no more go, at the start and when they are forgotten', async () => {
  const connection = await database();
  await connection.kysely.insertInto('llmproxy_counters').values({ id: 'gone/cost', used: '7', start: 1n }).execute();
  const { kept, use } = makeProcess(connection);
  await kept.restore();
  use(5n);
  await kept.flush();
  const ids = async (): Promise<string[]> => {
    const rows = await connection.kysely.selectFrom('llmproxy_counters').select('id').orderBy('id').execute();
    return rows.map(({ id }) => id);
  };
  expect(await ids()).toEqual(['b/cost', 'r/requests']);
  kept.forget([LIMITS.general[0] as Limit]);
  await kept.flush();
  expect(await ids()).toEqual(['b/cost']);
});

test('what was summed anew is taken over, and kept', async () => {
  const connection = await database();
  const limit = LIMITS.general[1] as Limit;
  const first = makeProcess(connection, [{ limit, used: 42n, start: NOW }]);
  await first.kept.restore();
  expect(first.asked).toEqual([{ known: new Set(), since: 0 }]);
  expect(first.used()).toEqual([0n, 42n]);
  await first.kept.close();
  const second = makeProcess(connection);
  await second.kept.restore();
  expect(second.used()).toEqual([0n, 42n]);
});

test('a database that does not take the rows gets the latest of them later', async () => {
  const connection = await database();
  const { kept, troubles, use } = makeProcess(connection);
  await kept.restore();
  await connection.kysely.schema.alterTable('llmproxy_counters').renameTo('hidden').execute();
  use(5n);
  await kept.flush();
  expect(troubles).toHaveLength(1);
  use(6n);
  await connection.kysely.schema.alterTable('hidden').renameTo('llmproxy_counters').execute();
  await kept.flush();
  const second = makeProcess(connection);
  await second.kept.restore();
  expect(second.used()).toEqual([2n, 11n]);
});
