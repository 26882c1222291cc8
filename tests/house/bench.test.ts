import { describe, expect, test } from 'vitest';
import { completionBody, framedEvents, LAST_CHUNK, streamEvents } from '../../bench/answers.ts';
import { CASES } from '../../bench/cases.ts';
import { verdict } from '../../bench/checks.ts';
import { comparisons, outcome } from '../../bench/comparison.ts';
import { MEASUREMENTS } from '../../bench/figures/table.ts';
import { FIGURES } from '../../bench/figures/ids.ts';
import { asked } from '../../bench/plan.ts';
import { chatRequest } from '../../bench/jobs.ts';
import { messageEvents } from '../../bench/messages.ts';
import { renderReport } from '../../bench/report.ts';
import { emptySeries, median, type Results, type Series } from '../../bench/results.ts';
import { upstreamTrouble } from '../../bench/rounds.ts';
import { NO_KEYS } from '../../bench/stored-keys.ts';
import { TARGETS } from '../../bench/targets.ts';
import { warmUntilSteady } from '../../bench/warm.ts';
import { ResponseReader } from '../../bench/wire.ts';

function readAll(pieces: readonly Buffer[]): { statuses: number[]; bodies: string[] } {
  const seen = { statuses: [] as number[], bodies: [] as string[] };
  let body = '';
  const reader = new ResponseReader({
    onHead: (status) => seen.statuses.push(status),
    onBody: (part) => (body += part.toString('utf8')),
    onEnd: () => {
      seen.bodies.push(body);
      body = '';
    },
  });
  for (const piece of pieces) reader.push(piece);
  return seen;
}

describe('the reader of responses', () => {
  const answers = Buffer.concat([
    Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello'),
    Buffer.from('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'),
    ...framedEvents(false),
    LAST_CHUNK,
    Buffer.from('HTTP/1.1 429 Too Many\r\ncontent-length: 0\r\n\r\n'),
  ]);
  const expected = { statuses: [200, 200, 429], bodies: ['hello', streamEvents(false).join(''), ''] };

  test('reads answers that come in one piece', () => {
    expect(readAll([answers])).toEqual(expected);
  });

  test('reads answers that come byte by byte', () => {
    expect(readAll([...answers].map((byte) => Buffer.from([byte])))).toEqual(expected);
  });
});

test('the answers have the sizes that the tables speak of', () => {
  expect(Buffer.byteLength(completionBody())).toBe(1_024);
  const events = streamEvents(false);
  expect(events.slice(0, -1).map((event) => Buffer.byteLength(event))).toEqual(Array.from({ length: 100 }, () => 268));
  expect(events.at(-1)).toBe('data: [DONE]\n\n');
});

test('the Messages stream has as many events as the chat stream, each another, and begins and ends as the API has it', () => {
  const events = messageEvents();
  expect([events.length, new Set(events).size]).toEqual([100, 100]);
  const types = events.map((event) => /^event: (\w+)\ndata: \{"type":"(\w+)"/.exec(event)?.slice(1));
  for (const [name, type] of types as [string, string][]) expect(type).toBe(name);
  expect([types[0], types.at(-1)].map((type) => type?.[0])).toEqual(['message_start', 'message_stop']);
});

test('a Messages client sends its own path, fields and headers', () => {
  const upstream = 'http://127.0.0.1:1/v1';
  const chat = { model: 'bench-paced', bytes: 512, stream: true, unique: true, client: 'messages' } as const;
  const request = Buffer.from(chatRequest({ ...chat, upstream, path: '/v1/messages' }).bytes, 'base64').toString();
  const [head = '', body = ''] = request.split('\r\n\r\n');
  expect(head).toMatch(/^POST \/v1\/messages HTTP[^]*\r\nanthropic-version: 2023-06-01/);
  expect(JSON.parse(body)).toMatchObject({
    max_tokens: 1_000,
    system: expect.any(String),
    messages: [{ role: 'user' }],
  });
});

test('what a translated stream is compared with is the same load on the same server', () => {
  const load = ({ chat, connections, total, warm }: (typeof CASES)[number]): object => {
    const { model: _model, client: _client, ...rest } = chat;
    return { ...rest, connections, total, warm };
  };
  const [chat, ...others] = ['stream-paced', 'stream-messages', 'chat-to-messages', 'messages-to-chat'].map((id) =>
    load(CASES.find((one) => one.id === id)!),
  );
  expect(others).toEqual([chat, chat, chat]);
});

test('a request has about the size that was asked for, and a place for its number when it is unique', () => {
  const upstream = 'http://127.0.0.1:1/v1';
  const request = chatRequest({ model: 'bench-json', bytes: 8_192, stream: false, unique: true, upstream });
  const bytes = Buffer.from(request.bytes, 'base64');
  const body = bytes.subarray(bytes.indexOf('\r\n\r\n') + 4);
  expect(body.length).toBe(8_192);
  expect(JSON.parse(body.toString('utf8'))).toMatchObject({ model: 'bench-json' });
  expect(bytes.toString('latin1', request.offset, request.offset + 12)).toBe('@'.repeat(12));
});

function series(cpu: number): Series {
  return { ...emptySeries(), cpu: [cpu], first: [100], firstSlow: [100], last: [100], slow: [100], rate: [1] };
}

function resultsWith(cpu: number): Results {
  return {
    at: '2026-01-01T00:00:00Z',
    quick: false,
    machine: {},
    notes: [],
    gaps: [
      { kind: 'skipped', what: 'pass-small rolter', reason: 'rolter is not installed' },
      { kind: 'error', what: 'hit-small nginx', reason: '3 of 8 hits reached the upstream' },
      { kind: 'skipped', what: 'workers-2', reason: 'it needs 4 cores, and there are 2' },
    ],
    unsteady: ['hit-small llmproxy'],
    rounds: 5,
    minutes: 1,
    cases: {
      'pass-small': { nginx: series(20), portkey: series(300), llmproxy: series(cpu) },
      'hit-small': { llmproxy: series(20) },
    },
    figures: { 'metrics-5000-ms': [4, 12, 6] },
    memory: { llmproxy: 40_000 },
    vanished: { llmproxy: 0 },
    drift: { requests: 10, residentMiB: [1, 2, 3, 3, 3, 3, 3, 3, 3, 3] },
    keys: NO_KEYS,
  };
}

function verdictsOf(id: string, cpu = 50): string[] {
  const target = TARGETS.find((one) => one.id === id);
  return target?.checks(resultsWith(cpu)).map(verdict) ?? [];
}

test('a target is met, missed, or skipped with the reason', () => {
  expect(verdictsOf('P1', 50)).toEqual(['met']);
  expect(verdictsOf('P1', 80)).toEqual(['missed']);
  const few = 'skipped: it needs 4 cores, and there are 2';
  expect(verdictsOf('K')).toEqual([few, few]);
  expect(verdictsOf('SC')).toEqual(['skipped: not run', 'met', 'skipped: not run']);
});

test('what made a row worthless is the verdict of its target', () => {
  expect(verdictsOf('C1')[0]).toBe('error: 3 of 8 hits reached the upstream');
});

test('the report has a row for every target, counts the verdicts, and says what has no number', () => {
  const report = renderReport(resultsWith(80));
  for (const { id, path } of TARGETS) expect(report).toContain(`| ${id} | ${path} |`);
  expect(report).toMatch(/^\d+ met, \d+ missed, \d+ skipped, 1 error\.$/m);
  expect(report).toContain('- Not steady when the rounds began: hit-small llmproxy.');
  expect(report).toContain('| workers-2 | skipped | it needs 4 cores, and there are 2 |');
});

test('the report says what is lost before what is won', () => {
  const all = comparisons(resultsWith(80));
  expect(all.map(({ other, cpu }) => [other, cpu])).toEqual([
    ['nginx', 4],
    ['portkey', 80 / 300],
  ]);
  expect(all.map(outcome)).toEqual(['lost', 'won']);
  expect(renderReport(resultsWith(80))).toContain('| pass-small | llmproxy | nginx | 4.00 | 1.00 | lost |');
});

test('a hit that reached the upstream, and a miss that did not, is an error', () => {
  const [miss, hit] = [CASES.find(({ id }) => id === 'pass-small')!, CASES.find(({ id }) => id === 'hit-small')!];
  expect(upstreamTrouble(hit, 'nginx', 100, 0)).toBeUndefined();
  expect(upstreamTrouble(hit, 'nginx', 100, 1)).toBe('1 of 100 hits reached the upstream');
  expect(upstreamTrouble(miss, 'llmproxy', 100, 100)).toBeUndefined();
  expect(upstreamTrouble(miss, 'llmproxy', 100, 99)).toBe('99 requests reached the upstream in place of 100');
});

test('nginx has no row of hits whose cache key is larger than its buffer', () => {
  const hits = CASES.filter(({ chat, servers }) => !chat.unique && servers.includes('nginx'));
  expect(hits.map(({ id }) => id)).toEqual(['hit-small', 'hit-medium', 'rate-hit']);
  for (const { chat } of hits) expect(chat.bytes).toBeLessThan(64 * 1_024);
});

test('a warm-up ends when two windows agree, or after the last one it may have', async () => {
  const run = async (costs: readonly number[], most: number): Promise<[boolean, number]> => {
    let at = 0;
    const steady = await warmUntilSteady(() => Promise.resolve(costs[at++] ?? 0), most);
    return [steady, at];
  };
  expect(await run([100, 60, 50, 48, 47], 8)).toEqual([true, 4]);
  expect(await run([100, 60, 30, 15, 7], 4)).toEqual([false, 4]);
});

test('every figure is measured by one measurement', () => {
  const measured = MEASUREMENTS.flatMap(({ figures }) => figures);
  expect(measured.toSorted()).toEqual(Object.keys(FIGURES).toSorted());
});

test('the arguments choose cases, figures and mocks, and a name that is not known is refused', () => {
  const some = asked(['--only', 'pass-small,metrics,mock-chat', '--alone', '--quick']);
  expect(some.cases.flatMap(({ servers }) => servers)).toEqual(['llmproxy', 'llmproxy-keys']);
  expect([some.measurements.map(({ name }) => name), some.mock, some.all]).toEqual([['metrics'], ['mock-chat'], false]);
  expect(asked([])).toMatchObject({ all: true, cases: CASES, measurements: MEASUREMENTS, mock: [] });
  expect(() => asked(['--only', 'pass-smal'])).toThrow('pass-smal');
});

test('the median is the middle, or the mean of both', () => {
  expect([median([3, 1, 2]), median([4, 1, 2, 3])]).toEqual([2, 2.5]);
});
