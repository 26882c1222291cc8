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
import type { Operation } from '../dialects/reply.ts';
import { MockServer } from './server.ts';

withRealSockets();

const broken: Operation = {
  id: 'broken',
  method: 'POST',
  path: '/v1/broken',
  handle: () => {
    throw new Error('out of ink');
  },
};

test('a port that is taken is an error', async () => {
  const server = await startBed();
  onTestFinished(() => server.close());
  await expect(MockServer.start({ port: server.port })).rejects.toThrow('EADDRINUSE');
});

test('a closed server can be closed again and its port taken anew', async () => {
  const server = await startBed();
  await server.close();
  await server.close();
  const again = await startBed({ port: server.port });
  onTestFinished(() => again.close());
  expect((await post(`${again.url}/v1/chat/completions`, {})).status).toBe(200);
});

test('closing cuts answers under way and leaves no connection behind', async () => {
  const server = await startBed({ pace: { firstEventMs: 60_000 } });
  const response = await post(`${server.url}/v1/chat/completions`, { stream: true });
  await server.close();
  await expect(response.text()).rejects.toThrow('terminated');
});

test('unknown routes have the texts of the provider, inside and outside /v1', async () => {
  const server = await startBed();
  onTestFinished(() => server.close());
  const inside = await post(`${server.url}/v1/foo?x=1`, {});
  const outside = await post(`${server.url}/foo`, {});
  expect([inside.status, outside.status]).toEqual([404, 404]);
  expect(await inside.json()).toMatchObject({ error: { message: 'Invalid URL (POST /v1/foo)', code: null } });
  expect(await outside.json()).toMatchObject({ error: { code: 'unknown_url' } });
  expect(lastEntry(server)).toMatchObject({ path: '/foo', status: 404 });
});

test('a fault of the mock itself is reported and answered with 500', async () => {
  const reports: unknown[] = [];
  const server = await startBed({}, { operations: [broken], report: (error) => reports.push(error) });
  onTestFinished(() => server.close());
  const response = await post(`${server.url}/v1/broken`, {});
  expect(response.status).toBe(500);
  expect(await response.json()).toMatchObject({ error: { message: 'The mock failed while answering: out of ink' } });
  expect(String(reports)).toContain('out of ink');
});

test('a fault of the mock in the middle of a paced stream is reported and cuts that stream alone', async () => {
  const reports: unknown[] = [];
  const clock = new ManualClock();
  const dying: Operation = {
    ...broken,
    handle: () => ({
      kind: 'stream',
      status: 200,
      headers: [],
      events: (function* dies() {
        yield { bytes: 'data: 1\n\n', tokens: 1, kind: 'open' } as const;
        yield { bytes: 'data: 2\n\n', tokens: 1, kind: 'content' } as const;
        throw new Error('out of ink');
      })(),
    }),
  };
  const parts = { operations: [dying], clock, report: (error: unknown) => reports.push(error) };
  const server = await startBed({ pace: { firstEventMs: 10 } }, parts);
  onTestFinished(() => server.close());
  const response = await post(`${server.url}/v1/broken`, {});
  clock.advance(10);
  await expect(response.text()).rejects.toThrow('terminated');
  expect(String(reports)).toContain('out of ink');
  expect(lastEntry(server)).toMatchObject({ aborted: false });
  expect((await post(`${server.url}/v1/other`, {})).status).toBe(404);
});

test('a body that is too large is refused and not kept', async () => {
  const server = await startBed();
  onTestFinished(() => server.close());
  const response = await post(`${server.url}/v1/chat/completions`, 'x'.repeat(65 * 1024 * 1024));
  expect(response.status).toBe(413);
  expect(lastEntry(server)?.body).toBeUndefined();
});

test('the request id in the journal is the one that the client saw', async () => {
  const server = await startBed();
  onTestFinished(() => server.close());
  const response = await post(`${server.url}/v1/chat/completions`, {});
  expect(lastEntry(server)?.requestId).toBe(response.headers.get('x-request-id'));
});

test('requests that come in one packet are answered in their order', async () => {
  const server = await startBed();
  onTestFinished(() => server.close());
  const socket = connect(server.port, '127.0.0.1');
  const one = 'GET /v1/a HTTP/1.1\r\nhost: x\r\n\r\n';
  let received = '';
  socket.on('data', (chunk: Buffer) => (received += chunk.toString()));
  socket.write(one + one.replace('/a', '/b'));
  await until(() => received.includes('/v1/b'));
  expect(received.indexOf('/v1/a')).toBeLessThan(received.indexOf('/v1/b'));
  socket.destroy();
});

test('nothing about the request is lost on the way to the dialect', async () => {
  const seen: unknown[] = [];
  const probe: Operation = {
    id: 'probe',
    method: 'POST',
    path: '/v1/probe/{id}',
    handle: ({ params, query, headers, body, rawBody }, { now, organization }) => {
      seen.push(
        params,
        query.get('q'),
        headers['x-a'],
        body,
        rawBody.toString(),
        Number.isInteger(now()),
        organization,
      );
      return { kind: 'json', status: 200, headers: [], body: '{}', tokens: 0 };
    },
  };
  const server = await startBed({}, { operations: [probe, countingChat()] });
  onTestFinished(() => server.close());
  const init = { method: 'POST', headers: { 'X-A': 'b' }, body: '{"a": 1, "test_delay_ms": 1}' };
  expect((await fetch(`${server.url}/v1/probe/p%20q?q=r`, init)).status).toBe(200);
  expect(seen).toEqual([{ id: 'p q' }, 'r', 'b', { a: 1 }, '{"a": 1, "test_delay_ms": 1}', true, 'org-mock']);
  expect(await rawAnswer(server.port, {})).toContain('pong');
});
