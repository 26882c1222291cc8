import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import express from 'express';
import { afterEach, expect, test } from 'vitest';
import type { Json } from '../../core/json.ts';
import { errorExit } from '../error-exit.ts';
import { adminBench } from '../admin.fixture.ts';
import { EventStreams, type EventStreamOptions } from './event-stream.ts';

const open: { server: Server; sockets: Socket[] }[] = [];

afterEach(() => {
  for (const { server, sockets } of open.splice(0)) {
    for (const socket of sockets) socket.destroy();
    server.close();
  }
});

/** A server whose every path is an event stream. */
async function streaming(next: EventStreamOptions['next'], allows: () => boolean = () => true) {
  const ending = new AbortController();
  const streams = new EventStreams({ ending: ending.signal, allows });
  const application = express();
  const ended: unknown[] = [];
  application.get('/', (request, response, onward) => {
    response.once('close', () => ended.push('closed'));
    streams.serve(request, response, { everyMs: 5, next }).catch((error: unknown) => {
      ended.push(error);
      onward(error);
    });
  });
  const { deps } = adminBench();
  application.use(errorExit(deps));
  const server = createServer(application).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const opened = { server, sockets: [] as Socket[] };
  open.push(opened);
  const { port } = server.address() as AddressInfo;
  const page = (method = 'GET') => {
    const socket = connect(port, '127.0.0.1');
    opened.sockets.push(socket);
    let text = '';
    socket.setEncoding('utf8').on('data', (piece: string) => (text += piece));
    socket.on('error', () => undefined);
    socket.write(`${method} / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n`);
    return { socket, text: () => text };
  };
  return { page, ending, ended };
}

test('news are sent as they come, each once; without any a comment keeps the connection', async () => {
  const news: (Json | undefined)[] = [{ a: 1 }, undefined, { a: 2 }];
  const { page } = await streaming(() => news.shift());
  const one = page();
  await expect.poll(one.text).toContain(': quiet');
  expect(one.text()).toMatch(/content-type: text\/event-stream/i);
  expect(one.text().match(/data: .*/g)).toEqual(['data: {"a":1}', 'data: {"a":2}']);
});

test('32 pages may listen; one more is refused, and has a place when another leaves', async () => {
  const { page } = await streaming(() => 1);
  const pages = Array.from({ length: 32 }, () => page());
  await expect.poll(() => pages.filter(({ text }) => text().includes('data: 1')).length).toBe(32);
  const refused = page();
  await expect.poll(refused.text).toContain('too_many_streams');
  expect(refused.text()).toContain('HTTP/1.1 429');
  pages[0]!.socket.destroy();
  await expect
    .poll(() => {
      const next = page();
      return once(next.socket, 'data').then(([head]) => String(head).split('\r\n')[0]);
    })
    .toBe('HTTP/1.1 200 OK');
});

test('a page that does not read is asked for nothing more, and holds up no end', async () => {
  let asked = 0;
  const much = 'x'.repeat(1_000_000);
  const { page, ending, ended } = await streaming(() => {
    asked += 1;
    return much;
  });
  const { socket } = page();
  await expect.poll(() => asked).toBeGreaterThan(0);
  socket.pause();
  let before = -1;
  await expect
    .poll(
      () => {
        const isStill = asked === before;
        before = asked;
        return isStill;
      },
      { interval: 100 },
    )
    .toBe(true);
  expect(asked).toBeLessThan(50);
  ending.abort();
  await expect.poll(() => ended).toEqual(['closed']);
});

test('the end of the proxy ends streams at once, and new ones begin none', async () => {
  const { page, ending, ended } = await streaming(() => undefined);
  const one = page();
  await expect.poll(one.text).toContain('200 OK');
  ending.abort();
  await once(one.socket, 'end');
  expect(ended).toEqual(['closed']);
  const late = page();
  await once(late.socket, 'end');
  expect(late.text()).toContain('200 OK');
});

test('a stream ends with the right to listen', async () => {
  const right = { held: true };
  const { page, ended } = await streaming(
    () => undefined,
    () => right.held,
  );
  const one = page();
  await expect.poll(one.text).toContain(': quiet');
  right.held = false;
  await once(one.socket, 'end');
  expect(ended).toEqual(['closed']);
});

test('HEAD has no stream', async () => {
  const { page } = await streaming(() => 1);
  const one = page('HEAD');
  await once(one.socket, 'end');
  expect(one.text()).not.toContain('data');
});

test('a look for news that fails breaks the stream off, and gives its place back', async () => {
  const failing = { still: true };
  const { page, ended } = await streaming(() => {
    if (failing.still) throw new Error('no news');
    return 1;
  });
  for (let turn = 0; turn < 40; turn += 1) await once(page().socket, 'close');
  expect(ended.filter((one) => one instanceof Error)).toHaveLength(40);
  failing.still = false;
  const one = page();
  await expect.poll(one.text).toContain('data: 1');
});
