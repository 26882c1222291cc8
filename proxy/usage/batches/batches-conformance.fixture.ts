import { expect, test } from 'vitest';
import { ledgerRow } from '../ledger-rows.fixture.ts';
import type { LedgerStore } from '../ledger.ts';
import type { BatchRow, BatchStore } from './types.ts';

export function batchRow(id: string, changes: Partial<BatchRow> = {}): BatchRow {
  return {
    id,
    endpoint: 'm/a',
    api: 'openai',
    model: null,
    credential: null,
    virtualKeyId: 'key-1',
    userId: 'user-1',
    teamId: null,
    customerId: null,
    madeAt: 1_000,
    ...changes,
  };
}

export interface StoredBatches {
  /** Two replicas of one database. */
  readonly one: BatchStore;
  readonly two: BatchStore;
  readonly ledger: Pick<LedgerStore, 'recent'>;
}

/** What every store of batches does alike. */
export function batchesConformance(make: () => Promise<StoredBatches>): void {
  test('a batch is open as it was made, its first maker stays, and an unknown one is not there', async () => {
    const { one, two } = await make();
    const made = batchRow('b1', {
      api: 'anthropic',
      model: 'claude',
      teamId: 't',
      customerId: 'c',
      userId: null,
      credential: 'c1',
    });
    await one.insert(made);
    await two.insert(batchRow('b1', { virtualKeyId: 'key-2' }));
    expect(await two.open('b1')).toEqual({ ...made, polledAt: 1_000 });
    expect(await one.open('b2')).toBeUndefined();
  });

  test('of all who book a batch at once one does, with its row of the ledger; then it is not open', async () => {
    const { one, two, ledger } = await make();
    await one.insert(batchRow('b1'));
    const booked = await Promise.all(
      [one, two, one, two].map((store, index) => store.book('b1', 5_000, ledgerRow({ id: `row-${index}` }))),
    );
    expect(booked.filter(Boolean)).toHaveLength(1);
    expect((await ledger.recent({ limit: 10 })).map(({ id }) => id)).toEqual([`row-${booked.indexOf(true)}`]);
    expect(await one.open('b1')).toBeUndefined();
    expect(await two.due(9_000, 10)).toEqual([]);
    expect(await one.book('unknown', 5_000, ledgerRow({ id: 'row-9' }))).toBe(false);
    expect(await ledger.recent({ limit: 10 })).toHaveLength(1);
  });

  test('of all who claim a poll one gets it, and the batch is due again later', async () => {
    const { one, two } = await make();
    await one.insert(batchRow('b2', { madeAt: 2_000 }));
    await one.insert(batchRow('b1'));
    await one.insert(batchRow('b3', { madeAt: 3_000 }));
    const [b1, b2, ...others] = await one.due(2_000, 10);
    expect([b1?.id, b2?.id, others]).toEqual(['b1', 'b2', []]);
    if (b1 === undefined || b2 === undefined) return;
    expect((await two.due(2_000, 1)).map(({ id }) => id)).toEqual(['b1']);
    const claims = await Promise.all([one, two, one].map((store) => store.claimPoll(b1, 7_000)));
    expect(claims.filter(Boolean)).toHaveLength(1);
    expect((await two.due(2_000, 10)).map(({ id }) => id)).toEqual(['b2']);
    expect((await two.due(7_000, 10)).map(({ id }) => id)).toEqual(['b2', 'b3', 'b1']);
    await one.book('b2', 5_000, ledgerRow({ id: 'row' }));
    expect(await one.claimPoll(b2, 7_000)).toBe(false);
  });

  test('what was booked long ago is deleted, so many at a time; what is open stays', async () => {
    const { one } = await make();
    for (const id of ['b1', 'b2', 'b3', 'b4']) await one.insert(batchRow(id));
    await one.book('b1', 5_000, ledgerRow({ id: 'row-1' }));
    await one.book('b2', 5_001, ledgerRow({ id: 'row-2' }));
    await one.book('b3', 9_000, ledgerRow({ id: 'row-3' }));
    expect(await one.deleteBefore(9_000, 1)).toBe(1);
    expect(await one.deleteBefore(9_000, 10)).toBe(1);
    expect(await one.deleteBefore(9_001, 10)).toBe(1);
    expect((await one.due(9_000, 10)).map(({ id }) => id)).toEqual(['b4']);
  });
}
