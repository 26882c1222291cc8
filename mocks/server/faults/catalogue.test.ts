import { connect } from 'node:net';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { ManualClock, lastEntry, until, withRealSockets } from '../../../tests/setup/mock-bed.ts';
import { FAULT_CATALOGUE } from '../../rules/faults/catalogue.ts';
import type { FaultName, WebSocketFaultName } from '../../rules/faults/catalogue.ts';
import { MockServer } from '../server.ts';
import * as naive from './naive-clients.fixture.ts';
import type { NaiveClient } from './naive-clients.fixture.ts';

withRealSockets();

interface Row {
  readonly client: NaiveClient;
  /** What the naive client ends with: its error, or what it took for the answer. */
  readonly ends: RegExp;
  /** Default: the name. */
  readonly fault?: string;
  /** As the journal has it. */
  readonly status?: number;
  /** When the answer without a fault is not what the client can read. */
  readonly otherwise?: string;
}

const NO_CHOICES = /^TypeError.*reading '0'/;
const NO_JSON = /^SyntaxError.*is not valid JSON/s;
const NO_FETCH = /^TypeError: fetch failed/;
const TERMINATED = /^TypeError: terminated/;
const UNFINISHED = /^SyntaxError.*JSON at position \d+/;
const NO_TOTAL = /reading 'total_tokens'/;

function refused(status: number): Row {
  return { client: naive.json, ends: NO_CHOICES, status };
}

/** Faults that leave the client waiting have a test of their own. */
type Waiting = 'delay' | 'stall' | 'stall-mid' | 'trickle' | 'slow-headers' | 'hang' | 'never-read' | 'refuse';

const ROWS: Readonly<Record<Exclude<FaultName, Waiting | WebSocketFaultName>, Row>> = {
  status: { ...refused(418), fault: 'status-418' },
  'bad-request': refused(400),
  'prompt-blocked': refused(400),
  unauthorized: refused(401),
  forbidden: refused(403),
  'not-found': refused(404),
  'request-timeout': refused(408),
  conflict: refused(409),
  'too-large': refused(413),
  unprocessable: refused(422),
  'rate-limit': refused(429),
  'rate-limit-date': { client: naive.obedient, ends: /^RangeError: cannot wait for NaN/, status: 429 },
  'rate-limit-ms': refused(429),
  'rate-limit-bare': { client: naive.obedient, ends: /reading 'retry-after'/, status: 429 },
  quota: refused(429),
  'server-error': refused(500),
  'bad-gateway': { client: naive.json, ends: NO_JSON, status: 502 },
  overloaded: refused(503),
  'gateway-timeout': { client: naive.json, ends: NO_JSON, status: 504 },
  'cloudflare-520': { client: naive.json, ends: NO_JSON, status: 520 },
  'overloaded-529': refused(529),
  'html-200': { client: naive.json, ends: NO_JSON, status: 200 },
  empty: { client: naive.json, ends: /^SyntaxError: Unexpected end/, status: 200 },
  'no-content': { client: naive.json, ends: /^SyntaxError: Unexpected end/, status: 204 },
  'json-for-stream': { client: naive.stream, ends: NO_JSON, status: 200 },
  'sse-for-json': { client: naive.json, ends: /^SyntaxError.*"data: \{/, status: 200 },
  'wrong-content-type': { client: naive.sdkJson, ends: NO_CHOICES, status: 200 },
  'no-content-type': { client: naive.sdkJson, ends: NO_CHOICES, status: 200 },
  'huge-headers': { client: naive.json, ends: NO_FETCH },
  'many-headers': { client: naive.json, ends: NO_FETCH },
  'duplicate-headers': {
    client: naive.strictType,
    ends: /unexpected content type: application\/json, application\/json/,
  },
  redirect: { client: naive.json, ends: NO_CHOICES, status: 404 },
  'redirect-loop': { client: naive.json, ends: NO_FETCH, status: 307 },
  'error-200': { client: naive.json, ends: NO_CHOICES, status: 200 },
  'null-body': { client: naive.json, ends: /^TypeError.*of null/, status: 200 },
  'no-choices': { client: naive.json, ends: /^TypeError.*reading 'choices'/, status: 200 },
  'truncated-json': { client: naive.json, ends: UNFINISHED, status: 200 },
  'trailing-garbage': { client: naive.json, ends: /non-whitespace character after JSON/ },
  'bom-json': { client: naive.nodeJson, ends: NO_JSON },
  'early-hints': { client: naive.handmade, ends: /unexpected status 103/, status: 200 },
  cut: { client: naive.stream, ends: TERMINATED, fault: 'cut-after-3' },
  'cut-first': { client: naive.stream, ends: TERMINATED, status: 200 },
  'no-done': { client: naive.blankLines, ends: /ended without \[DONE\]/ },
  'double-done': { client: naive.stream, ends: /"done":2/ },
  'after-done': { client: naive.stream, ends: /\? \?","role":"assistant","finish":null,"done":1/ },
  'error-first': { client: naive.stream, ends: /^TypeError/, status: 200 },
  'error-mid': { client: naive.sdkStream, ends: /The server had an error/, status: 200 },
  'overloaded-mid': { client: naive.sdkStream, ends: /currently overloaded/, status: 200 },
  'plain-error': { client: naive.stream, ends: /^SyntaxError/, status: 200 },
  'malformed-event': { client: naive.stream, ends: /^SyntaxError/ },
  'unknown-event': { client: naive.stream, ends: /^TypeError/ },
  comments: { client: naive.stream, ends: /^SyntaxError/ },
  'event-fields': { client: naive.stream, ends: /^SyntaxError.*retry/s },
  'no-final-blank-line': { client: naive.blankLines, ends: /ended without \[DONE\]/ },
  crlf: { client: naive.stream, ends: /^SyntaxError/ },
  cr: { client: naive.stream, ends: /^SyntaxError/ },
  bom: { client: naive.skipping, ends: /^(?!.*"role")/ },
  'multi-line-data': { client: naive.stream, ends: /^SyntaxError/ },
  'no-space': { client: naive.stream, ends: /^SyntaxError/ },
  'zero-tokens': { client: naive.stream, ends: /"text":""/ },
  'null-content': { client: naive.stream, ends: /"text":"nullMock/ },
  'out-of-order': { client: naive.responses, ends: /"text":" responseMock to/ },
  'duplicate-event': { client: naive.responses, ends: /"text":"MockMock/ },
  'no-role': { client: naive.stream, ends: /^(?!.*"role")/ },
  'no-usage': { client: naive.billing, ends: NO_TOTAL },
  'empty-choices': { client: naive.stream, ends: /reading 'delta'/ },
  'giant-event': { client: naive.reads, ends: /^SyntaxError: Unterminated string/ },
  'no-finish': { client: naive.stream, ends: /"finish":null/ },
  'response-failed': { client: naive.responses, ends: NO_TOTAL },
  'response-incomplete': { client: naive.responses, ends: NO_TOTAL },
  'cut-at-byte': { client: naive.stream, ends: TERMINATED },
  'split-utf8': { client: naive.decodedReads, ends: /"text":"Mock response to: O�+ est/ },
  'invalid-utf8': { client: naive.json, ends: /^"�Mock/ },
  'one-byte': { client: naive.reads, ends: /^SyntaxError/ },
  ragged: { client: naive.reads, ends: /^SyntaxError/ },
  'per-event': { client: naive.firstRead, ends: /"text":"","role":"assistant","finish":null,"done":0/ },
  coalesced: { client: naive.readPerEvent, ends: /after JSON/, otherwise: 'per-event' },
  gzip: { client: naive.nodeStream, ends: /^SyntaxError/ },
  br: { client: naive.nodeJson, ends: /^SyntaxError/ },
  deflate: { client: naive.nodeJson, ends: /^SyntaxError/ },
  'gzip-cut': { client: naive.json, ends: UNFINISHED },
  'gzip-lie': { client: naive.json, ends: TERMINATED },
  'length-long': { client: naive.json, ends: TERMINATED },
  'length-short': { client: naive.json, ends: UNFINISHED },
  'length-conflict': { client: naive.json, ends: NO_FETCH },
  'chunk-extension': { client: naive.handmade, ends: /^SyntaxError/ },
  'chunk-invalid': { client: naive.json, ends: TERMINATED },
  'chunk-trailer': { client: naive.handmade, ends: /socket closed after \d{3,} characters/ },
  'until-close': { client: naive.handmade, ends: /socket closed after \d{3,} characters/ },
  'until-close-cut': { client: naive.json, ends: /^SyntaxError/, status: 200 },
  'bad-status-line': { client: naive.json, ends: NO_FETCH },
  reset: { client: naive.json, ends: /^TypeError: fetch failed: read ECONNRESET/ },
  'reset-mid': { client: naive.stream, ends: TERMINATED },
  'fin-early': { client: naive.json, ends: /^TypeError: fetch failed: other side closed/ },
  'half-close': { client: naive.stream, ends: TERMINATED },
  'close-at-reuse': { client: naive.jsonTwice, ends: NO_FETCH },
  'idle-close': { client: naive.handmadeTwice, ends: /socket closed after 0 characters|ECONNRESET|EPIPE/ },
  'connection-close': { client: naive.handmadeTwice, ends: /socket closed after 0 characters|ECONNRESET|EPIPE/ },
  'not-http': { client: naive.json, ends: NO_FETCH },
};

const servers: MockServer[] = [];
beforeAll(async () => void servers.push(await MockServer.start({ seed: 1 })));
afterAll(async () => void (await Promise.all(servers.map((server) => server.close()))));

/** What became of it, as one line: `Name: message: cause` or JSON. */
async function endOf(outcome: Promise<unknown>): Promise<string> {
  try {
    return JSON.stringify(await outcome);
  } catch (error) {
    const { name, message, cause } = error as Error;
    return `${name}: ${message}${cause instanceof Error ? `: ${cause.message}` : ''}`;
  }
}

const rows = Object.entries(ROWS) as [FaultName, Row][];

test.each(rows)('%s: a naive client fails, and without the fault it does not', async (name, row) => {
  const server = servers[0]!;
  const call = { url: server.url, port: server.port };
  const good = await row.client({ ...call, ...(row.otherwise && { fault: row.otherwise }) });
  const end = await endOf(row.client({ ...call, fault: row.fault ?? name }));
  expect(end).toMatch(row.ends);
  expect(end).not.toBe(JSON.stringify(good));
  // A place that a redirect leads to answers as always; the fault was played by the entry before.
  const entries = server.tenantState.journal.entries().slice(-2);
  expect(entries.map(({ fault }) => fault)).toContain(name);
  if (row.status !== undefined) expect(entries.at(-1)?.status).toBe(row.status);
});

interface WaitingRow {
  readonly client: NaiveClient;
  readonly fault: string;
  /** Milliseconds of the server's clock, a step at a time; absent: for ever. */
  readonly until?: number;
  readonly eventsOut: number;
}

const WAITING: Readonly<Record<Exclude<Waiting, 'refuse'>, WaitingRow>> = {
  delay: { client: naive.json, fault: 'delay;ms=5000', until: 5000, eventsOut: 0 },
  stall: { client: naive.json, fault: 'stall', eventsOut: 0 },
  'stall-mid': { client: naive.stream, fault: 'stall-mid-after-2', eventsOut: 2 },
  trickle: { client: naive.stream, fault: 'trickle-700', until: 700, eventsOut: 0 },
  'slow-headers': { client: naive.json, fault: 'slow-headers', until: 100, eventsOut: 0 },
  hang: { client: naive.json, fault: 'hang', eventsOut: 0 },
  'never-read': { client: naive.json, fault: 'never-read', eventsOut: 0 },
};

test.each(Object.entries(WAITING) as [FaultName, WaitingRow][])(
  '%s: a client without a timeout waits',
  async (name, row) => {
    const clock = new ManualClock();
    const server = await MockServer.start({ seed: 1 }, { clock });
    onTestFinished(() => server.close());
    const leave = new AbortController();
    const call = { url: server.url, port: server.port };
    const good = await row.client(call);
    let settled = false;
    const outcome = endOf(row.client({ ...call, fault: row.fault, signal: leave.signal }));
    void outcome.finally(() => (settled = true));
    await until(() => lastEntry(server)?.fault === name && (row.until === undefined || clock.waiting > 0));
    expect([settled, lastEntry(server)?.eventsOut]).toEqual([false, row.eventsOut]);
    if (row.until !== undefined) {
      await until(() => {
        clock.advance(clock.waiting > 0 ? row.until! : 0);
        return settled;
      });
      expect(await outcome).toBe(JSON.stringify(good));
      return;
    }
    leave.abort();
    expect(await outcome).toMatch(/abort|fetch failed|terminated/i);
  },
);

test('never-read: an upload that the system does not buffer stays with the client', async () => {
  const server = await MockServer.start();
  onTestFinished(() => server.close());
  const socket = connect(server.port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  const length = 64 * 1024 * 1024;
  const head = `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nx-mock-fault: never-read\r\ncontent-length: ${length}\r\n\r\n`;
  socket.write(head);
  socket.write(Buffer.alloc(length));
  await until(() => lastEntry(server)?.fault === 'never-read');
  expect(socket.writableLength).toBeGreaterThan(0);
  expect(lastEntry(server)?.body).toBeUndefined();
});

test('stall and stall-mid with a length go on after it', async () => {
  for (const fault of ['stall;ms=3000', 'stall-mid;after=2;ms=3000']) {
    const clock = new ManualClock();
    const server = await MockServer.start({ seed: 1 }, { clock });
    onTestFinished(() => server.close());
    const call = { url: server.url, port: server.port };
    const good = await naive.stream(call);
    const outcome = naive.stream({ ...call, fault });
    await until(() => clock.waiting > 0);
    clock.advance(2999);
    expect([clock.waiting, lastEntry(server)?.eventsOut]).toEqual([1, fault.includes('after') ? 2 : 0]);
    clock.advance(1);
    expect(await outcome).toEqual(good);
  }
});

test('refuse: the connection ends, new ones are refused for a time, then all is as before', async () => {
  const clock = new ManualClock();
  const server = await MockServer.start({ seed: 1 }, { clock });
  onTestFinished(() => server.close());
  const call = { url: server.url, port: server.port };
  const good = await naive.json(call);
  expect(await endOf(naive.json({ ...call, fault: 'refuse;ms=2000' }))).toMatch(NO_FETCH);
  expect(await endOf(naive.handmade(call))).toMatch(/ECONNREFUSED/);
  clock.advance(2000);
  await until(() => server.listening);
  expect(await naive.json(call)).toBe(good);
});

test('every fault of HTTP has a test here, and there are more than sixty', () => {
  const tested = new Set([...Object.keys(ROWS), ...Object.keys(WAITING), 'refuse']);
  const http = FAULT_CATALOGUE.filter(({ layer }) => layer !== 'websocket');
  expect(http.map(({ name }) => name).filter((name) => !tested.has(name))).toEqual([]);
  expect(FAULT_CATALOGUE.length).toBeGreaterThanOrEqual(60);
});
