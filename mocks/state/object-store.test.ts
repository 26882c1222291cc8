import { expect, test } from 'vitest';
import { MemoryObjectStore } from './object-store.ts';

const object = (id: string, bytes = 0): { id: string; content: Uint8Array } => ({ id, content: new Uint8Array(bytes) });

test('a collection keeps the order of making, also when an object is replaced', () => {
  const store = new MemoryObjectStore();
  for (const id of ['a', 'b', 'c']) store.put('/v1/files', object(id));
  store.put('/v1/files', object('b', 3));
  expect(store.all('/v1/files').map(({ id }) => id)).toEqual(['a', 'b', 'c']);
  expect(store.get('/v1/files', 'b')?.content).toHaveLength(3);
  expect(store.size).toBe(3);
});

test('collections do not see each other', () => {
  const store = new MemoryObjectStore();
  store.put('/v1/a', object('x'));
  expect(store.get('/v1/b', 'x')).toBeUndefined();
  expect(store.delete('/v1/b', 'x')).toBe(false);
  expect(store.delete('/v1/a', 'x')).toBe(true);
  expect(store.all('/v1/a')).toEqual([]);
});

test('dropping a path forgets what is below it and nothing beside it', () => {
  const store = new MemoryObjectStore();
  store.put('/v1/vs/1/files', object('x', 5));
  store.put('/v1/vs/10/files', object('y', 5));
  store.drop('/v1/vs/1');
  expect(store.all('/v1/vs/1/files')).toEqual([]);
  expect(store.all('/v1/vs/10/files')).toHaveLength(1);
  expect([store.size, store.bytes]).toEqual([1, 5]);
});

test('beyond the number of objects the oldest is forgotten', () => {
  const store = new MemoryObjectStore(3);
  for (const id of ['a', 'b', 'c', 'd']) store.put('/v1/files', object(id));
  expect(store.all('/v1/files').map(({ id }) => id)).toEqual(['b', 'c', 'd']);
});

test('beyond the number of bytes the oldest with content is forgotten', () => {
  const store = new MemoryObjectStore(10, 10);
  store.put('/v1/files', object('a'));
  store.put('/v1/files', object('b', 6));
  store.put('/v1/files', object('c', 6));
  expect(store.all('/v1/files').map(({ id }) => id)).toEqual(['a', 'c']);
  expect(store.bytes).toBe(6);
});
