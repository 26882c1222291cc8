import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { candidate } from '../routing.fixture.ts';
import type { Candidate } from '../strategy.ts';
import { sticky } from './sticky.ts';

const keys = Array.from({ length: 3000 }, (_, index) => `session-${index}`);

function homes(candidates: readonly Candidate[]): Map<string, string> {
  const choose = sticky.create();
  return new Map(keys.map((stickyKey) => [stickyKey, choose(candidates, { stickyKey })!.endpoint.id]));
}

function share(map: Map<string, string>, id: string): number {
  return [...map.values()].filter((home) => home === id).length / map.size;
}

test('the same key goes to the same endpoint, in whatever order the endpoints stand', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 40 }), fc.integer({ min: 1, max: 5 }), (stickyKey, turn) => {
      const candidates = ['a', 'b', 'c', 'd', 'e'].map((id) => candidate(id));
      const turned = [...candidates.slice(turn), ...candidates.slice(0, turn)];
      const first = sticky.create()(candidates, { stickyKey });
      expect(sticky.create()(turned, { stickyKey })).toBe(first);
    }),
  );
});

test('keys spread in proportion to the weights', () => {
  const map = homes([candidate('a', { weight: 3 }), candidate('b', { weight: 1 })]);
  expect(share(map, 'a')).toBeGreaterThan(0.72);
  expect(share(map, 'a')).toBeLessThan(0.78);
});

test('when an endpoint leaves only its own keys move', () => {
  const before = homes([candidate('a'), candidate('b'), candidate('c')]);
  const after = homes([candidate('a'), candidate('b')]);
  expect(keys.filter((key) => before.get(key) !== 'c' && before.get(key) !== after.get(key))).toEqual([]);
  expect(share(after, 'a')).toBeGreaterThan(0.45);
  expect(share(after, 'b')).toBeGreaterThan(0.45);
});

test('during slow start keys come back gradually and none goes elsewhere', () => {
  const away = homes([candidate('a'), candidate('b')]);
  const half = homes([candidate('a'), candidate('b'), candidate('c', { ramp: 0.5 })]);
  expect(share(half, 'c')).toBeGreaterThan(0.16);
  expect(share(half, 'c')).toBeLessThan(0.24);
  expect(keys.filter((key) => half.get(key) !== 'c' && half.get(key) !== away.get(key))).toEqual([]);
});

test('a hot key spills over when its endpoint holds more than 1.25 times its share', () => {
  const choose = sticky.create();
  const load: Record<string, number> = { a: 0, b: 0, c: 0, d: 0 };
  for (let request = 1; request <= 400; request++) {
    const candidates = Object.entries(load).map(([id, inFlight]) => candidate(id, { inFlight }));
    const { id } = choose(candidates, { stickyKey: 'hot' })!.endpoint;
    load[id] = load[id]! + 1;
    expect(load[id]).toBeLessThanOrEqual(Math.ceil((1.25 * request) / 4));
  }
  expect(Object.values(load).reduce((sum, count) => sum + count)).toBe(400);
});

test('an idle fleet keeps a key at home', () => {
  const candidates = [candidate('a'), candidate('b')];
  const choose = sticky.create();
  const home = choose(candidates, { stickyKey: 'k' });
  expect(choose(candidates, { stickyKey: 'k' })).toBe(home);
});

test('requests without a key are spread by weight', () => {
  const choose = sticky.create();
  const candidates = [candidate('A', { weight: 5 }), candidate('B'), candidate('C')];
  expect(Array.from({ length: 7 }, () => choose(candidates, {})?.endpoint.id).join('')).toBe('AABACAA');
});

test('a key has the same home on replicas of every version', () => {
  const candidates = ['a', 'b', 'c', 'd'].map((id) => candidate(id));
  const choose = sticky.create();
  const found = ['', 'k', 'session-1', 'session-2', 'user-42', '日本'].map(
    (stickyKey) => choose(candidates, { stickyKey })?.endpoint.id,
  );
  expect(found.join('')).toBe('cbccda');
});

test('an endpoint within its bound keeps its key although another one is idler', () => {
  const home = sticky.create()([candidate('a'), candidate('b')], { stickyKey: 'k' })!.endpoint.id;
  const candidates = ['a', 'b'].map((id) => candidate(id, { inFlight: id === home ? 2 : 1 }));
  expect(sticky.create()(candidates, { stickyKey: 'k' })?.endpoint.id).toBe(home);
});
