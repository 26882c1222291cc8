import { expect, onTestFinished, test } from 'vitest';
import { lastEntry, post, rawAnswer, startBed, until, withRealSockets } from '../../../tests/setup/mock-bed.ts';
import { FAULT_KINDS } from '../../rules/fault.ts';
import type { Fault } from '../../rules/fault.ts';
import { parseFaultRule } from '../../rules/fault.ts';
import type { MockServer } from '../server.ts';

withRealSockets();

/** Believes that every answer is a good one. */
async function naiveJson(server: MockServer, signal?: AbortSignal): Promise<string> {
  const response = await post(`${server.url}/v1/chat/completions`, {}, signal);
  const { choices } = (await response.json()) as { choices: { message: { content: string } }[] };
  return choices[0]!.message.content;
}

/** Believes that every stream is a good one. */
async function naiveStream(server: MockServer, signal?: AbortSignal): Promise<string> {
  const response = await post(`${server.url}/v1/chat/completions`, { stream: true }, signal);
  const text = await response.text();
  const lines = text.split('\n\n').filter((line) => line.startsWith('data: {'));
  const deltas = lines.map((line) => JSON.parse(line.slice(6)) as { choices: { delta: { content: string } }[] });
  return deltas.map(({ choices }) => choices[0]!.delta.content).join('');
}

async function faulty(fault: Fault): Promise<MockServer> {
  const server = await startBed();
  onTestFinished(() => server.close());
  server.tenantState.faults.add(parseFaultRule({ fault }));
  return server;
}

test('without a fault the naive clients are right', async () => {
  const server = await startBed();
  onTestFinished(() => server.close());
  expect([await naiveJson(server), await naiveStream(server)]).toEqual(['pong', '01234']);
});

test("status: the naive client finds no choices, and the error is the provider's", async () => {
  const server = await faulty({ kind: 'status', status: 429, headers: { 'Retry-After': '7' } });
  await expect(naiveJson(server)).rejects.toThrow(TypeError);
  const response = await post(`${server.url}/v1/chat/completions`, {});
  expect([response.status, response.headers.get('retry-after')]).toEqual([429, '7']);
  expect(await response.json()).toMatchObject({
    error: { type: 'tokens', code: 'rate_limit_exceeded', param: null },
  });
  expect(lastEntry(server)).toMatchObject({ status: 429, fault: 'status' });
});

test("status: a body of one's own is sent as it is, with its length", async () => {
  const server = await faulty({
    kind: 'status',
    status: 500,
    body: 'Ünavailable',
    headers: { 'content-type': 'text/plain' },
  });
  const response = await post(`${server.url}/v1/chat/completions`, {});
  expect([response.headers.get('content-type'), response.headers.get('content-length')]).toEqual(['text/plain', '12']);
  expect(await response.text()).toBe('Ünavailable');
});

test('delay: a client with less patience fails, one with more is answered', async () => {
  const server = await faulty({ kind: 'delay', ms: 150 });
  await expect(naiveJson(server, AbortSignal.timeout(30))).rejects.toThrow(/timeout/i);
  expect(await naiveJson(server)).toBe('pong');
  const entry = lastEntry(server)!;
  expect(entry.firstByteAt! - entry.at).toBeGreaterThanOrEqual(149);
});

test('hang: no head ever comes, and the journal sees the client give up', async () => {
  const server = await faulty({ kind: 'hang' });
  await expect(naiveJson(server, AbortSignal.timeout(50))).rejects.toThrow(/timeout/i);
  const entry = await until(() => lastEntry(server)?.aborted && lastEntry(server));
  expect(entry).toMatchObject({ bytesOut: 0, fault: 'hang' });
  expect(entry.status).toBeUndefined();
});

test('hang after events: so many come, then silence', async () => {
  const server = await faulty({ kind: 'hang', afterEvents: 2 });
  await expect(naiveStream(server, AbortSignal.timeout(100))).rejects.toThrow(/timeout/i);
  const entry = await until(() => lastEntry(server)?.aborted && lastEntry(server));
  expect(entry).toMatchObject({ status: 200, eventsOut: 2 });
});

test('hang after no event: the head comes, then silence', async () => {
  const server = await faulty({ kind: 'hang', afterEvents: 0 });
  const leave = new AbortController();
  const response = await post(`${server.url}/v1/chat/completions`, { stream: true }, leave.signal);
  expect(response.status).toBe(200);
  leave.abort();
  expect(await until(() => lastEntry(server)?.aborted && lastEntry(server))).toMatchObject({ eventsOut: 0 });
});

test('cut before the head: the naive client has no answer at all', async () => {
  const server = await faulty({ kind: 'cut' });
  await expect(naiveJson(server)).rejects.toThrow('fetch failed');
  expect(await rawAnswer(server.port, {})).toBe('');
  expect(lastEntry(server)).toMatchObject({ aborted: false, bytesOut: 0, fault: 'cut' });
});

test('cut after events: the naive client loses the rest, and the body has no proper end', async () => {
  const server = await faulty({ kind: 'cut', afterEvents: 2 });
  await expect(naiveStream(server)).rejects.toThrow('terminated');
  const raw = await rawAnswer(server.port, { stream: true });
  expect(raw.match(/"content":"\d"/g)).toEqual(['"content":"0"', '"content":"1"']);
  expect(raw.endsWith('\n\n\r\n')).toBe(true);
  expect(lastEntry(server)).toMatchObject({ eventsOut: 2, aborted: false });
});

test('cut after the one event of a JSON answer: all bytes came and still the naive client fails', async () => {
  const server = await faulty({ kind: 'cut', afterEvents: 1 });
  await expect(naiveJson(server)).rejects.toThrow('terminated');
  expect(await rawAnswer(server.port, {})).toContain('pong');
});

test.each([[0], [1], [20], [75]])('cut at byte %i: exactly so many bytes of the body came', async (atByte) => {
  const server = await faulty({ kind: 'cut', atByte });
  await expect(naiveStream(server)).rejects.toThrow('terminated');
  const raw = await rawAnswer(server.port, { stream: true });
  const body = raw.slice(raw.indexOf('\r\n\r\n') + 4);
  const size = atByte === 0 ? '' : `${atByte.toString(16)}\r\n`;
  expect(body).toHaveLength(size.length + atByte + (atByte === 0 ? 0 : 2));
  expect(body.startsWith(size)).toBe(true);
  expect(lastEntry(server)?.bytesOut).toBe(atByte);
});

test('cut beyond the end: the answer is whole', async () => {
  const server = await faulty({ kind: 'cut', atByte: 1_000_000 });
  expect([await naiveJson(server), await naiveStream(server)]).toEqual(['pong', '01234']);
});

test('error-first: the naive client finds no choices in a stream with status 200', async () => {
  const server = await faulty({ kind: 'error-first', error: { message: 'no', code: 'broken' } });
  await expect(naiveStream(server)).rejects.toThrow(TypeError);
  const response = await post(`${server.url}/v1/chat/completions`, { stream: true });
  expect(response.status).toBe(200);
  expect(await response.text()).toBe(
    'data: {"error":{"message":"no","type":"server_error","param":null,"code":"broken"}}\n\ndata: [DONE]\n\n',
  );
});

test('error-first after events: the error comes in the middle', async () => {
  const server = await faulty({ kind: 'error-first', afterEvents: 3 });
  await expect(naiveStream(server)).rejects.toThrow(TypeError);
  const text = await (await post(`${server.url}/v1/chat/completions`, { stream: true })).text();
  const kinds = text.split('\n\n').map((line) => /"(choices|error)"|DONE/.exec(line)?.[0]);
  expect(kinds).toEqual(['"choices"', '"choices"', '"choices"', '"error"', 'DONE', undefined]);
});

test('error-first: a JSON request gets the error as status 500', async () => {
  const server = await faulty({ kind: 'error-first' });
  await expect(naiveJson(server)).rejects.toThrow(TypeError);
  expect(lastEntry(server)?.status).toBe(500);
});

test('empty: status 200, the right head, and nothing to parse', async () => {
  const server = await faulty({ kind: 'empty' });
  await expect(naiveJson(server)).rejects.toThrow(SyntaxError);
  expect(await naiveStream(server)).not.toBe('01234');
  const response = await post(`${server.url}/v1/chat/completions`, { stream: true });
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/event-stream; charset=utf-8']);
  expect(await response.text()).toBe('');
});

test('content-type: the naive client parses a page of HTML', async () => {
  const server = await faulty({ kind: 'content-type' });
  await expect(naiveJson(server)).rejects.toThrow(SyntaxError);
  const response = await post(`${server.url}/v1/chat/completions`, { stream: true });
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
  expect(await response.text()).toContain('502 Bad Gateway');
});

test('a fault is played for requests that fit, so often as it says, and leaves scripted answers alone', async () => {
  const server = await startBed();
  onTestFinished(() => server.close());
  server.tenantState.faults.add(
    parseFaultRule({ match: { stream: false }, times: 2, fault: { kind: 'status', status: 503 } }),
  );
  server.tenantState.answers.add({ matches: () => true, times: 1, value: { scripted: { text: 'scripted' } } });
  await expect(naiveJson(server)).rejects.toThrow(TypeError);
  await expect(naiveJson(server)).rejects.toThrow(TypeError);
  expect([await naiveJson(server), await naiveJson(server)]).toEqual(['scripted', 'pong']);
});

test('every kind of fault has a test here', async () => {
  const { readFile } = await import('node:fs/promises');
  const source = await readFile(new URL(import.meta.url), 'utf8');
  const untested = FAULT_KINDS.filter((kind) => !source.includes(`faulty({ kind: '${kind}'`));
  expect(untested).toEqual([]);
});
