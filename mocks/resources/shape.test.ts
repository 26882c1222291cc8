import { expect, test } from 'vitest';
import { composed, ordered, shapeOf } from './shape.ts';
import type { Shape } from './shape.ts';

const shape: Shape = {
  t: 'o',
  fields: {
    id: { t: 's' },
    colour: { t: 's', is: ['blue', 'red'] },
    count: { t: 'n' },
    created_at: { t: 'n' },
    nothing: { t: 'oz' },
    inner: { t: 'o', fields: { list: { t: 'a' }, on: { t: 'b' }, 'more?': { t: 's' } } },
    object: { t: 's', is: ['thing'] },
    'note?': { t: 's' },
    free: { t: '*' },
  },
};

test('what must be there is there, as plain as can be, in the order of the provider', () => {
  const made = composed(shape, { id: 'x', created_at: 5 }, {});
  expect(made).toEqual({
    id: 'x',
    object: 'thing',
    created_at: 5,
    colour: 'blue',
    count: 0,
    nothing: null,
    inner: { list: [], on: false },
    free: null,
  });
  expect(Object.keys(made).slice(0, 3)).toEqual(['id', 'object', 'created_at']);
});

test('what the request gave is taken where it fits, and only where the shape has it', () => {
  const given = { colour: 'red', count: 'three', nothing: { a: 1 }, note: 'hi', stranger: 1, free: [1] };
  expect(composed(shape, {}, given)).toMatchObject({
    colour: 'red',
    count: 0,
    nothing: { a: 1 },
    note: 'hi',
    free: [1],
  });
  expect(composed(shape, {}, given)).not.toHaveProperty('stranger');
  expect(composed(shape, {}, { colour: 'green' })).toMatchObject({ colour: 'blue' });
});

test('what is fixed stands above the request; undefined leaves a field out', () => {
  const made = composed(shape, { count: 7, colour: undefined, extra: 1 }, { count: 3 });
  expect(made).toMatchObject({ count: 7, extra: 1 });
  expect(made).not.toHaveProperty('colour');
});

test('a changed object keeps its order', () => {
  expect(Object.keys(ordered(shape, { note: 'x', count: 1, gone: undefined, object: 'thing', id: 'a' }))).toEqual([
    'id',
    'object',
    'count',
    'note',
  ]);
});

test('a type that was not generated is named with what to do', () => {
  expect(() => shapeOf('nothing#Nothing')).toThrow('no shape nothing#Nothing: run `npm run generate`');
});
