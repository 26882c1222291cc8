import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { systemClock } from '../core/clock.ts';
import { UpstreamClient } from '../upstream/client.ts';
import { fetchList } from './fetch-list.ts';

const MIB = 1024 * 1024;

let server: Server;
let paths: string[];
let answer: RequestListener;
let upstream: UpstreamClient;

beforeEach(async () => {
  paths = [];
  server = createServer((request, response) => {
    paths.push(request.url ?? '');
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  upstream = new UpstreamClient();
});
afterEach(async () => {
  await upstream.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const address = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

function fetched(path = '/prices.json?v=1'): Promise<Buffer> {
  return fetchList(`${address()}${path}`, { clock: systemClock, upstream }, new AbortController().signal);
}

test('the body of a good answer is read, compressed or not', async () => {
  answer = (_request, response) => response.end('{"a":1}');
  expect((await fetched()).toString()).toBe('{"a":1}');
  answer = (_request, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('{"b":1}'));
  expect((await fetched('/')).toString()).toBe('{"b":1}');
  expect(paths).toEqual(['/prices.json?v=1', '/']);
});

test.each([301, 302, 303, 307, 308])('a redirect (%i) is not followed', async (status) => {
  answer = (_request, response) => response.writeHead(status, { location: `${address()}/elsewhere` }).end();
  await expect(fetched('/')).rejects.toThrow(`the address answers with a redirect (status ${status})`);
  expect(paths).toEqual(['/']);
});

test.each([204, 404, 500])('status %i is a fault', async (status) => {
  answer = (_request, response) => response.writeHead(status).end();
  await expect(fetched()).rejects.toThrow(`the address answers with status ${status}`);
});

test('8 MiB are read and no byte more', async () => {
  answer = (_request, response) => response.end(Buffer.alloc(8 * MIB, ' '));
  expect(await fetched()).toHaveLength(8 * MIB);
  answer = (_request, response) => response.end(Buffer.alloc(8 * MIB + 1, ' '));
  await expect(fetched()).rejects.toThrow('the answer is larger than 8388608 bytes');
  answer = (_request, response) =>
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(9 * MIB)));
  await expect(fetched()).rejects.toThrow('the answer is larger than 8388608 bytes');
});

test('an answer that breaks off is a fault', async () => {
  answer = (_request, response) => {
    response.writeHead(200, { 'content-length': '100' }).write('{"a":');
    setImmediate(() => response.destroy());
  };
  await expect(fetched()).rejects.toThrow(/^the address cannot be read: /);
});

test('a signal ends it', async () => {
  const controller = new AbortController();
  answer = () => controller.abort();
  const result = fetchList(address(), { clock: systemClock, upstream }, controller.signal);
  await expect(result).rejects.toThrow('fetching was ended');
});
