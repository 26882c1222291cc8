import { expect, test } from 'vitest';
import { Journal } from './journal.ts';
import type { JournalRecord } from './record.ts';

const LIMITS = { entries: 3, bodyBytes: 10, totalBodyBytes: 20 };

function arrive(journal: Journal, at: number, path = '/v1/models'): JournalRecord {
  return journal.open({
    at,
    method: 'POST',
    path,
    query: 'a=1&b=2',
    headers: { 'x-a': 'b', 'x-c': ['d', 'e'] },
    port: 4000,
    connection: 1,
  });
}

test('an entry says what came in and what went out', () => {
  const journal = new Journal();
  const record = arrive(journal, 5);
  journal.keepBody(record, Buffer.from('{"model":"m"}'));
  record.model = 'm';
  record.operation = 'models';
  Object.assign(record.delivered, { status: 200, firstByteAt: 6, endedAt: 7, bytesOut: 10, eventsOut: 1 });
  expect(journal.entries()).toStrictEqual([
    {
      id: '4000-1',
      sequence: 1,
      at: 5,
      method: 'POST',
      path: '/v1/models',
      query: { a: '1', b: '2' },
      headers: { 'x-a': 'b', 'x-c': 'd, e' },
      body: { model: 'm' },
      operation: 'models',
      model: 'm',
      stream: false,
      status: 200,
      port: 4000,
      connection: 1,
      firstByteAt: 6,
      endedAt: 7,
      bytesOut: 10,
      eventsOut: 1,
      tokensOut: 0,
      aborted: false,
    },
  ]);
});

test('a body that is not JSON is kept as text', () => {
  const journal = new Journal();
  journal.keepBody(arrive(journal, 1), Buffer.from('{nope'));
  expect(journal.entries()[0]?.body).toBe('{nope');
});

test('every entry has its own headers, also when the one before has almost the same', () => {
  const journal = new Journal();
  const sent = [{ a: '1' }, { a: '1' }, { a: '2' }, { a: '2', b: '3' }, { a: '2' }, { b: '2' }];
  for (const headers of sent)
    journal.open({ at: 1, method: 'GET', path: '/', query: '', headers, port: 1, connection: 1 });
  expect(journal.entries().map(({ headers }) => headers)).toEqual(sent);
});

test('a large body is kept as well as a small one', () => {
  const journal = new Journal();
  const text = 'ü'.repeat(5000);
  journal.keepBody(arrive(journal, 1), Buffer.from(JSON.stringify({ text })));
  expect(journal.entries()[0]?.body).toEqual({ text });
});

test('only the latest entries are kept, and ids go on', () => {
  const journal = new Journal(LIMITS);
  for (let at = 1; at <= 20; at += 1) arrive(journal, at);
  expect(journal.size).toBe(3);
  expect(journal.entries().map(({ id }) => id)).toEqual(['4000-18', '4000-19', '4000-20']);
});

test('a body beyond the limit is cut, and the entry says so', () => {
  const journal = new Journal(LIMITS);
  journal.keepBody(arrive(journal, 1), Buffer.from('0123456789ABC'));
  expect(journal.entries()[0]).toMatchObject({ body: '0123456789', bodyCut: 'truncated' });
});

test('bodies of the oldest entries make room, and the entries say so', () => {
  const journal = new Journal(LIMITS);
  for (const at of [1, 2, 3]) journal.keepBody(arrive(journal, at), Buffer.from(`"body ${at}"`));
  expect(journal.entries().map(({ body, bodyCut }) => [body, bodyCut])).toEqual([
    [undefined, 'dropped'],
    [undefined, 'dropped'],
    ['body 3', undefined],
  ]);
});

test('bodies of forgotten entries take no room', () => {
  const journal = new Journal(LIMITS);
  const late = arrive(journal, 0);
  for (let at = 1; at <= 9; at += 1) journal.keepBody(arrive(journal, at), Buffer.from(`"b${at}"`));
  journal.keepBody(late, Buffer.from('"late"'));
  expect(journal.entries().map(({ body }) => body)).toEqual(['b7', 'b8', 'b9']);
  journal.clear();
  for (const at of [1, 2]) journal.keepBody(arrive(journal, at), Buffer.from(`"body ${at}"`));
  expect(journal.entries().map(({ body }) => body)).toEqual(['body 1', 'body 2']);
});

test('filters select by path, model, operation and time, together', () => {
  const journal = new Journal();
  for (const at of [1, 2, 3]) arrive(journal, at).model = at === 2 ? 'm' : 'n';
  arrive(journal, 4, '/v1/embeddings').operation = 'embeddings';
  const times = (filter: Parameters<Journal['entries']>[0]): number[] => journal.entries(filter).map(({ at }) => at);
  expect(times({ path: '/v1/models' })).toEqual([1, 2, 3]);
  expect(times({ model: 'm' })).toEqual([2]);
  expect(times({ operation: 'embeddings' })).toEqual([4]);
  expect(times({ since: 3 })).toEqual([3, 4]);
  expect(times({ path: '/v1/models', since: 2, model: 'n' })).toEqual([3]);
});

test('clearing with a filter forgets only what fits and says how many', () => {
  const journal = new Journal();
  for (const at of [1, 2, 3]) arrive(journal, at).model = at === 2 ? 'm' : 'n';
  expect(journal.clear({ model: 'n' })).toBe(2);
  expect(journal.entries().map(({ at }) => at)).toEqual([2]);
  expect(journal.clear()).toBe(1);
  expect(journal.size).toBe(0);
});
