import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';

import type { CacheStatsOptions, PurgeOptions } from './options.ts';
import { runPurge, type PurgePlace } from './purge-command.ts';
import { runCacheStats } from './stats-command.ts';

let server: Server;
let asked: string[];
let answer: { status: number; body: object };

beforeEach(async () => {
  asked = [];
  answer = { status: 200, body: { deleted_entries: 3, status: 'success' } };
  server = createServer(({ method, url }, response) => {
    asked.push(`${method} ${url}`);
    response.writeHead(answer.status, { connection: 'close' }).end(JSON.stringify(answer.body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(() => void server.close());

interface Run {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function run(work: (place: PurgePlace, url: string) => Promise<number>): Promise<Run> {
  let [out, err] = ['', ''];
  const place = {
    environment: {},
    folder: '/',
    out: { write: (text: string) => (out += text) },
    err: { write: (text: string) => (err += text) },
  };
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const code = await work(place, url);
  return { code, out, err: err.replaceAll(url, 'URL') };
}

const purge = (options: PurgeOptions, confirm?: PurgePlace['confirm']): Promise<Run> =>
  run((place, url) => runPurge({ url, ...options }, { ...place, ...(confirm && { confirm }) }));
const stats = (options: CacheStatsOptions): Promise<Run> =>
  run((place, url) => runCacheStats({ url, ...options }, place));

test.each([
  [{ model: 'gpt 4&o' }, 'DELETE /cache?model=gpt+4%26o'],
  [{ key: 'abc' }, 'DELETE /cache?key=abc'],
  [{ all: true }, 'DELETE /cache'],
])('%j asks the proxy to remove just that', async (options, call) => {
  expect(await purge(options)).toEqual({ code: 0, out: '3 stored answers were removed.\n', err: '' });
  expect(asked).toEqual([call]);
});

test('everything is removed when the person at the terminal says so, and without a terminal only with --all', async () => {
  expect(await purge({})).toEqual({
    code: 2,
    out: '',
    err: 'llmproxy cache purge: say what to remove: --model, --key or --all.\n',
  });
  const questions: string[] = [];
  const says = (yes: boolean) => (question: string) => Promise.resolve(questions.push(question) > 0 && yes);
  expect(await purge({}, says(false))).toEqual({
    code: 1,
    out: '',
    err: 'llmproxy cache purge: nothing was removed.\n',
  });
  expect(asked).toEqual([]);
  expect((await purge({}, says(true))).code).toBe(0);
  expect(asked).toEqual(['DELETE /cache']);
  await purge({ all: true }, says(false));
  expect(questions).toHaveLength(2);
  expect(questions[0]).toMatch(/^Remove all stored answers of the proxy at http/);
});

test('an empty name is no name: it removes nothing', async () => {
  expect(await purge({ model: '' })).toMatchObject({ code: 2, err: 'llmproxy cache purge: --model has no value.\n' });
  expect(asked).toEqual([]);
});

test('a Redis that is away is said, in JSON too', async () => {
  answer.body = { deleted_entries: 1, status: 'partial' };
  const err = 'Redis cannot be reached: it is purged before anything is read from it again.\n';
  expect(await purge({ all: true })).toEqual({ code: 0, out: '1 stored answer was removed.\n', err });
  expect(await purge({ all: true, json: true })).toEqual({ code: 0, out: `${JSON.stringify(answer.body)}\n`, err });
});

test('statistics are the counts of the proxy, as a table or as they are', async () => {
  const cache = {
    hits: 6,
    misses: 3,
    joined: 2,
    stale: 1,
    bypassed: 5,
    entries: 4,
    bytes: 12_897_485,
    evictions: 7,
    stored: 11,
    found_in: { memory: 5, redis: 2 },
  };
  answer.body = { cache };
  expect((await stats({})).out.split('\n').map((line) => line.replaceAll(/ {2,}/g, ' | '))).toEqual([
    'entries in memory | 4, 12.3 MiB',
    'stored since the start | 11, 7 evicted',
    'answered from the cache | 7 (58 % of 12)',
    'found in | memory 5, Redis 2',
    'expired and served | 1',
    'answered by an endpoint | 3',
    'joined an equal request | 2',
    'past the cache | 5',
    '',
  ]);
  expect(JSON.parse((await stats({ json: true })).out)).toEqual(cache);
  answer = { status: 401, body: { error: { message: 'No token.' } } };
  expect(await stats({})).toMatchObject({
    code: 1,
    err: 'llmproxy cache stats: No token. Set LLMPROXY_ADMIN_TOKEN.\n',
  });
  answer = { status: 200, body: {} };
  expect(await stats({})).toMatchObject({
    code: 1,
    err: 'llmproxy cache stats: what answers at URL is no llmproxy.\n',
  });
});
