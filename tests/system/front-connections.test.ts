import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { ReceivedBody } from '../../proxy/server/fast/body.ts';
import type { Admitted, Front } from '../../proxy/server/front.ts';
import { Listener, type ListenerOptions } from '../../proxy/server/listener.ts';
import type { BodySource, Responder } from '../../proxy/wire/http.ts';
import { EchoFront, masked } from './both-fronts.ts';
import { plainRequest } from './edge-inputs.ts';

/** A front that leaves each plain request to the test. */
class HeldFront extends EchoFront {
  readonly held: Responder[] = [];
  interrupted = 0;

  override run(_admitted: Admitted, source: BodySource, responder: Responder): void {
    this.taken += 1;
    expect(source).toBeInstanceOf(ReceivedBody);
    this.held.push(responder);
  }

  override interrupt(): void {
    this.interrupted += 1;
    for (const responder of this.held) if (!responder.closed) answer(responder, 'interrupted');
  }
}

function answer(responder: Responder, text = 'done'): void {
  responder.head(200, ['content-length', String(text.length)]);
  responder.end(Buffer.from(text));
}

interface Held extends AsyncDisposable {
  readonly front: HeldFront;
  readonly listener: Listener;
  client(text?: string): Promise<Client>;
}

interface Client {
  readonly socket: Socket;
  readonly heard: () => string;
}

const soon = { timeout: 15_000, interval: 10 };

async function open(patience?: ListenerOptions['patience']): Promise<Held> {
  const front = new HeldFront();
  const options = { host: '127.0.0.1', port: 0, kind: 'fast' as const, ...(patience && { patience }) };
  const listener = await Listener.open(front as unknown as Front, options);
  return {
    front,
    listener,
    client: async (text) => {
      const socket = connect({ port: listener.port, host: '127.0.0.1' });
      let heard = '';
      socket.on('data', (piece: Buffer) => (heard += piece.toString('latin1')));
      socket.on('error', () => undefined);
      await once(socket, 'connect');
      if (text !== undefined) socket.write(text);
      return { socket, heard: () => masked(heard) };
    },
    [Symbol.asyncDispose]: async () => void (await listener.close(0)),
  };
}

test('a client that leaves is noticed while it is answered, once, and no longer counted', async () => {
  await using held = await open();
  const { socket } = await held.client(plainRequest());
  await expect.poll(() => held.front.held.length, soon).toBe(1);
  let left = 0;
  held.front.held[0]?.onLeave(() => (left += 1));
  socket.destroy();
  await expect.poll(() => left, soon).toBe(1);
  expect(held.front.held[0]?.closed).toBe(true);
  await expect.poll(() => held.listener.connections, soon).toBe(0);
  expect(await held.listener.close(60_000)).toBe(true);
  expect(left).toBe(1);
});

test('a client that closes its side alone is taken for one that leaves, as by node:http', async () => {
  await using held = await open();
  const { socket } = await held.client(plainRequest());
  await expect.poll(() => held.front.held.length, soon).toBe(1);
  let left = 0;
  held.front.held[0]?.onLeave(() => (left += 1));
  socket.end();
  await expect.poll(() => left, soon).toBe(1);
});

test('what comes while a request is answered waits, and is answered then', async () => {
  await using held = await open();
  const { socket, heard } = await held.client(plainRequest());
  await expect.poll(() => held.front.held.length, soon).toBe(1);
  socket.write(plainRequest());
  // The first request is answered only now; until then the second one must not reach the front.
  answer(held.front.held[0] as Responder, 'first');
  await expect.poll(() => held.front.held.length, soon).toBe(2);
  expect(heard()).toMatch(/first$/);
  answer(held.front.held[1] as Responder, 'second');
  await expect.poll(heard, soon).toMatch(/second$/);
});

test('more than 64 KiB that come early are not read until the answer is given, and none of it is lost', async () => {
  await using held = await open();
  const { socket, heard } = await held.client(plainRequest());
  await expect.poll(() => held.front.held.length, soon).toBe(1);
  const next = plainRequest('x-answer: close\r\n', 'x'.repeat(20_000_000));
  socket.write(next);
  await expect.poll(() => socket.writableLength, soon).toBeGreaterThan(0);
  answer(held.front.held[0] as Responder, 'first');
  // It is too large for this front; `node:http` refuses it by its own bound.
  await expect.poll(heard, soon).toContain('exceeds the limit');
  expect(heard()).toContain('first');
});

test.each([
  ['a head that does not end', 'POST /v1/chat/completions HTTP/1.1\r\nhost: a\r\nx-', 408],
  ['a body that does not come', plainRequest().slice(0, -3), 408],
  ['a connection that says nothing', '', 408],
])('%s is ended by the bounds of node:http', { timeout: 30_000 }, async (_what, text, status) => {
  await using held = await open({ headMs: 50, requestMs: 80, checkMs: 20 });
  const { heard } = await held.client(text);
  await expect.poll(heard, soon).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  await expect.poll(() => held.listener.connections, soon).toBe(0);
  expect(held.front.taken).toBe(0);
});

test('a stop waits for an answer that runs, and then ends the connection', async () => {
  await using held = await open();
  const { socket, heard } = await held.client(plainRequest());
  await expect.poll(() => held.front.held.length, soon).toBe(1);
  const closing = held.listener.close(60_000);
  answer(held.front.held[0] as Responder);
  expect(await closing).toBe(true);
  await expect.poll(heard, soon).toMatch(/done$/);
  await expect.poll(() => socket.destroyed, soon).toBe(true);
  expect(held.front.interrupted).toBe(0);
});

test('a stop interrupts what still runs when its time is up', async () => {
  await using held = await open();
  const { heard } = await held.client(plainRequest());
  await expect.poll(() => held.front.held.length, soon).toBe(1);
  expect(await held.listener.close(10)).toBe(false);
  await expect.poll(heard, soon).toMatch(/interrupted$/);
});

test('a client that reads slowly is waited for', async () => {
  await using held = await open();
  const { socket } = await held.client(plainRequest());
  await expect.poll(() => held.front.held.length, soon).toBe(1);
  socket.pause();
  const responder = held.front.held[0] as Responder;
  responder.head(200, ['content-type', 'text/event-stream']);
  let drained = 0;
  responder.onDrain(() => (drained += 1));
  let accepted = 0;
  const piece = Buffer.alloc(60_000, 'x');
  while (responder.write(piece) && accepted < 1_000) {
    accepted += 1;
    await new Promise(setImmediate);
  }
  expect(accepted).toBeLessThan(1_000);
  expect(drained).toBe(0);
  let bytes = 0;
  socket.removeAllListeners('data').on('data', (data: Buffer) => (bytes += data.length));
  socket.resume();
  await expect.poll(() => drained, soon).toBeGreaterThan(0);
  responder.end();
  await expect.poll(() => bytes, soon).toBeGreaterThan((accepted + 1) * piece.length);
});
