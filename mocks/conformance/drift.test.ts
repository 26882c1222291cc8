import { expect, test } from 'vitest';
import { driftLines, driftOf } from './drift.ts';
import type { Shape } from './shape/shape.ts';

const shape: Shape = { id: 'string', usage: { total: 'integer' } };
const mock = { id: 'a', usage: { total: 1, extra: 0 }, note: null, list: [{ a: 1 }], metadata: { mine: 1 } };

test('answers of the same shape have no drift, whatever they say', () => {
  const live = { ...mock, id: 'b', note: 'now a text', list: [], metadata: { other: 'x' } };
  expect(driftLines(driftOf([live], [mock], () => shape))).toEqual([]);
});

test('a required field that is missing or of another kind is told apart from the rest', () => {
  const drift = driftOf(
    [{ id: 5, usage: { extra: 0 }, list: [{ a: 1, b: true }], fresh: 'x', note: null }],
    [mock],
    () => shape,
  );
  expect(drift.required).toEqual(['id: expected string, found number', 'usage.total: missing']);
  expect(driftLines(drift).slice(2)).toEqual([
    'changed: id (number), the mock has string',
    'added: fresh (string)',
    'gone: usage.total (number)',
    'gone: metadata (object)',
  ]);
});
