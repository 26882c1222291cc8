import { expect, test } from 'vitest';
import type { ObjectRow, ObjectStore } from './types.ts';

function row(id: string, changes: Partial<ObjectRow> = {}): ObjectRow {
  return { id, owner: 'user:1', endpoint: 'm/a', kind: 'files', createdAt: 1_000, usedAt: 1_000, ...changes };
}

/** What every store of owners does alike. */
export function objectsConformance(make: () => Promise<ObjectStore>): void {
  test('what was written is found, and an unknown id is not', async () => {
    const store = await make();
    expect(await store.insert([row('b'), row('a', { owner: 'key:k', endpoint: 'm/b', kind: 'batches' })])).toEqual([]);
    const found = await store.find(['a', 'b', 'c']);
    expect(found.toSorted((x, y) => (x.id < y.id ? -1 : 1))).toEqual([
      row('a', { owner: 'key:k', endpoint: 'm/b', kind: 'batches' }),
      row('b'),
    ]);
    expect(await store.find([])).toEqual([]);
  });

  test('the credential that a thing was made with is kept', async () => {
    const store = await make();
    await store.insert([row('a', { credential: 'c1' })]);
    expect(await store.find(['a'])).toEqual([row('a', { credential: 'c1' })]);
  });

  test('the first owner of an id stays, and the second hears of it', async () => {
    const store = await make();
    await store.insert([row('a')]);
    expect(await store.insert([row('a', { owner: 'user:2' }), row('b')])).toEqual([row('a')]);
    expect(await store.insert([row('b', { usedAt: 5_000 })])).toEqual([]);
    expect(await store.find(['a'])).toEqual([row('a')]);
  });

  test('more rows than one statement takes', async () => {
    const store = await make();
    const ids = Array.from({ length: 1_201 }, (_, index) => `file-${index}`);
    await store.insert(ids.map((id) => row(id)));
    expect(await store.find(ids)).toHaveLength(1_201);
    await store.remove(ids.slice(1));
    expect((await store.find(ids)).map(({ id }) => id)).toEqual(['file-0']);
  });

  test('what was not used for long is deleted, so many at a time', async () => {
    const store = await make();
    await store.insert([row('a'), row('b'), row('c'), row('d')]);
    await store.used(['d'], 9_000);
    expect(await store.deleteBefore(5_000, 2)).toBe(2);
    expect(await store.deleteBefore(5_000, 2)).toBe(1);
    expect(await store.find(['a', 'b', 'c', 'd'])).toEqual([row('d', { usedAt: 9_000 })]);
  });
}
