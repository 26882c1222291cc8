import { describe, expect, test } from 'vitest';
import { completionBody, framedEvents, LAST_CHUNK, streamEvents } from '../../bench/answers.ts';
import { CASES } from '../../bench/cases.ts';
import { chatRequest } from '../../bench/jobs.ts';
import { messageEvents } from '../../bench/messages.ts';
import { renderReport } from '../../bench/report.ts';
import { median, type Results, type Series } from '../../bench/results.ts';
import { NO_KEYS } from '../../bench/stored-keys.ts';
import { TARGETS } from '../../bench/targets.ts';
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

function series(cpu: number, first = 100): Series {
  return { cpu: [cpu], first: [first], last: [first], slow: [first], rate: [1] };
}

function resultsWith(cpu: number): Results {
  return {
    at: '2026-01-01T00:00:00Z',
    quick: false,
    machine: {},
    notes: [],
    cases: { 'pass-small': { floor: series(20), portkey: series(300), llmproxy: series(cpu) } },
    memory: { llmproxy: 40_000 },
    vanished: { llmproxy: 0 },
    follow: { clients: 100, upstream: 1, cpuPerClient: 400 },
    drift: { requests: 10, residentMiB: [1, 2, 3, 3, 3, 3, 3, 3, 3, 3] },
    start: { bare: [300], bundled: [400] },
    keys: NO_KEYS,
  };
}

test('a target is met, missed, or not to be had on this machine', () => {
  const [p1] = TARGETS;
  expect(p1?.checks(resultsWith(50)).map(({ met }) => met)).toEqual([true, undefined, true]);
  expect(p1?.checks(resultsWith(80)).map(({ met }) => met)).toEqual([false, undefined, false]);
});

test('the report has a row for every target', () => {
  const report = renderReport(resultsWith(50));
  for (const { id, path } of TARGETS) expect(report).toContain(`| ${id} | ${path} |`);
});

test('the median is the middle, or the mean of both', () => {
  expect([median([3, 1, 2]), median([4, 1, 2, 3])]).toEqual([2, 2.5]);
});
