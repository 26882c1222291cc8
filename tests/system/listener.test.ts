import type { IncomingMessage, ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import type { Front } from '../../proxy/server/front.ts';
import { Listener, type ListenerOptions } from '../../proxy/server/listener.ts';

interface Options {
  readonly patience?: ListenerOptions['patience'];
  readonly handle?: (request: IncomingMessage, response: ServerResponse) => void;
  readonly interrupt?: () => void;
}

async function listen({ patience, handle = () => undefined, interrupt = () => undefined }: Options = {}) {
  const front = { handle, interrupt, upgrade: () => undefined, drainTunnels: () => Promise.resolve() };
  return Listener.open(front as unknown as Front, { host: '127.0.0.1', port: 0, ...(patience ? { patience } : {}) });
}

/** A client that never closes its side. */
async function stubborn(port: number, text: string): Promise<{ socket: Socket; heard: () => string }> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  let heard = '';
  socket.on('data', (piece: Buffer) => (heard += piece.toString()));
  socket.on('error', () => undefined);
  await new Promise<void>((resolve) => socket.once('connect', resolve));
  socket.write(text);
  return { socket, heard: () => heard };
}

const soon = { timeout: 15_000, interval: 10 };

test.each([
  ['a head that never ends', 'GET / HTTP/1.1\r\nhost: a\r\nx-', /^HTTP\/1\.1 408 /],
  ['a body that never comes', 'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\n', /^HTTP\/1\.1 408 /],
  ['a malformed request', 'NONSENSE\r\n\r\n', /^HTTP\/1\.1 400 /],
  ['CONNECT', 'CONNECT a:1 HTTP/1.1\r\nhost: a:1\r\n\r\n', /^HTTP\/1\.1 405 /],
])('after the refusal of %s the connection ends, whatever the client does with its side', async (_what, text, said) => {
  const listener = await listen({ patience: { headMs: 50, requestMs: 80, checkMs: 20 } });
  const { socket, heard } = await stubborn(listener.port, text);
  await expect.poll(heard, soon).toMatch(said);
  await expect.poll(() => listener.connections, soon).toBe(0);
  socket.destroy();
  expect(await listener.close(0)).toBe(true);
});

test('closing ends clients that were refused and keep their side open', async () => {
  const listener = await listen();
  const { socket, heard } = await stubborn(listener.port, 'NONSENSE\r\n\r\n');
  await expect.poll(heard, soon).toMatch(/ 400 /);
  await listener.close(0);
  await expect.poll(() => listener.connections, soon).toBe(0);
  socket.destroy();
});

test('an answer that ends in time is waited for, and nothing is interrupted', async () => {
  let finish = (): void => undefined;
  let interrupted = 0;
  const listener = await listen({
    handle: (_request, response) => (finish = () => void response.end('done')),
    interrupt: () => (interrupted += 1),
  });
  const { socket, heard } = await stubborn(listener.port, 'GET / HTTP/1.1\r\nhost: a\r\n\r\n');
  await expect.poll(() => String(finish), soon).toContain('done');
  const closing = listener.close(60_000);
  finish();
  expect([await closing, interrupted]).toEqual([true, 0]);
  await expect.poll(heard, soon).toContain('done');
  socket.destroy();
});

test('what still runs then may say a last word before it is cut', async () => {
  let answer: ServerResponse | undefined;
  const listener = await listen({
    handle: (_request, response) => void (answer = response),
    interrupt: () => answer?.end('last words'),
  });
  const { socket, heard } = await stubborn(listener.port, 'GET / HTTP/1.1\r\nhost: a\r\n\r\n');
  await expect.poll(() => answer !== undefined, soon).toBe(true);
  expect(await listener.close(10)).toBe(false);
  await expect.poll(heard, soon).toContain('last words');
  socket.destroy();
});
