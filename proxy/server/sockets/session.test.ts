import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import type { Responder } from '../../wire/http.ts';
import { ResponseSession } from './session.ts';

interface Started {
  readonly frame: string;
  readonly responder: Responder;
  readonly finish: () => void;
}

interface Bench {
  readonly session: ResponseSession;
  readonly client: WebSocket;
  readonly heard: Record<string, unknown>[];
  readonly started: Started[];
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
}

/** A session on a real socket whose requests end when the test says so. */
async function bench(lifeMs?: number): Promise<Bench> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  onTestFinished(() => server.close());
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  onTestFinished(() => client.terminate());
  const heard: Record<string, unknown>[] = [];
  client.on('message', (data: Buffer) => heard.push(JSON.parse(data.toString()) as Record<string, unknown>));
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    client.on('close', (code, reason) => resolve({ code, reason: reason.toString() }));
  });
  const [accepted] = (await once(server, 'connection')) as [WebSocket];
  const started: Started[] = [];
  const start = (frame: Buffer, responder: Responder): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    started.push({ frame: frame.toString(), responder, finish: resolve });
    return promise;
  };
  const session = new ResponseSession(accepted, start, ...(lifeMs === undefined ? [] : [lifeMs]));
  if (client.readyState !== client.OPEN) await once(client, 'open');
  return { session, client, heard, started, closed };
}

const create = (more: object = {}): string => JSON.stringify({ type: 'response.create', model: 'm', ...more });

test('requests of one lane wait for one another, those of others do not', async () => {
  const { client, started } = await bench();
  for (const id of ['a', 'a', 'b', undefined]) client.send(create({ stream_id: id }));
  await expect.poll(() => started.length).toBe(3);
  expect(started.map(({ frame }) => (JSON.parse(frame) as { stream_id?: string }).stream_id)).toEqual([
    'a',
    'b',
    undefined,
  ]);
  started[0]!.finish();
  await expect.poll(() => started.length).toBe(4);
});

test('lanes are bounded', async () => {
  const { client, started, heard } = await bench();
  for (let lane = 0; lane < 33; lane += 1) client.send(create({ stream_id: `lane-${lane}` }));
  await expect
    .poll(() => heard)
    .toMatchObject([{ type: 'error', stream_id: 'lane-32', error: { code: 'websocket_stream_limit_reached' } }]);
  expect(started).toHaveLength(32);
});

test('beyond so many waiting requests the client is not read until some have ended', async () => {
  const { client, started } = await bench();
  for (let count = 0; count < 60; count += 1) client.send(create());
  await expect.poll(() => started.length).toBe(1);
  for (let count = 0; count < 60; count += 1) {
    await expect.poll(() => started.length).toBe(count + 1);
    started[count]!.finish();
  }
  expect(started).toHaveLength(60);
});

test('a socket ends after its life, once what runs is complete, and takes nothing more meanwhile', async () => {
  const { client, started, heard, closed } = await bench(30);
  client.send(create());
  client.send(create());
  await expect.poll(() => started.length).toBe(1);
  await expect
    .poll(() => {
      // Those that come before the end of its life are answered.
      for (const { finish } of started.slice(1)) finish();
      client.send(create({ stream_id: 'late' }));
      return heard.at(-1);
    })
    .toMatchObject({ error: { code: 'websocket_connection_limit_reached' }, stream_id: 'late' });
  for (const { finish } of started) finish();
  expect((await closed).code).toBe(1001);
  expect(started.filter(({ frame }) => !frame.includes('late'))).toHaveLength(1);
  expect(heard.at(-1)).toMatchObject({
    type: 'error',
    status: 400,
    error: { code: 'websocket_connection_limit_reached' },
  });
});

test('an interrupted session tells what runs, and its client leaves every request', async () => {
  const { session, client, started, heard, closed } = await bench();
  let left = 0;
  client.send(create({ stream_id: 'a' }));
  await expect.poll(() => started.length).toBe(1);
  started[0]!.responder.onLeave(() => (left += 1));
  expect(session.isBusy).toBe(true);
  session.interrupt();
  expect((await closed).code).toBe(1001);
  expect(heard).toMatchObject([{ status: 503, stream_id: 'a', error: { code: 'shutting_down' } }]);
  await session.closed;
  expect(left).toBe(1);
});
