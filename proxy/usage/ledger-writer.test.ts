import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';

import { ManualClock } from '../core/clock.ts';
import { ledgerRow } from './ledger-rows.fixture.ts';
import { LedgerWriter, type LedgerWriterOptions } from './ledger-writer.ts';
import type { LedgerRow } from './ledger.ts';
import { MemoryLedger } from './memory-ledger.fixture.ts';
import { Retention } from './retention.ts';

class Away extends Error {}

interface Bench {
  readonly clock: ManualClock;
  readonly writer: LedgerWriter;
  readonly batches: (readonly LedgerRow[])[];
  readonly troubles: [unknown, number][];
  /** Called with each batch before it is taken. */
  before: (rows: readonly LedgerRow[]) => void | Promise<void>;
}

function bench(options: Partial<LedgerWriterOptions> = {}): Bench {
  const clock = new ManualClock();
  const batches: (readonly LedgerRow[])[] = [];
  const troubles: [unknown, number][] = [];
  const made: Bench = {
    clock,
    batches,
    troubles,
    before: () => {},
    writer: new LedgerWriter({
      clock,
      store: {
        insert: async (rows) => {
          await made.before(rows);
          batches.push(rows);
        },
        isAway: (error) => error instanceof Away,
      },
      onTrouble: (error, waiting) => void troubles.push([error, waiting]),
      ...options,
    }),
  };
  return made;
}

const idsOf = (batches: readonly (readonly LedgerRow[])[]): string[][] =>
  batches.map((rows) => rows.map(({ id }) => id));

test('rows are written together 100 milliseconds after the first, in the order of their ids', async () => {
  const { clock, writer, batches } = bench();
  for (const id of ['b', 'c', 'a']) writer.append(ledgerRow({ id }));
  clock.advance(99);
  await turn();
  expect(batches).toEqual([]);
  expect(writer.stats).toEqual({ waiting: 3, written: 0, dropped: 0 });
  clock.advance(1);
  await turn();
  expect(idsOf(batches)).toEqual([['a', 'b', 'c']]);
  expect(writer.stats).toEqual({ waiting: 0, written: 3, dropped: 0 });
});

test('a batch is bounded, and all of them are written', async () => {
  const { clock, writer, batches } = bench({ batch: 2 });
  for (const id of ['a', 'b', 'c', 'd', 'e']) writer.append(ledgerRow({ id }));
  clock.advance(100);
  await turn();
  expect(idsOf(batches)).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
});

test('while the store is away rows wait, and none is lost when it is back', async () => {
  const made = bench();
  made.before = () => {
    throw new Away('away');
  };
  made.writer.append(ledgerRow({ id: 'a' }));
  made.clock.advance(100);
  await turn();
  made.writer.append(ledgerRow({ id: 'b' }));
  expect(made.troubles).toEqual([[expect.any(Away), 1]]);
  expect(made.writer.stats).toEqual({ waiting: 2, written: 0, dropped: 0 });
  // The pause has doubled.
  made.clock.advance(199);
  await turn();
  expect(made.troubles).toHaveLength(1);
  made.before = () => {};
  made.clock.advance(1);
  await turn();
  expect(idsOf(made.batches)).toEqual([['a', 'b']]);
  expect(made.writer.stats).toEqual({ waiting: 0, written: 2, dropped: 0 });
});

test('the pause grows to five seconds and no further', async () => {
  const made = bench();
  made.before = () => {
    throw new Away('away');
  };
  made.writer.append(ledgerRow());
  for (let second = 0; second < 60; second++) {
    made.clock.advance(1_000);
    await turn();
  }
  // After 0.1, 0.2, 0.4, 0.8, 1.6, 3.2 seconds, then every 5.
  expect(made.troubles.length).toBeGreaterThan(12);
  expect(made.troubles.length).toBeLessThan(18);
});

test('what finds no room is dropped and counted', async () => {
  const made = bench({ capacity: 2 });
  for (const id of ['a', 'b', 'c']) made.writer.append(ledgerRow({ id }));
  expect(made.writer.stats).toEqual({ waiting: 2, written: 0, dropped: 1 });
  await made.writer.flush();
  expect(idsOf(made.batches)).toEqual([['a', 'b']]);
  made.writer.append(ledgerRow({ id: 'd' }));
  await made.writer.flush();
  expect(made.writer.stats).toEqual({ waiting: 0, written: 3, dropped: 1 });
});

test('rows of the batch that is being written count as waiting', async () => {
  const made = bench({ capacity: 2 });
  let release = (): void => {};
  made.before = () => new Promise((resolve) => (release = resolve));
  made.writer.append(ledgerRow({ id: 'a' }));
  made.writer.append(ledgerRow({ id: 'b' }));
  const flushed = made.writer.flush();
  await turn();
  made.writer.append(ledgerRow({ id: 'c' }));
  expect(made.writer.stats).toMatchObject({ waiting: 2, dropped: 1 });
  release();
  await flushed;
  expect(made.writer.stats.written).toBe(2);
});

test('one row that the store refuses costs no other row', async () => {
  const made = bench();
  made.before = (rows) => {
    if (rows.some(({ requestId }) => requestId === 'wrong')) throw new Error('refused');
  };
  const ids = Array.from({ length: 20 }, (_, index) => String(index).padStart(2, '0'));
  for (const id of ids) made.writer.append(ledgerRow({ id, requestId: id === '13' ? 'wrong' : id }));
  await made.writer.flush();
  expect(made.batches.flat().map(({ id }) => id)).toEqual(ids.filter((id) => id !== '13'));
  expect(made.writer.stats).toEqual({ waiting: 0, written: 19, dropped: 1 });
});

test('closing writes what waits, and says what is lost', async () => {
  const made = bench();
  made.writer.append(ledgerRow());
  expect(await made.writer.close()).toBe(0);
  made.writer.append(ledgerRow());
  expect(made.writer.stats).toEqual({ waiting: 0, written: 1, dropped: 1 });
  const away = bench();
  away.before = () => {
    throw new Away('away');
  };
  away.writer.append(ledgerRow());
  expect(await away.writer.close()).toBe(1);
  away.clock.advance(60_000);
  await turn();
  expect([away.troubles.length, away.writer.stats]).toEqual([1, { waiting: 0, written: 0, dropped: 1 }]);
});

test('rows that come while a batch is written are written by the same flush', async () => {
  const made = bench();
  let first = true;
  made.before = () => {
    if (first) made.writer.append(ledgerRow({ id: 'b' }));
    first = false;
  };
  made.writer.append(ledgerRow({ id: 'a' }));
  await made.writer.flush();
  expect(idsOf(made.batches)).toEqual([['a'], ['b']]);
});

const HOUR = 3_600_000;

test('old rows are deleted every hour, whatever their number', async () => {
  const clock = new ManualClock();
  const store = new MemoryLedger();
  await store.insert(Array.from({ length: 5_001 }, () => ledgerRow({ at: clock.now() })));
  await store.insert([ledgerRow({ at: clock.now() + 1 })]);
  const retention = new Retention({ clock, store, keepMs: HOUR - 1 });
  retention.start();
  clock.advance(HOUR);
  await expect.poll(() => store.extent()).toEqual({ first: clock.now() - HOUR + 1, last: clock.now() - HOUR + 1 });
  clock.advance(HOUR);
  await expect.poll(() => store.extent()).toBeUndefined();
  retention.stop();
});

test('a store that is away is asked again the next hour', async () => {
  const clock = new ManualClock();
  const troubles: unknown[] = [];
  let calls = 0;
  const deleteBefore = (): Promise<number> => {
    calls++;
    return calls === 1 ? Promise.reject(new Away('away')) : Promise.resolve(0);
  };
  const retention = new Retention({
    clock,
    store: { deleteBefore },
    keepMs: 0,
    onTrouble: (e) => void troubles.push(e),
  });
  retention.start();
  clock.advance(HOUR);
  await turn();
  clock.advance(HOUR);
  await turn();
  retention.stop();
  clock.advance(HOUR);
  await turn();
  expect([calls, troubles]).toEqual([2, [expect.any(Away)]]);
});
