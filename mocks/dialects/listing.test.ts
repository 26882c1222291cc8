import fc from 'fast-check';
import { expect, test } from 'vitest';
import { listJson, pageOf, refusedListing } from './listing.ts';
import { bodyOf, testContext } from './testing.ts';

const entries = Array.from({ length: 5 }, (_, index) => ({ id: `x_${index}` }));
const ids = (query: string): string =>
  pageOf(entries, new URLSearchParams(query), ({ id }) => id)
    .data.map(({ id }) => id.slice(2))
    .join('');

test('newest first unless the order is ascending', () => {
  expect(ids('')).toBe('43210');
  expect(ids('order=asc')).toBe('01234');
});

test('a page begins after its cursor, or ends before it', () => {
  expect(ids('after=x_3&limit=2')).toBe('21');
  expect(ids('before=x_1&limit=2')).toBe('32');
  expect(ids('order=asc&before=x_3')).toBe('012');
});

test('walking by cursor meets every entry once, whatever the page size', () => {
  fc.assert(
    fc.property(fc.nat(40), fc.integer({ min: 1, max: 7 }), fc.constantFrom('asc', 'desc'), (count, limit, order) => {
      const all = Array.from({ length: count }, (_, index) => ({ id: String(index) }));
      const seen: string[] = [];
      for (let page; page === undefined || page.hasMore;) {
        const query = new URLSearchParams({ limit: String(limit), order });
        const last = seen.at(-1);
        if (last !== undefined) query.set('after', last);
        page = pageOf(all, query, ({ id }) => id);
        seen.push(...page.data.map(({ id }) => id));
      }
      const expected = all.map(({ id }) => id);
      expect(seen).toEqual(order === 'asc' ? expected : expected.toReversed());
    }),
  );
});

test.each([
  ['limit=x', 'invalid_type', 'limit'],
  ['limit=0', 'integer_below_min_value', 'limit'],
  ['limit=101', 'integer_above_max_value', 'limit'],
  ['order=up', 'invalid_value', 'order'],
])('%s is refused', (query, code, param) => {
  const refused = refusedListing(new URLSearchParams(query), testContext());
  expect(refused?.status).toBe(400);
  expect(bodyOf(refused!)).toMatchObject({ error: { code, param, type: 'invalid_request_error' } });
});

test('a list names its first and last entry, and what it was told to when it is empty', () => {
  expect(JSON.parse(listJson(['{"id":"a"}', '{"id":"b"}'], ['a', 'b'], true))).toEqual({
    object: 'list',
    data: [{ id: 'a' }, { id: 'b' }],
    first_id: 'a',
    last_id: 'b',
    has_more: true,
  });
  expect(JSON.parse(listJson([], [], false))).toMatchObject({ data: [], first_id: '', last_id: '' });
  expect(JSON.parse(listJson([], [], false, null))).toMatchObject({ first_id: null, last_id: null });
});
