// The upstream of every measurement, on bare `net`: what it answers is named in the model of the request (bench-json,
// bench-burst, bench-paced, bench-hold); below `/v1/messages` the streams are those of the Messages API. Prints {"port", "pid"}; answers `stats` over IPC.
import { createServer, type Socket } from 'node:net';
import { completionBody, framedEvents, LAST_CHUNK } from './answers.ts';
import { framedMessageEvents } from './messages.ts';

const PACE_MS = 5;
const HEAD_END = Buffer.from('\r\n\r\n');
const STREAM_HEAD = Buffer.from(
  'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\ntransfer-encoding: chunked\r\n\r\n',
);
const body = completionBody();
const JSON_ANSWER = Buffer.from(
  `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
);
const FRAMES = { plain: framedEvents(false), usage: framedEvents(true), messages: framedMessageEvents() };
const BURST = {
  plain: Buffer.concat([STREAM_HEAD, ...FRAMES.plain, LAST_CHUNK]),
  usage: Buffer.concat([STREAM_HEAD, ...FRAMES.usage, LAST_CHUNK]),
  messages: Buffer.concat([STREAM_HEAD, ...FRAMES.messages, LAST_CHUNK]),
};

interface Paced {
  readonly socket: Socket;
  readonly frames: readonly Buffer[];
  next: number;
}

const stats = { requests: 0, streams: 0 };
const paced = new Set<Paced>();
const held = new Set<Socket>();

// One timer for all streams: a timer each would cost the core that the load generator needs.
setInterval(() => {
  for (const stream of paced) {
    const frame = stream.frames[stream.next++];
    if (frame !== undefined) stream.socket.write(frame);
    else {
      stream.socket.write(LAST_CHUNK);
      paced.delete(stream);
    }
  }
}, PACE_MS);

const server = createServer({ noDelay: true }, (socket) => {
  let pending: Buffer = Buffer.alloc(0);
  socket.on('data', (bytes: Buffer) => {
    pending = pending.length === 0 ? bytes : Buffer.concat([pending, bytes]);
    for (let length = requestLength(pending); length > 0; length = requestLength(pending)) {
      answer(socket, pending.subarray(0, length));
      pending = pending.subarray(length);
    }
  });
  const forget = (): void => {
    held.delete(socket);
    for (const stream of paced) if (stream.socket === socket) paced.delete(stream);
  };
  socket.on('close', forget).on('error', forget);
});

/** Bytes of the first whole request, or 0 while it is not complete. */
function requestLength(bytes: Buffer): number {
  const end = bytes.indexOf(HEAD_END);
  if (end < 0) return 0;
  const head = bytes.toString('latin1', 0, end).toLowerCase();
  if (head.includes('\r\ntransfer-encoding: chunked')) {
    const last = bytes.indexOf(LAST_CHUNK, end + 2);
    return last < 0 ? 0 : last + LAST_CHUNK.length;
  }
  const length = end + HEAD_END.length + Number(/\r\ncontent-length: *(\d+)/.exec(head)?.[1] ?? 0);
  return bytes.length < length ? 0 : length;
}

function formOf(request: Buffer): keyof typeof FRAMES {
  if (request.indexOf('POST /v1/messages ') === 0) return 'messages';
  return request.includes('"include_usage":true') ? 'usage' : 'plain';
}

function answer(socket: Socket, request: Buffer): void {
  stats.requests += 1;
  const form = formOf(request);
  if (request.includes('bench-burst')) socket.write(BURST[form]);
  else if (request.includes('bench-paced')) {
    stats.streams += 1;
    const frames = FRAMES[form];
    socket.write(Buffer.concat([STREAM_HEAD, ...frames.slice(0, 1)]));
    paced.add({ socket, frames, next: 1 });
  } else if (request.includes('bench-hold')) {
    stats.streams += 1;
    held.add(socket);
    socket.write(Buffer.concat([STREAM_HEAD, ...FRAMES[form].slice(0, 2)]));
  } else socket.write(JSON_ANSWER);
}

process.on('message', () => process.send?.({ ...stats, open: paced.size + held.size }));
process.on('disconnect', () => process.exit(0));
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  process.stdout.write(`${JSON.stringify({ port, pid: process.pid })}\n`);
});
