import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import nock from 'nock';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { NodeResponder } from './responder.ts';

beforeAll(() => nock.restore());
afterAll(() => nock.activate());

const BIG = Buffer.alloc(32 * 1024 * 1024, 'x');

/** Serves one client that sends a request and never reads; resolves when its connection has closed. */
async function neverRead(answer: (responder: NodeResponder) => void): Promise<void> {
  const closed = Promise.withResolvers<void>();
  const server = createServer((_request, response: ServerResponse) => {
    response.on('close', () => closed.resolve());
    answer(new NodeResponder(response, 50));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  client.on('error', () => undefined);
  client.pause();
  client.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
  await closed.promise;
  client.destroy();
  await new Promise((resolve) => server.close(resolve));
}

test.each<[string, (responder: NodeResponder) => void]>([
  [
    'a sized answer',
    (responder) => {
      responder.head(200, ['content-length', String(BIG.length)]);
      responder.end(BIG);
    },
  ],
  [
    'a chunked answer',
    (responder) => {
      responder.head(200, []);
      responder.write(BIG);
      responder.end();
    },
  ],
  [
    'an answer that is cut',
    (responder) => {
      responder.head(200, []);
      responder.write(BIG);
      responder.cut();
    },
  ],
])('a client that never takes the rest of %s is not kept for ever', async (_what, answer) => {
  await expect(neverRead(answer)).resolves.toBeUndefined();
});

test('a client that leaves early is told of once; one that got all is not', async () => {
  const left: string[] = [];
  const server = createServer((request, response) => {
    const responder = new NodeResponder(response);
    responder.onLeave(() => left.push(request.url ?? ''));
    responder.head(200, []);
    responder.write(Buffer.from('some'));
    if (request.url === '/whole') responder.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const { port } = server.address() as AddressInfo;
  for (const path of ['/whole', '/half']) {
    const client = connect(port, '127.0.0.1');
    client.write(`GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`);
    await new Promise((resolve) => client.once('data', resolve));
    client.destroy();
    await new Promise((resolve) => client.once('close', resolve));
  }
  await expect.poll(() => left).toEqual(['/half']);
  await new Promise((resolve) => server.close(resolve));
  expect(left).toEqual(['/half']);
});
