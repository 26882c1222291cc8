import { dashboardParts } from './admin/dashboard/dashboard.fixture.ts';
import request from 'supertest';
import { expect, test } from 'vitest';
import { bodyPointer, closed, Judge, type Document } from '../tests/setup/openapi-judge.ts';
import { adminBench } from './admin/admin.fixture.ts';
import { openApiDocument } from './admin/openapi/document.ts';
import type { ExchangeAnswer, ExchangePage } from './admin/dashboard/exchange-lists.ts';
import { answerOf, type Processes } from './admin/processes.ts';
import type { Config } from './config/config.ts';
import { parseConfig } from './config/load.ts';
import { ManualClock } from './core/clock.ts';
import { Redactor } from './core/redact.ts';
import { JournalEntry } from './journal-entry.ts';
import { attemptRecord } from './telemetry/attempt-record.ts';
import type { ExchangeRecord } from './telemetry/exchange-record.ts';
import { ExchangeTrace } from './telemetry/exchange-trace.ts';
import { exchange } from './telemetry/journal/journal.fixture.ts';

function configWith(key: string, capture = false): Config {
  const endpoints = [{ provider: 'openai', api_key: key }];
  const text = JSON.stringify({ admin: { capture }, models: { 'gpt-4o-mini': { endpoints } } });
  return parseConfig(text, 'test.yaml', { environment: {} }).config;
}

/** The journals of so many processes, and what their dashboard answers. */
function bench(count = 1, capture = false) {
  const clock = new ManualClock();
  const wanted: boolean[] = [];
  const redactor = new Redactor();
  const state = { config: configWith('sk-one-of-the-operator', capture) };
  const entries = Array.from({ length: count }, () => {
    const costs = { load: () => undefined, ofUsage: () => 0.5 };
    const entry = new JournalEntry({ clock, redactor, config: () => state.config, costs });
    entry.start({ wantMarks: (marks) => void wanted.push(marks) });
    return entry;
  });
  const processes: Processes = {
    ask: (question, input) =>
      Promise.all(entries.map(({ questions }) => answerOf(questions, question, structuredClone(input)))),
  };
  const { admin } = adminBench({ dashboard: dashboardParts({ processes }) });
  const get = async <T>(path: string): Promise<T> => {
    const { body } = await request(admin).get(`/api/admin/exchanges${path}`).expect(200);
    return body as T;
  };
  const ended = (id: string, changes: Partial<ExchangeRecord> = {}, at = 0): void => {
    const record = exchange(id, { startedAt: clock.monotonic(), ms: 0, ...changes });
    entries[at]?.journal.exchange(record, undefined, []);
    clock.advance(10);
  };
  return { clock, wanted, state, entries, admin, get, ended };
}

const ids = ({ exchanges }: ExchangePage): string[] => exchanges.map(({ id }) => id);

test('the exchanges of several processes are one list, in pages from the newest on', async () => {
  const { get, ended } = bench(3);
  for (let no = 0; no < 12; no += 1) ended(`r${no}`, {}, no % 2);
  const first = await get<ExchangePage>('?limit=5');
  expect(ids(first)).toEqual(['r11', 'r10', 'r9', 'r8', 'r7']);
  ended('later');
  const second = await get<ExchangePage>(`?limit=5&cursor=${first.next}`);
  expect(ids(second)).toEqual(['r6', 'r5', 'r4', 'r3', 'r2']);
  const third = await get<ExchangePage>(`?limit=5&cursor=${second.next}`);
  expect(ids(third)).toEqual(['r1', 'r0']);
  expect(third.next).toBeNull();
});

test('what is asked for is filtered before it is counted', async () => {
  const { get, ended } = bench(2);
  for (let no = 0; no < 6; no += 1) ended(`r${no}`, { status: no < 2 ? 503 : 200 }, no % 2);
  expect(ids(await get('?limit=2&status=5xx'))).toEqual(['r1', 'r0']);
  expect(ids(await get('?text=R3'))).toEqual(['r3']);
});

test.each([
  ['?status=teapot', 'status'],
  ['?cache=maybe', 'cache'],
  ['?limit=0', 'limit'],
  ['?limit=201', 'limit'],
  ['?cursor=e30x', 'cursor'],
  ['?model=a&model=b', 'model'],
  [`?text=${'x'.repeat(257)}`, 'text'],
])('%s is refused', async (query, param) => {
  const { body } = await request(bench().admin).get(`/api/admin/exchanges${query}`).expect(400);
  expect(body).toMatchObject({ error: { code: 'invalid_value', param } });
});

test('one exchange is found by its id in any process, and others that have the same', async () => {
  const { get, ended, admin } = bench(2);
  ended('mine', { status: 500 }, 0);
  ended('other', {}, 0);
  ended('mine', { status: 200, tokens: { input: 3, output: 4 } }, 1);
  const found = await get<ExchangeAnswer>('/mine');
  expect(found).toMatchObject({ id: 'mine', status: 200, cost: 0.5, saved: null, stages: null, capture: false });
  expect(found.others).toEqual([{ entry: expect.stringMatching(/^~\w{8}\.0$/), at: expect.any(Number), status: 500 }]);
  expect(await get(`/${found.others[0]?.entry}`)).toMatchObject({ id: 'mine', status: 500 });
  await request(admin).get('/api/admin/exchanges/~aaaaaaaa.0').expect(404);
  const { body } = await request(admin).get('/api/admin/exchanges/none').expect(404);
  expect(body).toMatchObject({ error: { code: 'exchange_not_found' } });
});

test('the detail has times since the request came, attempts with what their outcomes mean, and the proxy’s own headers', async () => {
  const { clock, entries, get } = bench();
  clock.advance(1_000);
  const trace = new ExchangeTrace(clock, clock.monotonic());
  entries[0]?.journal.begun(trace);
  trace.enter('receive');
  clock.advance(5);
  trace.enter('respond');
  trace.lookedUp('memory');
  trace.noted?.head([
    'content-type',
    'text/plain',
    'X-Request-Id',
    'r',
    'server',
    'endpoint',
    'x-llmproxy-cache',
    'hit',
  ]);
  clock.advance(7);
  trace.end();
  const attempt = attemptRecord({ id: 'm/a', provider: 'openai', origin: 'http://a' }, 1, 1_002);
  Object.assign(attempt, { end: 1_010, outcome: 'rate_limited', status: 429, reason: 'said Bearer abcdefgh' });
  entries[0]?.journal.exchange(exchange('r', { startedAt: 1_000 }), trace, [attempt]);
  expect(await get('/r')).toMatchObject({
    at: clock.now() - 12,
    stages: [
      { name: 'receive', begin: 0, end: 5 },
      { name: 'respond', begin: 5, end: 12 },
    ],
    lookup: { tier: 'memory', begin: 5, end: 5 },
    tries: [
      {
        endpoint: 'm/a',
        begin: 2,
        end: 10,
        first_event: null,
        outcome: 'rate_limited',
        meaning: '429: no request of this operation for `retry-after`.',
        fault: 'account',
        status: 429,
        reason: 'said Bearer ***',
      },
    ],
    headers: [
      ['x-request-id', 'r'],
      ['x-llmproxy-cache', 'hit'],
    ],
    bodies: null,
  });
});

test('a page and what is known of one exchange are as the OpenAPI document says, and have nothing beside', async () => {
  const document = JSON.parse(JSON.stringify(openApiDocument({ version: '1', unit: 'cents' }))) as Document;
  const judge = new Judge(closed(document), []);
  const { clock, entries, get } = bench(1, true);
  const trace = new ExchangeTrace(clock, clock.monotonic());
  entries[0]?.journal.begun(trace);
  trace.enter('receive');
  trace.lookedUp('redis');
  trace.keyParts = () => ({ model: 'm', body: 'ab'.repeat(32) });
  trace.noted?.bodies?.request.take(Buffer.from('{}'));
  trace.noted?.head(['content-type', 'application/json', 'x-request-id', 'r']);
  trace.noted?.sent(Buffer.from('{}'));
  trace.end();
  const attempts = ['ok', undefined].map((outcome, index) => {
    const attempt = attemptRecord({ id: 'm/a', provider: 'openai', origin: 'http://a' }, index + 1, 0);
    return Object.assign(attempt, outcome === undefined ? {} : { end: 1, firstEvent: 1, outcome, status: 200 });
  });
  const tokens = { input: 1, output: 2, cachedInput: 1 };
  entries[0]?.journal.exchange(exchange('r', { tokens, key: 'k', keyName: 'n', ttftMs: 1 }), trace, attempts);
  entries[0]?.journal.exchange(exchange('r', { error: 'invalid_json', endpoint: undefined }), undefined, []);
  const fault = (path: string, body: unknown): string | undefined =>
    judge.fault(bodyPointer(`/api/admin/exchanges${path}`, 'get', 200), body);
  const page = await get<ExchangePage>('?limit=1');
  expect([page.exchanges.length, fault('', page)]).toEqual([1, undefined]);
  for (const { entry } of (await get<ExchangePage>('')).exchanges) {
    expect(fault('/{id}', await get<ExchangeAnswer>(`/${entry}`)), entry).toBeUndefined();
  }
});

test.each([
  ['the ledger’s', { cost: 1_500_000_000n }, 1.5, null],
  ['unknown to the ledger', { cost: null }, null, null],
  ['of the price, without a ledger', {}, 0.5, null],
  ['nothing for what the cache had', { cache: 'hit' as const, attempts: 0 }, 0, 0.5],
  ['nothing where no endpoint was asked', { attempts: 0, endpoint: undefined, cache: 'bypass' as const }, 0, null],
])('the cost is %s', async (_what, changes, cost, saved) => {
  const { get, ended } = bench();
  ended('r', { tokens: { input: 1, output: 1 }, ...changes });
  expect(await get('/r')).toMatchObject({ cost, saved });
});

test('digests can be compared between processes, and are of no use to one that does not know the configuration’s secrets', async () => {
  const { entries, get, state, clock } = bench(2);
  const digest = 'ab'.repeat(32);
  const traced = (id: string, at: number): void => {
    const trace = new ExchangeTrace(clock, 0);
    trace.keyParts = () => ({ model: 'm', body: digest });
    entries[at]?.journal.exchange(exchange(id), trace, []);
  };
  traced('one', 0);
  traced('two', 1);
  const parts = async (id: string) => (await get<ExchangeAnswer>(`/${id}`)).key_parts;
  const seen = await parts('one');
  expect(seen).toEqual({ model: 'm', body: expect.stringMatching(/^[0-9a-f]{16}$/) });
  expect(await parts('two')).toEqual(seen);
  state.config = configWith('sk-another-of-the-operator');
  expect((await parts('one'))?.['body']).not.toBe(seen?.['body']);
});

test('stages are marked while a page listens, and for a minute after it', async () => {
  const { clock, wanted, entries } = bench();
  const [entry] = entries;
  await entry?.questions['exchanges']?.({ filter: {}, limit: 1, after: {} });
  expect(wanted).toEqual([]);
  await entry?.questions['exchanges']?.({ filter: {}, limit: 1, after: {}, listening: true });
  expect(wanted).toEqual([true]);
  clock.advance(59_000);
  entry?.tick();
  expect(wanted).toEqual([true]);
  clock.advance(1_000);
  entry?.tick();
  expect(wanted).toEqual([true, false]);
});

test('stages are marked while bodies are captured, and bodies go when they are no longer', () => {
  const { wanted, entries, state, clock } = bench(1, true);
  const [entry] = entries;
  expect(wanted).toEqual([true]);
  const trace = new ExchangeTrace(clock, 0);
  entry?.journal.begun(trace);
  trace.noted?.sent(Buffer.from('body'));
  entry?.journal.exchange(exchange('r'), trace, []);
  expect(entry?.journal.bodyBytes).toBe(4);
  state.config = configWith('sk-one-of-the-operator');
  entry?.tick();
  expect(entry?.journal.bodyBytes).toBe(0);
  expect(wanted).toEqual([true, false]);
});

test('of more exchanges than fit into an event, the newest come, and the others are counted', async () => {
  const { ended, entries } = bench();
  for (let no = 0; no < 10; no += 1) ended(`r${no}`);
  const [entry] = entries;
  const first = (await entry?.questions['exchanges']?.({ limit: 1 })) as { process: string; next: number };
  for (let no = 10; no < 20; no += 1) ended(`r${no}`, { status: no % 2 ? 200 : 404 });
  const after = { [first.process]: first.next };
  const news = await entry?.questions['exchanges']?.({ limit: 3, after, filter: { status: '4xx' } });
  expect(news).toMatchObject({
    rows: [
      [18, { id: 'r18' }],
      [16, { id: 'r16' }],
      [14, { id: 'r14' }],
    ],
    skipped: 2,
    next: 20,
  });
  for (let no = 20; no < 2_030; no += 1) ended(`r${no}`);
  expect(await entry?.questions['exchanges']?.({ limit: 200, after, filter: {} })).toMatchObject({
    skipped: 1_820,
    next: 2_030,
  });
});

test('while a page listens 20 requests of a second are marked, and again in the next; with bodies kept all are', async () => {
  const one = bench();
  const [entry] = one.entries;
  const come = (count: number): void => {
    for (let no = 0; no < count; no += 1) entry!.begun(new ExchangeTrace(one.clock, one.clock.monotonic()));
  };
  const listen = () => answerOf(entry!.questions, 'exchanges', { limit: 1, listening: true });
  await listen();
  expect(one.wanted).toEqual([true]);
  come(19);
  expect(one.wanted).toEqual([true]);
  come(1);
  expect(one.wanted).toEqual([true, false]);
  await listen();
  expect(one.wanted).toEqual([true, false]);
  entry!.tick();
  expect(one.wanted).toEqual([true, false, true]);
  const all = bench(1, true);
  for (let no = 0; no < 100; no += 1) all.entries[0]!.begun(new ExchangeTrace(all.clock, 0));
  expect(all.wanted).toEqual([true]);
});
