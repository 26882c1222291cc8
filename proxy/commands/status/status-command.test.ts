import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { stripVTControlCharacters } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';

import type { StatusOptions } from './options.ts';
import { runStatus } from './status-command.ts';

const NOW = Date.parse('2026-01-01T00:00:00Z');

const endpoint = (id: string, more: object = {}): object => ({
  id,
  state: 'admitting',
  in_flight: 0,
  requests: 0,
  success_rate: 1,
  latency_ms: null,
  ttft_ms: null,
  last_error: null,
  ejected_until: null,
  operations_out: [],
  models_out: [],
  ...more,
});

let server: Server;
let answers: Record<string, { status?: number; body: unknown }>;
let asked: string[];

beforeEach(async () => {
  asked = [];
  answers = {
    '/health': {
      body: {
        status: 'degraded',
        version: '1.2.3',
        redis_connected: false,
        database_connected: true,
        workers: { configured: 2, answered: 1, restarts: 3 },
      },
    },
    '/stats': {
      body: {
        uptime_seconds: 3_725,
        requests: { requests: 12, client_errors: 1, server_errors: 0 },
        cache: { hits: 4, misses: 4, joined: 1, stale: 1 },
        endpoints: {
          'gpt-4o': [
            endpoint('gpt-4o/first', {
              state: 'ejected',
              ejected_until: '2026-01-01T00:00:12Z',
              requests: 4,
              success_rate: 0.5,
              latency_ms: { p50: 812, p95: 12_345, p99: 1 },
              ttft_ms: { p50: 30, p95: 1, p99: 1 },
              last_error: { at: '2025-12-31T23:59:00Z', kind: 'server_error', reason: 'no \u001b[2J' },
            }),
            endpoint('gpt-4o/second', {
              operations_out: [{ name: 'embeddings', state: 'ejected', ejected_until: '' }],
            }),
          ],
        },
      },
    },
  };
  server = createServer((request, response) => {
    asked.push(`${request.url} ${request.headers.authorization ?? '-'}`);
    const { status = 200, body } = answers[request.url ?? ''] ?? { status: 404, body: {} };
    response.writeHead(status, { connection: 'close' }).end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(() => void server.close());

interface Run {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function run(
  options: StatusOptions = {},
  { terminal = {}, rounds = 0, between = (_round: number): void => {}, environment = {} } = {},
): Promise<Run> {
  const [controller, url] = [new AbortController(), `http://127.0.0.1:${(server.address() as AddressInfo).port}`];
  let [out, err, round, now] = ['', '', 0, NOW];
  const code = await runStatus(
    { url, ...options },
    {
      environment,
      folder: '/',
      out: { write: (text) => (out += text), ...terminal },
      err: { write: (text) => (err += text) },
      signal: controller.signal,
      now: () => now,
      wait: async () => {
        between(round);
        round += 1;
        now += 1_000;
        if (round > rounds) controller.abort();
      },
    },
  );
  return { code, out: out.replaceAll(url, 'URL'), err: err.replaceAll(url, 'URL') };
}

test('the text has the proxy, its workers and what it needs, then a line for each endpoint', async () => {
  const { code, out, err } = await run({}, { environment: { LLMPROXY_ADMIN_TOKEN: 'admin' } });
  expect([code, err]).toEqual([0, '']);
  expect(out.split('\n')).toEqual([
    'llmproxy 1.2.3 at URL: degraded, up 1h2m5s, 1 of 2 workers, 3 restarted',
    '12 requests, 1 client error, 0 server errors; from the cache: 50 % of 10 answers',
    'Redis away, database connected',
    '',
    'MODEL   ENDPOINT  STATE                      RUNNING  REQUESTS  GOOD     P50     P95  FIRST EVENT  LAST ERROR',
    'gpt-4o  first     ejected 12s                      0         4  50 %  812 ms  12.3 s        30 ms  server_error, 1m ago: no �[2J',
    'gpt-4o  second    admitting, not embeddings        0         0     -       -       -            -',
    '',
  ]);
  expect(asked.toSorted()).toEqual(['/health Bearer admin', '/stats Bearer admin']);
});

test('JSON is what the proxy says', async () => {
  const { out } = await run({ json: true }, { terminal: { isTTY: true } });
  expect(JSON.parse(out)).toEqual({ url: 'URL', health: answers['/health']?.body, stats: answers['/stats']?.body });
});

test('a terminal gets a table that is drawn anew in its place, cut to its size, until the end', async () => {
  const counts = (requests: number): void =>
    void ((answers['/stats']!.body as { requests: object }).requests = { requests });
  const { code, out } = await run(
    {},
    { terminal: { isTTY: true, columns: 40, rows: 6 }, rounds: 2, between: (round) => counts(round === 0 ? 17 : 40) },
  );
  expect(code).toBe(0);
  expect(out.startsWith('\u001B[?25l')).toBe(true);
  expect(out.endsWith('\u001B[?25h')).toBe(true);
  const frames = out.split('\u001B[J').slice(1);
  expect(frames).toHaveLength(3);
  const plain = frames.map((frame) => stripVTControlCharacters(frame).trimEnd().split('\n'));
  expect(plain.map((lines) => lines.length)).toEqual([5, 5, 5]);
  expect(plain.flat().filter((line) => line.length > 40)).toEqual([]);
  expect(plain.map((lines) => [lines[1], lines[4]])).toEqual([
    ['12 requests, 1 client error, 0 server er', '… 3 more lines'],
    ['17 requests (5.0/s), 0 client errors, 0', '… 3 more lines'],
    ['40 requests (23/s), 0 client errors, 0 s', '… 3 more lines'],
  ]);
  expect(frames[0]?.endsWith('\u001B[5A\r')).toBe(true);
  expect(out).toContain('\u001B[31maway\u001B[39m');
});

test('a live table waits for a proxy that is away, and --once draws none', async () => {
  const away = { status: 503, body: { error: { message: 'Draining.' } } };
  const stats = answers['/stats']!;
  const { code, out } = await run(
    {},
    { terminal: { isTTY: true }, rounds: 2, between: (round) => (answers['/stats'] = round === 0 ? away : stats) },
  );
  const frames = out.split('\u001B[J').slice(1);
  expect([code, frames[1]?.includes('Draining.'), frames[2]?.includes('gpt-4o')]).toEqual([0, true, true]);
  const once = await run({ once: true }, { terminal: { isTTY: true }, environment: { NO_COLOR: '1' } });
  expect(once.out).not.toContain('\u001B');
});

test.each([
  [{ '/stats': { status: 401, body: { error: { message: 'No token.' } } } }, 'No token. Set LLMPROXY_ADMIN_TOKEN.'],
  [{ '/health': { body: '<html>' } }, 'what answers at URL is no llmproxy.'],
  [{ '/stats': { body: {} } }, 'what answers at URL is no llmproxy.'],
])('%j is a failure', async (given, sentence) => {
  Object.assign(answers, given);
  expect(await run()).toEqual({ code: 1, out: '', err: `llmproxy status: ${sentence}\n` });
});
