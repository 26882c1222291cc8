import { expect, test } from 'vitest';
import { coveredBy, staleness } from '../setup/covered-emissions.ts';

const listed = { operations: ['GET /a', 'GET /b'], events: ['x'] };
const emitted = { operations: ['GET /b', 'GET /c'], events: ['x'] };

test('a whole conformance run is compared with the list in both directions', () => {
  expect(staleness(listed, emitted, { whole: true, alone: true })).toEqual([
    'listed and not emitted: GET /a',
    'emitted and not listed: GET /c',
  ]);
  expect(staleness(listed, listed, { whole: true, alone: true })).toEqual([]);
});

test('what other projects emit besides makes the list no worse, what is missing does', () => {
  expect(staleness(listed, emitted, { whole: true, alone: false })).toEqual(['listed and not emitted: GET /a']);
});

test('a part of the tests says nothing about the list', () => {
  expect(staleness(listed, emitted, { whole: false, alone: true })).toEqual([]);
});

test('the list is sorted and has no counts', () => {
  const verdict = {
    operations: new Map([
      ['b', 2],
      ['a', 1],
    ]),
    events: new Map([['z', 1]]),
  };
  expect(coveredBy(verdict)).toEqual({ operations: ['a', 'b'], events: ['z'] });
});
