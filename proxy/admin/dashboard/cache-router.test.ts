import request from 'supertest';
import { expect, test } from 'vitest';
import { adminBench } from '../admin.fixture.ts';
import { soleProcess } from '../processes.ts';
import { dashboardParts } from './dashboard.fixture.ts';

const FOUND = { model: 'm', keys: [], reads: false, writes: false, why: null, entries: [] };

function bench() {
  const sought: unknown[] = [];
  const { admin } = adminBench({
    dashboard: dashboardParts({
      processes: soleProcess({
        'cache-entry': (input) => {
          sought.push(input);
          return FOUND;
        },
      }),
    }),
  });
  const find = (body: object | string) => request(admin).post('/api/admin/cache/find').type('json').send(body);
  return { sought, find };
}

test('the body of a request is looked for as its text, its headers by lower-case names', async () => {
  const { sought, find } = bench();
  const text = '{ "model": "m" }';
  await find({ operation: 'chat.completions', body: text, headers: { 'Cache-Control': 'no-store' }, key: 'vk' });
  await find({ operation: 'responses', body: { model: 'm' }, headers: null, model: 'ignored' });
  await find({ operation: 'gemini.generate', body: {}, model: 'm' });
  expect(sought).toEqual([
    { operation: 'chat.completions', body: text, headers: { 'cache-control': 'no-store' }, key: 'vk' },
    { operation: 'responses', body: '{"model":"m"}', headers: {} },
    { operation: 'gemini.generate', body: '{}', headers: {}, model: 'm' },
  ]);
});

test.each([
  [{ body: {} }, 'missing_required_parameter', 'operation'],
  [{ operation: 'chat.completions' }, 'missing_required_parameter', 'body'],
  [{ operation: 'toString', body: {} }, 'invalid_type', 'operation'],
  [{ operation: 'responses', body: [] }, 'invalid_type', 'body'],
  [{ operation: 'responses', body: {}, headers: { a: 1 } }, 'invalid_type', 'headers'],
  [{ operation: 'gemini.generate', body: {} }, 'missing_required_parameter', 'model'],
  [{ operation: 'responses', body: {}, url: 'x' }, 'invalid_value', 'url'],
])('%j is refused', async (body, code, param) => {
  const { sought, find } = bench();
  const { status, body: answer } = await find(body);
  expect([status, answer]).toMatchObject([400, { error: { code, param } }]);
  expect(sought).toEqual([]);
});

test('a request of more than 1 MiB is refused, and it says so', async () => {
  const { find } = bench();
  const { status, body } = await find({ operation: 'responses', body: 'x'.repeat(1024 * 1024) });
  expect([status, body]).toMatchObject([413, { error: { message: 'The body exceeds 1 MiB.' } }]);
});
