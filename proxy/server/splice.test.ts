import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import nock from 'nock';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { closeFrame } from '../wire/websocket-frames.ts';
import { Splice } from './splice.ts';

// What an abort does to a socket matters here.
beforeAll(() => nock.restore());
afterAll(() => nock.activate());

interface Side {
  /** The peer's end of the connection. */
  readonly peer: Socket;
  readonly heard: () => Buffer;
  readonly ended: () => boolean;
}

const MIB = 1024 * 1024;
const GOODBYE = closeFrame(1001, 'the proxy is shutting down');

let server: Server;
let splice: Splice;
/** The proxy's connections to the client and to the endpoint. */
let near: Socket;
let far: Socket;
let client: Side;
let endpoint: Side;

beforeEach(async () => {
  server = createServer({ allowHalfOpen: true });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const [nearSide, clientPeer] = await pair();
  const [farSide, endpointPeer] = await pair();
  near = nearSide;
  far = farSide;
  client = listen(clientPeer);
  endpoint = listen(endpointPeer);
  splice = new Splice(near, far);
});

afterEach(async () => {
  client.peer.destroy();
  endpoint.peer.destroy();
  await splice.closed;
  await new Promise((resolve) => server.close(resolve));
});

/** Two ends of one connection. */
async function pair(): Promise<[Socket, Socket]> {
  const accepted = once(server, 'connection');
  const near = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [peer] = (await accepted) as [Socket];
  return [near, peer];
}

function listen(peer: Socket): Side {
  const pieces: Buffer[] = [];
  let ended = false;
  peer.on('data', (piece: Buffer) => pieces.push(piece));
  peer.on('end', () => (ended = true));
  peer.on('error', () => (ended = true));
  return { peer, heard: () => Buffer.concat(pieces), ended: () => ended };
}

/** A text frame of that many bytes, as a server sends it. */
function frame(bytes: number): Buffer {
  return Buffer.concat([Buffer.from([0x81, bytes]), Buffer.alloc(bytes, 'x')]);
}

/** The payload of a masked close frame. */
function unmasked(bytes: Buffer): Buffer {
  const mask = bytes.subarray(2, 6);
  return Buffer.from(bytes.subarray(6).map((byte, index) => byte ^ mask[index % 4]!));
}

test('bytes go both ways as they are', async () => {
  const noise = Buffer.from(Array.from({ length: 256 }, (_none, index) => index));
  client.peer.write(noise);
  endpoint.peer.write(noise.toReversed());
  await expect.poll(() => endpoint.heard()).toEqual(noise);
  await expect.poll(() => client.heard()).toEqual(Buffer.from(noise.toReversed()));
});

test('between frames both sides get a close frame at once, masked towards the endpoint', async () => {
  endpoint.peer.write(frame(5));
  await expect.poll(() => client.heard()).toEqual(frame(5));
  splice.drain();
  expect(await splice.ended).toBe('drain');
  await expect.poll(() => client.ended() && endpoint.ended()).toBe(true);
  expect(client.heard()).toEqual(Buffer.concat([frame(5), GOODBYE]));
  expect(endpoint.heard()[1]! & 0x80).toBe(0x80);
  expect(unmasked(endpoint.heard())).toEqual(GOODBYE.subarray(2));
});

test('a client that may not go on is seen why; to the endpoint it goes away', async () => {
  splice.refuse('budget_exceeded: used up');
  expect(await splice.ended).toBe('drain');
  await expect.poll(() => client.ended() && endpoint.ended()).toBe(true);
  expect(client.heard()).toEqual(closeFrame(1008, 'budget_exceeded: used up'));
  expect(unmasked(endpoint.heard())).toEqual(closeFrame(1001, 'the client may not go on').subarray(2));
});

test('a watcher that refuses in the middle of a piece is heard at the next end of a frame', async () => {
  const [nearSide, clientPeer] = await pair();
  const [farSide, endpointPeer] = await pair();
  const seen: string[] = [];
  const watched = new Splice(nearSide, farSide, {
    begin: () => undefined,
    payload: (piece) => seen.push(piece.toString()),
    end: () => watched.refuse('enough'),
  });
  const heard = listen(clientPeer);
  endpointPeer.write(Buffer.concat([frame(5), frame(20).subarray(0, 9)]));
  await expect.poll(() => heard.heard()).toHaveLength(16);
  endpointPeer.write(Buffer.concat([frame(20).subarray(9), frame(3)]));
  expect(await watched.ended).toBe('drain');
  await expect.poll(() => heard.ended()).toBe(true);
  expect(heard.heard()).toEqual(Buffer.concat([frame(5), frame(20), closeFrame(1008, 'enough')]));
  expect(seen.join('')).toBe('x'.repeat(25));
  clientPeer.destroy();
  endpointPeer.destroy();
  await watched.closed;
});

test('in the middle of a frame the close frame waits for its end, and nothing follows it', async () => {
  const whole = frame(20);
  endpoint.peer.write(whole.subarray(0, 9));
  await expect.poll(() => client.heard()).toHaveLength(9);
  splice.drain();
  await expect.poll(() => endpoint.heard().length).toBeGreaterThan(0);
  expect(client.heard()).toHaveLength(9);
  endpoint.peer.write(Buffer.concat([whole.subarray(9), frame(3)]));
  expect(await splice.ended).toBe('drain');
  await expect.poll(() => client.ended()).toBe(true);
  expect(client.heard()).toEqual(Buffer.concat([whole, GOODBYE]));
});

test('a frame that never ends does not hold the drain up', async () => {
  endpoint.peer.write(frame(20).subarray(0, 9));
  await expect.poll(() => client.heard()).toHaveLength(9);
  splice.drain();
  expect(await splice.ended).toBe('drain');
  expect(client.heard()).toHaveLength(9);
});

test('no second close frame follows one', async () => {
  endpoint.peer.write(closeFrame(1000, ''));
  await expect.poll(() => client.heard()).toHaveLength(4);
  splice.drain();
  expect(await splice.ended).toBe('drain');
  await expect.poll(() => client.ended()).toBe(true);
  expect(client.heard()).toEqual(closeFrame(1000, ''));
});

test('a client that is gone without a word ends the endpoint’s side, whatever the endpoint does with it', async () => {
  client.peer.end();
  expect(await splice.ended).toBe('client');
  await expect.poll(() => endpoint.peer.destroyed).toBe(true);
});

test('a client that says goodbye is heard to the end', async () => {
  const goodbye = closeFrame(1000, 'done', Buffer.from([1, 2, 3, 4]));
  client.peer.end(goodbye);
  expect(await splice.ended).toBe('client');
  await expect.poll(() => endpoint.ended()).toBe(true);
  expect(endpoint.heard()).toEqual(goodbye);
});

test('what the endpoint said last reaches the client', async () => {
  endpoint.peer.end(frame(100));
  expect(await splice.ended).toBe('endpoint');
  expect(splice.closedByEndpoint).toBe(false);
  await expect.poll(() => client.ended()).toBe(true);
  expect(client.heard()).toEqual(frame(100));
});

test('a side that does not read stops the other, until it reads again', async () => {
  client.peer.pause();
  let sent = 0;
  const pour = (): void => {
    if (far.isPaused() || sent > 64 * MIB) return;
    sent += MIB;
    endpoint.peer.write(Buffer.alloc(MIB));
  };
  await expect
    .poll(() => {
      pour();
      return near.writableNeedDrain && far.isPaused();
    })
    .toBe(true);
  client.peer.resume();
  await expect.poll(() => client.heard().length).toBe(sent);
});
