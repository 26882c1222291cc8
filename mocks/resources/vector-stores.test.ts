import { expect, test } from 'vitest';
import { passes } from '../dialects/retrieval/attribute-filter.ts';
import { chunksOf } from '../dialects/retrieval/search.ts';
import { scoreOf, wordsOf } from './lexical-search.ts';
import { testApi, uploaded } from './testing.ts';
import type { TestApi } from './testing.ts';

function storeWith(
  api: TestApi,
  ...texts: readonly string[]
): { readonly path: string; readonly ids: readonly string[] } {
  const ids = texts.map((text) => uploaded(api, text));
  const { body } = api('POST', '/vector_stores', { name: 's', file_ids: ids });
  return { path: `/vector_stores/${String(body['id'])}`, ids };
}

test('a store is in progress until its files are indexed, and counts them', () => {
  const api = testApi();
  const { path } = storeWith(api, 'one', 'three');
  expect(api('GET', path).body).toMatchObject({ status: 'in_progress', file_counts: { in_progress: 2, total: 2 } });
  api.advance(1000);
  expect(api('GET', path).body).toMatchObject({
    status: 'completed',
    usage_bytes: 8,
    file_counts: { in_progress: 0, completed: 2, failed: 0, cancelled: 0, total: 2 },
  });
});

test('search finds the chunks that share words with the query, best first', () => {
  const api = testApi();
  const { path, ids } = storeWith(api, 'The fox jumps.', 'A quick brown fox, quick indeed.', 'Nothing at all.');
  api.advance(1000);
  const { body } = api('POST', `${path}/search`, { query: 'quick fox' });
  const data = body['data'] as { file_id: string; score: number; content: { text: string }[] }[];
  expect(data.map((hit) => hit.file_id)).toEqual([ids[1], ids[0]]);
  expect(data[0]!.score).toBeGreaterThan(data[1]!.score);
  expect(data[0]!.content[0]!.text).toContain('quick brown');
});

test('search obeys the number of results, the threshold and the attributes', () => {
  const api = testApi();
  const { path, ids } = storeWith(api, 'red fox', 'blue fox');
  api.advance(1000);
  api('POST', `${path}/files/${ids[1]}`, { attributes: { colour: 'blue', year: 2026 } });
  const found = (over: object): string[] =>
    (api('POST', `${path}/search`, { query: 'fox', ...over }).body['data'] as { file_id: string }[]).map(
      (hit) => hit.file_id,
    );
  expect(found({})).toHaveLength(2);
  expect(found({ max_num_results: 1 })).toHaveLength(1);
  expect(found({ ranking_options: { score_threshold: 0.99 } })).toEqual([]);
  expect(found({ filters: { type: 'eq', key: 'colour', value: 'blue' } })).toEqual([ids[1]]);
  expect(api('POST', `${path}/search`, { query: 'fox', max_num_results: 51 }).status).toBe(400);
});

test('a picture cannot be indexed', () => {
  const api = testApi();
  const { path } = storeWith(api);
  const file = uploaded(api, 'x', 'vision', 'a.png');
  api('POST', `${path}/files`, { file_id: file });
  api.advance(1000);
  expect(api('GET', `${path}/files/${file}`).body).toMatchObject({
    status: 'failed',
    last_error: { code: 'unsupported_file' },
  });
  expect(api('GET', path).body).toMatchObject({ file_counts: { failed: 1 } });
});

test('the expiry follows the last use, and an expired store says so', () => {
  const api = testApi();
  const { body } = api('POST', '/vector_stores', { expires_after: { anchor: 'last_active_at', days: 1 } });
  expect(Number(body['expires_at'] ?? api('GET', `/vector_stores/${String(body['id'])}`).body['expires_at'])).toBe(
    Number(body['created_at']) + 86_400,
  );
  api.advance(86_400_000);
  expect(api('GET', `/vector_stores/${String(body['id'])}`).body['status']).toBe('expired');
});

test('a batch of files is cancelled as far as it is not done', () => {
  const api = testApi();
  const { path } = storeWith(api);
  const files = [uploaded(api, 'one'), uploaded(api, 'two')].map((id) => ({ file_id: id, attributes: { id } }));
  const batch = api('POST', `${path}/file_batches`, { files });
  expect(batch.headers['openai-poll-after-ms']).toBeUndefined();
  const url = `${path}/file_batches/${String(batch.body['id'])}`;
  expect(api('GET', url).headers['openai-poll-after-ms']).toBe('1000');
  expect(api('POST', `${url}/cancel`).body).toMatchObject({ status: 'cancelled', file_counts: { cancelled: 2 } });
  api.advance(5000);
  const listed = api('GET', `${url}/files?filter=cancelled`).body['data'];
  expect(listed).toMatchObject([{ attributes: { id: files[1]!.file_id } }, { attributes: { id: files[0]!.file_id } }]);
});

test('deleting a store forgets its files and leaves the uploads', () => {
  const api = testApi();
  const { path, ids } = storeWith(api, 'one');
  expect(api('DELETE', path).body).toMatchObject({ object: 'vector_store.deleted', deleted: true });
  expect(api('GET', `${path}/files/${ids[0]}`).status).toBe(404);
  expect(api.context.objects.all(`/v1${path}/files`)).toEqual([]);
  expect(api('GET', `/files/${ids[0]}`).status).toBe(200);
});

test.each([
  [{ type: 'ne', key: 'n', value: 2 }, true],
  [{ type: 'gt', key: 'n', value: 0 }, true],
  [{ type: 'gte', key: 'n', value: 1 }, true],
  [{ type: 'lt', key: 'n', value: 1 }, false],
  [{ type: 'lte', key: 'n', value: 1 }, true],
  [{ type: 'gt', key: 'n', value: 'a' }, false],
  [{ type: 'in', key: 'n', value: [1, 2] }, true],
  [{ type: 'nin', key: 'n', value: [1, 2] }, false],
  [{ type: 'sounds-like', key: 'n', value: 1 }, false],
  [{ type: 'constructor', key: 'n', value: 1 }, false],
  [
    {
      type: 'and',
      filters: [
        { type: 'eq', key: 'n', value: 1 },
        { type: 'eq', key: 's', value: 'b' },
      ],
    },
    false,
  ],
  [
    {
      type: 'or',
      filters: [
        { type: 'eq', key: 'n', value: 1 },
        { type: 'eq', key: 's', value: 'b' },
      ],
    },
    true,
  ],
  [undefined, true],
])('the filter %j on {n: 1, s: "a"} is %s', (filter, expected) => {
  expect(passes({ n: 1, s: 'a' }, filter)).toBe(expected);
});

test('chunks are cut at spaces and lose no word', () => {
  const words = Array.from({ length: 2000 }, (_, index) => `word${index}`);
  const chunks = chunksOf(words.join(' '));
  expect(chunks.length).toBeGreaterThan(3);
  expect(chunks.join(' ').split(' ')).toEqual(words);
  expect(Math.max(...chunks.map((chunk) => chunk.length))).toBeLessThanOrEqual(3200);
  expect(chunksOf('x'.repeat(7000)).join('')).toBe('x'.repeat(7000));
});

test('the score is between 0 and 1 and needs a query', () => {
  expect(scoreOf([], 'text')).toBe(0);
  expect(scoreOf(wordsOf('Ärger, fox'), 'kein ärger')).toBeCloseTo(0.4);
  expect(scoreOf(['fox'], 'fox '.repeat(1000))).toBeLessThanOrEqual(1);
});
