import { expect, test } from 'vitest';
import { MemoryResponseStore } from './response-store.ts';

test('a stored response is found until it is deleted', () => {
  const store = new MemoryResponseStore<{ id: string; status: string }>();
  store.put({ id: 'a', status: 'queued' });
  store.put({ id: 'a', status: 'completed' });
  expect(store.get('a')).toEqual({ id: 'a', status: 'completed' });
  expect([store.delete('a'), store.delete('a'), store.get('a')]).toEqual([true, false, undefined]);
});

test('beyond its limit the store forgets the oldest', () => {
  const store = new MemoryResponseStore<{ id: string }>(2);
  for (const id of ['a', 'b', 'c']) store.put({ id });
  expect(store.size).toBe(2);
  expect(store.get('a')).toBeUndefined();
  expect(store.get('c')).toEqual({ id: 'c' });
});

test('a cleared store has nothing', () => {
  const store = new MemoryResponseStore<{ id: string }>();
  store.put({ id: 'a' });
  store.clear();
  expect(store.get('a')).toBeUndefined();
});
