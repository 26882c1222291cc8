import { connect } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import {
  ManualClock,
  countingChat,
  lastEntry,
  post,
  rawAnswer,
  startBed,
  until,
  withRealSockets,
} from '../../tests/setup/mock-bed.ts';
import type { MockServer } from './server.ts';
import type { ServerOptions, ServerParts } from './options/options.ts';

withRealSockets();

async function bed(options: ServerOptions = {}, parts: ServerParts = {}): Promise<{ server: MockServer; url: string }> {
  const server = await startBed(options, parts);
  onTestFinished(() => server.close());
  return { server, url: `${server.url}/v1/chat/completions` };
}

async function nextText(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<string> {
  const { value } = await reader.read();
  return Buffer.from(value ?? []).toString();
}

test('an unpaced stream goes out whole and the journal counts its events and bytes', async () => {
  const { server, url } = await bed();
  const text = await (await post(url, { stream: true, count: 3 })).text();
  expect(text.match(/"content":"\d"/g)).toEqual(['"content":"0"', '"content":"1"', '"content":"2"']);
  expect(text.endsWith('data: [DONE]\n\n')).toBe(true);
  const entry = await until(() => lastEntry(server)?.endedAt !== undefined && lastEntry(server));
  expect(entry).toMatchObject({ status: 200, eventsOut: 4, bytesOut: Buffer.byteLength(text), aborted: false });
});

test('a stream larger than any buffer arrives whole', async () => {
  const { url } = await bed();
  const text = await (await post(url, { stream: true, count: 2000, padding: 4000 })).text();
  expect(text.split('\n\n')).toHaveLength(2002);
  expect(text.endsWith('data: [DONE]\n\n')).toBe(true);
});

test('what is not read is not generated: a stream of 50 MB stops early and goes on when it is read', async () => {
  let pulled = 0;
  const { server } = await bed({}, { operations: [countingChat((bytes) => (pulled += bytes))] });
  const body = JSON.stringify({ stream: true, count: 50_000, padding: 1000 });
  const socket = connect(server.port, '127.0.0.1');
  socket.pause();
  socket.write(
    `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  );
  let before = -1;
  await until(() => pulled > 0);
  // The kernel takes a few megabytes; afterwards turn after turn brings nothing more.
  for (let quiet = 0; quiet < 200; quiet = pulled === before ? quiet + 1 : 0) {
    before = pulled;
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(pulled).toBeLessThan(20_000_000);
  expect(pulled - (lastEntry(server)?.bytesOut ?? 0)).toBeLessThan(200_000);
  let read = 0;
  socket.on('data', (chunk: Buffer) => (read += chunk.length));
  socket.resume();
  await new Promise((resolve) => socket.once('close', resolve));
  expect(pulled).toBeGreaterThan(50_000_000);
  expect(read).toBeGreaterThan(pulled);
});

test('a paced stream sends head and opening event at once and each event when it is due', async () => {
  const clock = new ManualClock();
  const { server, url } = await bed({ pace: { firstEventMs: 100, tokensPerSecond: 10 } }, { clock });
  const response = await post(url, { stream: true, count: 3 });
  const reader = response.body!.getReader();
  expect(await nextText(reader)).toContain('"content":"0"');
  clock.advance(99);
  expect(lastEntry(server)?.eventsOut).toBe(1);
  clock.advance(1);
  expect(await nextText(reader)).toContain('"content":"1"');
  clock.advance(99);
  expect(lastEntry(server)?.eventsOut).toBe(2);
  clock.advance(1);
  expect(await nextText(reader)).toContain('"content":"2"');
  clock.advance(100);
  expect(await nextText(reader)).toBe('data: [DONE]\n\n');
  expect((await reader.read()).done).toBe(true);
});

test('the head of an answer that is not streamed waits until all its tokens are generated', async () => {
  const clock = new ManualClock();
  const { server, url } = await bed({ pace: { firstEventMs: 100, tokensPerSecond: 10 } }, { clock });
  const answer = post(url, { count: 5 });
  await until(() => clock.waiting > 0);
  clock.advance(599);
  expect(lastEntry(server)?.status).toBeUndefined();
  clock.advance(1);
  expect((await answer).status).toBe(200);
  expect(lastEntry(server)!.firstByteAt! - lastEntry(server)!.at).toBe(600);
});

test('test_delay_ms in the body is the first-event delay of that request alone', async () => {
  const clock = new ManualClock();
  const { server, url } = await bed({}, { clock });
  const answer = post(url, { test_delay_ms: 250 });
  await until(() => clock.waiting > 0);
  clock.advance(250);
  expect((await answer).status).toBe(200);
  expect((await post(url, {})).status).toBe(200);
  const delays = server.tenantState.journal.entries().map(({ at, firstByteAt }) => firstByteAt! - at);
  expect(delays).toEqual([250, 0]);
});

test('errors do not wait for the pace', async () => {
  const clock = new ManualClock();
  const { server } = await bed({ pace: { firstEventMs: 1000 } }, { clock });
  expect((await post(`${server.url}/v1/nothing`, {})).status).toBe(404);
});

test('a client that leaves is noticed at once and nothing more is generated', async () => {
  let pulled = 0;
  const clock = new ManualClock();
  const operations = [countingChat(() => (pulled += 1))];
  const { server, url } = await bed({ pace: { tokensPerSecond: 1 } }, { clock, operations });
  const leave = new AbortController();
  const response = await post(url, { stream: true, count: 100 }, leave.signal);
  await response.body!.getReader().read();
  const before = pulled;
  clock.advance(7);
  leave.abort();
  const entry = await until(() => lastEntry(server)?.aborted && lastEntry(server));
  expect(entry).toMatchObject({ aborted: true, abortedAt: clock.now(), endedAt: clock.now() });
  expect(clock.waiting).toBe(0);
  clock.advance(60_000);
  expect(pulled).toBe(before);
});

test('a client that leaves before its body is complete is noted as well', async () => {
  const { server } = await bed();
  const socket = connect(server.port, '127.0.0.1');
  socket.write('POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{');
  await until(() => lastEntry(server));
  socket.destroy();
  const entry = await until(() => lastEntry(server)?.aborted && lastEntry(server));
  expect(entry.status).toBeUndefined();
});

test('a client that stops reading and leaves is noted as aborted', async () => {
  const { server } = await bed();
  const body = JSON.stringify({ stream: true, count: 50_000, padding: 1000 });
  const socket = connect(server.port, '127.0.0.1');
  socket.pause();
  socket.write(`POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
  await until(() => (lastEntry(server)?.bytesOut ?? 0) > 0);
  socket.destroy();
  const entry = await until(() => lastEntry(server)?.aborted && lastEntry(server));
  expect(entry.eventsOut).toBeLessThan(50_001);
});

test('a JSON answer is one chunk under its own head', async () => {
  const { server } = await bed();
  const raw = await rawAnswer(server.port, { count: 1 });
  expect(raw).toMatch(/^HTTP\/1\.1 200 OK\r\ncontent-type: application\/json\r\nx-request-id: req_[0-9a-f]{32}\r\n/);
  expect(raw.endsWith('\r\n0\r\n\r\n')).toBe(true);
  expect(raw.split('\r\n\r\n')).toHaveLength(3);
});

/** Everything that comes for requests which are sent at once on one connection; the last one closes it. */
async function conversation(port: number, ...requests: string[]): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  socket.on('data', (data: Buffer) => (text += data.toString('latin1')));
  socket.write(requests.join(''));
  await new Promise((resolve) => socket.once('close', resolve));
  return text;
}

const asked = (body: string, more = '', version = '1.1'): string =>
  `POST /v1/chat/completions HTTP/${version}\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n${more}\r\n${body}`;

test('an answer in characters of several bytes is framed by its bytes, and the next one follows on the connection', async () => {
  const { server } = await bed();
  server.tenantState.answers.add({ matches: () => true, times: 1, value: { scripted: { text: 'Grüße 👩‍🚀' } } });
  const raw = await conversation(server.port, asked('{}'), asked('{}', 'connection: close\r\n'));
  const [first = '', second = ''] = raw.split(/(?<=\r\n0\r\n\r\n)/);
  const [, length, body] = /\r\n\r\n(\w+)\r\n([^]*)\r\n0\r\n\r\n$/.exec(first) ?? [];
  expect(Number.parseInt(length ?? '', 16)).toBe(body?.length);
  expect(Buffer.from(body ?? '', 'latin1').toString()).toContain('Grüße 👩‍🚀');
  expect(second).toMatch(/"pong"[^]*\r\n0\r\n\r\n$/);
});

test('a client of HTTP/1.0 gets no chunks', async () => {
  const { server } = await bed();
  const raw = await conversation(server.port, asked('{}', '', '1.0'));
  expect(raw).toMatch(/\r\n\r\n\{\n[^]*"pong"[^]*\}$/);
  expect(raw.toLowerCase()).not.toContain('transfer-encoding');
});
