import { writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { tempFolder } from '../../../tests/setup/temp-folder.ts';
import type { WarmOptions } from './options.ts';
import { ProgressBar } from './progress.ts';
import { runWarm } from './warm-command.ts';

let server: Server;
let folder: string;
let asked: { request: IncomingMessage; body: string }[];
let answer: (body: string, response: ServerResponse) => unknown;

const says =
  (status: number, cache: string | undefined, text = '{}') =>
  (_body: string, response: ServerResponse): unknown =>
    response.writeHead(status, cache === undefined ? {} : { 'x-llmproxy-cache': cache }).end(text);

beforeEach(async () => {
  asked = [];
  answer = says(200, 'miss');
  folder = tempFolder('warm-command');
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      asked.push({ request, body });
      void answer(body, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(() => void server.close());

const url = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const line = (text: string): string => JSON.stringify({ body: { model: 'm', prompt: text } });

async function run(
  lines: readonly string[],
  options: WarmOptions = {},
  { environment = {}, signal = new AbortController().signal, file = 'requests.jsonl' } = {},
): Promise<{ code: number; out: string; err: string }> {
  writeFileSync(join(folder, 'requests.jsonl'), lines.join('\n'));
  let [out, err] = ['', ''];
  const code = await runWarm(file, options.url === undefined ? { ...options, url: url() } : options, {
    environment,
    folder,
    out: { write: (text) => (out += text) },
    err: { write: (text) => (err += text) },
    signal,
    isWatched: false,
  });
  return { code, out, err };
}

test('every request is sent to its path, its body byte for byte, and counted by what the cache says', async () => {
  const statuses = ['hit', 'miss', 'joined', 'stale', 'bypass'];
  answer = (_body, response) => says(200, statuses[asked.length - 1])('', response);
  const body = '{ "model":"m", "seed":12345678901234567890 }';
  const { code, out, err } = await run(
    ['', `{"body": ${body}, "path": "/v1/embeddings"}`, line('b'), line('c'), '  ', line('d'), line('e'), ''],
    { concurrency: '1', json: true },
  );
  expect([code, err]).toEqual([0, '']);
  expect(JSON.parse(out)).toEqual({
    requests: 5,
    hits: 1,
    misses: 3,
    uncached: 1,
    failures: 0,
    seconds: expect.any(Number) as number,
  });
  expect(asked.map(({ request }) => request.url)).toEqual(['/v1/embeddings', ...Array(4).fill('/v1/chat/completions')]);
  expect(asked[0]?.body).toBe(body);
  expect(asked[0]?.request.headers.authorization).toBeUndefined();
});

test('failures are said by their line, ten of them, and are the exit code', async () => {
  answer = says(400, 'miss', JSON.stringify({ error: { message: 'no \u001b[2J' } }));
  const { code, out, err } = await run(
    Array.from({ length: 12 }, (_, index) => line(String(index))),
    {
      concurrency: '1',
    },
  );
  expect(code).toBe(3);
  expect(out).toMatch(/^12 requests in [\d.]+ s: 0 hits, 0 misses, 12 failures\.\n$/);
  expect(err.split('\n')).toHaveLength(11);
  expect(err).toMatch(/^line 1: 400 no \uFFFD\[2J\n/);
});

test('never more than --concurrency are on the way', async () => {
  let [running, most] = [0, 0];
  answer = async (_body, response) => {
    running += 1;
    most = Math.max(most, running);
    await wait(5);
    running -= 1;
    says(200, 'miss')('', response);
  };
  await run(
    Array.from({ length: 20 }, (_, index) => line(String(index))),
    { concurrency: '3' },
  );
  expect([most, asked.length]).toEqual([3, 20]);
});

test('the key is the option, else the variable, and never the admin token', async () => {
  const environment = { LLMPROXY_ADMIN_TOKEN: 'admin', LLMPROXY_KEY: 'sk-lp-a', MINE: 'sk-lp-b' };
  await run([line('a')], {}, { environment });
  await run([line('a')], { key: 'env:MINE' }, { environment });
  await run([line('a')], {}, { environment: { LLMPROXY_ADMIN_TOKEN: 'admin' } });
  expect(asked.map(({ request }) => request.headers.authorization)).toEqual([
    'Bearer sk-lp-a',
    'Bearer sk-lp-b',
    undefined,
  ]);
});

test.each([
  [[], 'requests.jsonl has no requests.'],
  [[line('a'), '{'], 'line 2 of requests.jsonl is not a JSON object.'],
  [['{"path":"/v1/embeddings"}'], 'line 1 of requests.jsonl has no body that is a JSON object.'],
  [['{"path":"http://x/","body":{}}'], 'line 1 of requests.jsonl has a path that is none, such as /v1/embeddings.'],
  [['{"url":"x","body":{}}'], 'line 1 of requests.jsonl has the member "url"; known are "path" and "body".'],
])('%j is refused before anything is sent', async (lines, sentence) => {
  expect(await run(lines)).toEqual({ code: 1, out: '', err: `llmproxy cache warm: ${sentence}\n` });
  expect(asked).toEqual([]);
});

test.each([
  [{ concurrency: '0' }, '--concurrency is a number from 1 to 64.'],
  [{ concurrency: '65' }, '--concurrency is a number from 1 to 64.'],
  [{ timeout: 'soon' }, '--timeout is a duration up to 1d, such as 2m.'],
  [{ url: 'nonsense' }, '--url must be an address such as http://127.0.0.1:4000.'],
])('%j is refused', async (options, sentence) => {
  expect(await run([line('a')], options)).toMatchObject({ code: 2, err: `llmproxy cache warm: ${sentence}\n` });
  expect(asked).toEqual([]);
});

test('a file that is not there, and a proxy that is not', async () => {
  expect((await run([], {}, { file: 'missing' })).err).toBe('llmproxy cache warm: there is no file missing.\n');
  const address = url();
  await new Promise((resolve) => server.close(resolve));
  const { code, err } = await run([line('a')], { url: address });
  expect(code).toBe(3);
  expect(err).toMatch(/^line 1: .*ECONNREFUSED/);
});

test('an interrupt ends the run, and what is on the way is no failure', async () => {
  const controller = new AbortController();
  answer = () => controller.abort();
  const { code, out } = await run([line('a'), line('b')], { concurrency: '1' }, { signal: controller.signal });
  expect([code, asked.length]).toEqual([130, 1]);
  expect(out).toContain('0 hits, 0 misses, 0 failures');
});

test('the bar comes after a second, ten times a second at the most, and leaves no trace', () => {
  let [now, text] = [0, ''];
  const bar = new ProgressBar({ write: (part) => (text += part) }, 4, () => now);
  const counts = { hits: 1, misses: 1, uncached: 0, failures: 0 };
  now = 999;
  bar.update(counts);
  bar.end();
  expect(text).toBe('');
  now = 1_000;
  bar.update(counts);
  now = 1_050;
  bar.update(counts);
  expect(text).toBe('\r\u001b[2K[############------------]  50 %  2/4  1 hit, 1 miss, 0 failures');
  bar.end();
  expect(text.endsWith('\r\u001b[2K')).toBe(true);
});
