import { expect, test } from 'vitest';
import { MODEL_LISTS } from './model-lists.ts';

const models = ['a', 'b', 'c'].map((id) => ({ id, created: 1_750_000_000, owner: 'o' }));
const { anthropic, gemini } = MODEL_LISTS;
const page = (query: string): object => anthropic.list(models, new URLSearchParams(query));
const ids = (list: object): string[] => (list as { data: { id: string }[] }).data.map(({ id }) => id);

test('Anthropic lists in pages, forwards and backwards', () => {
  expect(page('')).toMatchObject({ has_more: false, first_id: 'a', last_id: 'c' });
  expect(page('limit=2')).toMatchObject({ has_more: true, first_id: 'a', last_id: 'b' });
  expect(page('limit=2&after_id=b')).toMatchObject({ has_more: false, first_id: 'c', last_id: 'c' });
  expect(page('limit=1&before_id=c')).toMatchObject({ has_more: true, first_id: 'b', last_id: 'b' });
  expect(ids(page('limit=9&before_id=b'))).toEqual(['a']);
  expect(page('after_id=c')).toEqual({ data: [], has_more: false, first_id: null, last_id: null });
  expect(ids(page('limit=0'))).toEqual(['a', 'b', 'c']);
  expect(anthropic.one(models[0]!)).toEqual({
    type: 'model',
    id: 'a',
    display_name: 'a',
    created_at: '2025-06-15T15:06:40Z',
  });
});

test('Gemini lists in pages, whose tokens lead on', () => {
  const first = gemini.list(models, new URLSearchParams('pageSize=2')) as { models: object[]; nextPageToken: string };
  expect(first.models).toMatchObject([{ name: 'models/a' }, { name: 'models/b' }]);
  const rest = gemini.list(models, new URLSearchParams({ pageSize: '2', pageToken: first.nextPageToken }));
  expect(rest).toEqual({ models: [gemini.one(models[2]!)] });
  expect(gemini.list(models, new URLSearchParams('pageSize=x'))).not.toHaveProperty('nextPageToken');
});
