import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { ManualClock } from '../../core/clock.ts';
import { MemoryObjects } from './memory-objects.fixture.ts';
import { StoredOwners, type StoredOwnersOptions } from './stored-owners.ts';

const ADA = { owner: 'user:ada', endpoint: 'm/a', kind: 'files' };
const BOB = { owner: 'user:bob', endpoint: 'm/b', kind: 'files' };
const DAY_MS = 86_400_000;

function bench(options: Partial<StoredOwnersOptions> = {}) {
  const clock = new ManualClock();
  const store = new MemoryObjects();
  const owners = new StoredOwners({ clock, store, ...options });
  const replica = new StoredOwners({ clock, store });
  const ownerOf = async (id: string, where = owners): Promise<string | undefined> =>
    (await where.find([id])).get(id)?.owner;
  return { clock, store, owners, replica, ownerOf };
}

test('an owner is known at once, without the store, and to another replica when it is written', async () => {
  const { clock, store, owners, replica, ownerOf } = bench();
  owners.remember(['file-1'], ADA);
  const found = owners.find(['file-1']);
  expect(found instanceof Map && found.get('file-1')).toMatchObject({ owner: 'user:ada', endpoint: 'm/a' });
  expect(store.asked).toEqual([]);
  clock.advance(20);
  await turn();
  expect(await ownerOf('file-1', replica)).toBe('user:ada');
  expect(owners.stats).toEqual({ waiting: 0, dropped: 0 });
});

test('the store is asked once for an id with an owner, and again for one without after two seconds', async () => {
  const { clock, store, owners, ownerOf, replica } = bench();
  replica.remember(['file-1'], ADA);
  await replica.flush();
  for (let round = 0; round < 3; round += 1) {
    expect(await ownerOf('file-1')).toBe('user:ada');
    expect(await ownerOf('file-2')).toBeUndefined();
  }
  expect(store.asked).toEqual([['file-1'], ['file-2']]);
  replica.remember(['file-2'], BOB);
  await replica.flush();
  expect(await ownerOf('file-2')).toBeUndefined();
  clock.advance(2_001);
  expect(await ownerOf('file-2')).toBe('user:bob');
  expect(owners.find(['file-1', 'file-2'])).not.toBeInstanceOf(Promise);
});

test('an id keeps its first owner, in this process and in the store', async () => {
  const { owners, replica, ownerOf } = bench();
  owners.remember(['file-1'], ADA);
  owners.remember(['file-1'], BOB);
  expect(await ownerOf('file-1')).toBe('user:ada');
  await owners.flush();
  replica.remember(['file-1'], BOB);
  await replica.flush();
  expect(await ownerOf('file-1', replica)).toBe('user:ada');
});

test('what is forgotten has no owner, and may get another', async () => {
  const { owners, replica, ownerOf } = bench();
  owners.remember(['file-1'], ADA);
  await owners.flush();
  owners.forget('file-1');
  expect(await ownerOf('file-1')).toBeUndefined();
  owners.remember(['file-1'], BOB);
  await owners.flush();
  expect(await ownerOf('file-1', replica)).toBe('user:bob');
});

test('a store that is away: what is known goes on, what is not is 503, what was made is written later', async () => {
  const troubles: number[] = [];
  const { clock, store, owners, ownerOf, replica } = bench({ onTrouble: (_, waiting) => void troubles.push(waiting) });
  store.away = true;
  owners.remember(['file-1'], ADA);
  await owners.flush();
  expect(troubles).toEqual([1]);
  expect(await ownerOf('file-1')).toBe('user:ada');
  await expect(owners.find(['file-2'])).rejects.toMatchObject({
    code: 'store_unavailable',
    headers: { 'retry-after': '1' },
  });
  store.away = false;
  clock.advance(5_000);
  await turn();
  expect(await ownerOf('file-1', replica)).toBe('user:ada');
  expect(await ownerOf('file-2')).toBeUndefined();
});

test('ids wait in a bounded number, and what finds no room is counted', async () => {
  const { owners, ownerOf } = bench({ capacity: 1 });
  owners.remember(['file-1', 'file-2', '', 'x'.repeat(513)], ADA);
  expect(owners.stats).toEqual({ waiting: 1, dropped: 1 });
  expect(await ownerOf('file-2')).toBeUndefined();
  expect(await owners.close()).toBe(0);
  owners.remember(['file-3'], ADA);
  expect(owners.stats).toEqual({ waiting: 0, dropped: 2 });
});

test('a row that the store refuses does not hold the others up', async () => {
  const { store, owners, replica, ownerOf } = bench();
  const insert = store.insert.bind(store);
  store.insert = (rows) => (rows.some(({ id }) => id === 'bad') ? Promise.reject(new Error('refused')) : insert(rows));
  owners.remember(['a', 'bad', 'b'], ADA);
  await owners.flush();
  expect(owners.stats).toEqual({ waiting: 0, dropped: 1 });
  expect(await ownerOf('a', replica)).toBe('user:ada');
  expect(await ownerOf('b', replica)).toBe('user:ada');
});

test('an id that is used is marked once a day, and stays', async () => {
  const { clock, store, owners, replica, ownerOf } = bench();
  owners.remember(['file-1'], ADA);
  await owners.flush();
  const made = clock.now();
  await ownerOf('file-1', replica);
  await replica.flush();
  expect(store.rows.get('file-1')?.usedAt).toBe(made);
  clock.advance(DAY_MS + 1);
  await ownerOf('file-1', replica);
  await replica.flush();
  expect(store.rows.get('file-1')?.usedAt).toBe(made + DAY_MS + 1);
});
