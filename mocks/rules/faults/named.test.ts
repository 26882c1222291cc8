import { expect, test } from 'vitest';
import { FAULT_CATALOGUE } from './catalogue.ts';
import { namedFaultOf, parseNamedFault } from './named.ts';

test.each([
  ['stall', 'stall', { ms: 0 }],
  ['cut', 'cut', { after: 0 }],
  ['cut;after=3', 'cut', { after: 3 }],
  [' cut ; after = 3 ', 'cut', { after: 3 }],
  ['cut-after-3', 'cut', { after: 3 }],
  ['cut-3', 'cut', { after: 3 }],
  ['cut-first', 'cut-first', {}],
  ['cut-at-byte-17', 'cut-at-byte', { at: 17 }],
  ['status-503', 'status', { status: 503 }],
  ['status;status=503', 'status', { status: 503 }],
  ['stall-mid-2-250', 'stall-mid', { after: 2, ms: 250 }],
  ['stall-mid-ms-250', 'stall-mid', { after: 3, ms: 250 }],
  ['stall-mid-after-2;ms=10', 'stall-mid', { after: 2, ms: 10 }],
  ['redirect;to=/v1/else', 'redirect', { to: '/v1/else' }],
])('"%s" is %s with %j', (text, name, parameters) => {
  expect(parseNamedFault(text, 'x')).toEqual({ kind: 'named', name, parameters });
});

test('every name of the catalogue is itself, and not a shorter one with a parameter', () => {
  const wrong = FAULT_CATALOGUE.filter(({ name }) => parseNamedFault(name, 'x').name !== name);
  expect(wrong).toEqual([]);
});

test('the form of an object is read as the text is', () => {
  expect(namedFaultOf({ name: 'stall-mid', after: 1 }, 'x')).toEqual(parseNamedFault('stall-mid;after=1', 'x'));
});

test.each([
  ['stal', 'x: expected the name of a fault (nearest: stall, stall-mid, status, '],
  ['', 'x: expected the name of a fault'],
  ['cut;afer=3', 'x.afer: expected a parameter of cut (after), found "3"'],
  ['cut;after', 'x: expected settings of the form name=value, found "after"'],
  ['cut;after=-1', 'x.after: expected a number from 0 to'],
  ['cut;after=', 'x.after: expected a number from 0 to'],
  ['cut-after', 'x.after: expected a number from 0 to'],
  ['empty-3', 'x.3: expected a parameter of empty (none), found "3"'],
  ['status-200', 'x.status: expected a number from 400 to 599, found "200"'],
  ['status-700', 'x.status: expected a number from 400 to 599'],
  ['redirect;to=', 'x.to: expected a text'],
])('"%s" is refused in one sentence', (text, sentence) => {
  expect(() => parseNamedFault(text, 'x')).toThrow(sentence);
});
