import { expect, test } from 'vitest';
import { readPage, writePage } from './list-page.ts';

function narrowed(list: object, ids: readonly string[], hasMore = false): unknown {
  const page = readPage(Buffer.from(JSON.stringify(list)));
  if (!page) return undefined;
  const items = page.items.filter(({ id }) => id !== undefined && ids.includes(id));
  return JSON.parse(String(writePage(page, items, hasMore)));
}

test('a list keeps its form, and says of its elements what is so', () => {
  const list = {
    object: 'list',
    data: [{ id: 'a' }, { id: 'b' }, { id: 'c' }],
    first_id: 'a',
    last_id: 'c',
    has_more: true,
  };
  expect(narrowed(list, ['b', 'c'], true)).toEqual({ ...list, data: [{ id: 'b' }, { id: 'c' }], first_id: 'b' });
  expect(narrowed(list, [])).toEqual({ ...list, data: [], first_id: null, last_id: null, has_more: false });
  expect(narrowed({ object: 'list', data: [{ id: 'a' }] }, ['a'])).toEqual({ object: 'list', data: [{ id: 'a' }] });
});

test('lists of Gemini’s API: by the last part of the name, the token of the next page stays', () => {
  const files = [{ name: 'files/a' }, { name: 'files/b' }];
  expect(narrowed({ files, nextPageToken: 't' }, ['b'])).toEqual({ files: [files[1]], nextPageToken: 't' });
  expect(narrowed({}, [])).toEqual({});
});

test.each(['[]', '"x"', 'no JSON', '{"a":[],"b":[]}', '{"id":"one"}'])('%s is no list', (text) => {
  expect(readPage(Buffer.from(text))).toBeUndefined();
});

test('an element without an id belongs to no caller', () => {
  expect(narrowed({ data: [{ id: 'a' }, {}, 'a', null] }, ['a'])).toEqual({ data: [{ id: 'a' }] });
});
