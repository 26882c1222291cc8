import { createServer, type TLSSocket } from 'node:tls';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { selfSigned } from '../../mocks/server/tls/certificate.ts';

const PREFACE = 24;
const HEAD = 9;
export const DATA = 0;
export const HEADERS = 1;
export const RST_STREAM = 3;
const SETTINGS = 4;
export const GOAWAY = 7;
export const END_STREAM = 1;
const END_HEADERS = 4;
const ACK = 1;
const MAX_CONCURRENT_STREAMS = 3;

export const TLS = selfSigned(['localhost', '127.0.0.1'], Date.now());

/** One connection to a server of bare frames (RFC 9113 section 4.1), which does nothing by itself but take settings. */
export interface RawConnection {
  readonly socket: TLSSocket;
  /** Streams that were opened, in their order. */
  readonly opened: number[];
  /** Streams that the client has reset, with the code. */
  readonly reset: (readonly [id: number, code: number])[];
  frame(type: number, flags: number, id: number, payload?: Buffer): void;
  /** `:status: 200`, and no more. */
  head(id: number): void;
  data(id: number, text: string, isLast?: boolean): void;
  /** Says that streams above `last` were not processed. */
  goAway(last: number, code?: number): void;
}

export interface RawOptions {
  /** Streams that the server takes at a time; left out = it does not say; undefined = it says no settings at all. */
  readonly settings?: number | undefined;
}

export interface RawServer {
  readonly origin: string;
  readonly connections: RawConnection[];
}

/** Calls `onStream` for each stream that a client opens. Closed when the test ends. */
export async function rawHttp2(
  onStream: (connection: RawConnection, id: number) => void,
  options: RawOptions = {},
): Promise<RawServer> {
  const connections: RawConnection[] = [];
  const server = createServer({ cert: TLS.cert, key: TLS.key, ALPNProtocols: ['h2'] }, (socket) => {
    socket.on('error', () => undefined);
    const connection = connectionOn(socket);
    connections.push(connection);
    if (!('settings' in options)) connection.frame(SETTINGS, 0, 0);
    else if (options.settings !== undefined) connection.frame(SETTINGS, 0, 0, mostStreams(options.settings));
    readFrames(socket, (type, flags, id, payload) => {
      const isMute = 'settings' in options && options.settings === undefined;
      if (type === SETTINGS && flags !== ACK && !isMute) connection.frame(SETTINGS, ACK, 0);
      if (type === RST_STREAM) connection.reset.push([id, payload.readUInt32BE(0)]);
      if (type !== HEADERS) return;
      connection.opened.push(id);
      onStream(connection, id);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    for (const { socket } of connections) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return { origin: `https://localhost:${(server.address() as AddressInfo).port}`, connections };
}

function mostStreams(count: number): Buffer {
  const payload = Buffer.alloc(6);
  payload.writeUInt16BE(MAX_CONCURRENT_STREAMS, 0);
  payload.writeUInt32BE(count, 2);
  return payload;
}

function connectionOn(socket: TLSSocket): RawConnection {
  const frame = (type: number, flags: number, id: number, payload = Buffer.alloc(0)): void => {
    const head = Buffer.alloc(HEAD);
    head.writeUIntBE(payload.length, 0, 3);
    head.writeUInt8(type, 3);
    head.writeUInt8(flags, 4);
    head.writeUInt32BE(id, 5);
    socket.write(Buffer.concat([head, payload]));
  };
  return {
    socket,
    opened: [],
    reset: [],
    frame,
    // 0x88: the eighth entry of the static table of HPACK.
    head: (id) => frame(HEADERS, END_HEADERS, id, Buffer.from([0x88])),
    data: (id, text, isLast = false) => frame(DATA, isLast ? END_STREAM : 0, id, Buffer.from(text)),
    goAway: (last, code = 0) => {
      const payload = Buffer.alloc(8);
      payload.writeUInt32BE(last, 0);
      payload.writeUInt32BE(code, 4);
      frame(GOAWAY, 0, 0, payload);
    },
  };
}

function readFrames(
  socket: TLSSocket,
  onFrame: (type: number, flags: number, id: number, payload: Buffer) => void,
): void {
  let rest = Buffer.alloc(0);
  let isPreface = true;
  socket.on('data', (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    if (isPreface) {
      if (rest.length < PREFACE) return;
      rest = rest.subarray(PREFACE);
      isPreface = false;
    }
    while (rest.length >= HEAD && rest.length >= HEAD + rest.readUIntBE(0, 3)) {
      const end = HEAD + rest.readUIntBE(0, 3);
      onFrame(rest.readUInt8(3), rest.readUInt8(4), rest.readUInt32BE(5), rest.subarray(HEAD, end));
      rest = rest.subarray(end);
    }
  });
}
