// The upstream of every measurement, on bare `net`: what it answers is named in the model of the request (bench-json,
// bench-burst, bench-paced, bench-hold, bench-1mb, bench-1mb-stream); below `/v1/messages` the streams are those of the Messages API. Prints {"port", "pid"}; answers `stats` over IPC.
import { createServer, type Socket } from 'node:net';
import { completionBody, framedEvents, LARGE_EVENTS, largeCompletionBody, LAST_CHUNK } from './answers.ts';
import { framedMessageEvents } from './messages.ts';

const PACE_MS = 5;
const HEAD_END = Buffer.from('\r\n\r\n');
const STREAM_HEAD = Buffer.from(
  'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\ntransfer-encoding: chunked\r\n\r\n',
);
const JSON_ANSWER = jsonAnswer(completionBody());
const LARGE_ANSWER = jsonAnswer(largeCompletionBody());
const largeStream = (usage: boolean): Buffer =>
  Buffer.concat([STREAM_HEAD, ...framedEvents(usage, LARGE_EVENTS), LAST_CHUNK]);
const LARGE_STREAM = { plain: largeStream(false), usage: largeStream(true), messages: largeStream(false) };
const FRAMES = { plain: framedEvents(false), usage: framedEvents(true), messages: framedMessageEvents() };
const BURST = {
  plain: Buffer.concat([STREAM_HEAD, ...FRAMES.plain, LAST_CHUNK]),
  usage: Buffer.concat([STREAM_HEAD, ...FRAMES.usage, LAST_CHUNK]),
  messages: Buffer.concat([STREAM_HEAD, ...FRAMES.messages, LAST_CHUNK]),
};

function jsonAnswer(body: string): Buffer {
  const head = `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}`;
  return Buffer.from(`HTTP/1.1 200 OK\r\n${head}\r\n\r\n${body}`);
}

interface Paced {
  readonly socket: Socket;
  readonly frames: readonly Buffer[];
  next: number;
}

const stats = { requests: 0, streams: 0 };
const paced = new Set<Paced>();
const silent = new Set<Socket>();

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
  let parts: Buffer[] = [];
  let [held, needed] = [0, 0];
  socket.on('data', (bytes: Buffer) => {
    parts.push(bytes);
    held += bytes.length;
    // A large body is put together once, when it is there.
    if (held < needed) return;
    let pending = parts.length === 1 ? bytes : Buffer.concat(parts);
    for (;;) {
      needed = requestLength(pending);
      if (needed === 0 || pending.length < needed) break;
      answer(socket, pending.subarray(0, needed));
      pending = pending.subarray(needed);
    }
    parts = pending.length === 0 ? [] : [pending];
    held = pending.length;
  });
  const forget = (): void => {
    silent.delete(socket);
    for (const stream of paced) if (stream.socket === socket) paced.delete(stream);
  };
  socket.on('close', forget).on('error', forget);
});

/** Bytes of the first request, or 0 while they are not known: without the whole head, or with chunks that have not ended. */
function requestLength(bytes: Buffer): number {
  const end = bytes.indexOf(HEAD_END);
  if (end < 0) return 0;
  const head = bytes.toString('latin1', 0, end).toLowerCase();
  if (head.includes('\r\ntransfer-encoding: chunked')) {
    const last = bytes.indexOf(LAST_CHUNK, end + 2);
    return last < 0 ? 0 : last + LAST_CHUNK.length;
  }
  return end + HEAD_END.length + Number(/\r\ncontent-length: *(\d+)/.exec(head)?.[1] ?? 0);
}

function formOf(request: Buffer): keyof typeof FRAMES {
  if (request.indexOf('POST /v1/messages ') === 0) return 'messages';
  return request.includes('"include_usage":true') ? 'usage' : 'plain';
}

function answer(socket: Socket, request: Buffer): void {
  stats.requests += 1;
  const form = formOf(request);
  if (request.includes('bench-burst')) socket.write(BURST[form]);
  else if (request.includes('bench-1mb-stream')) socket.write(LARGE_STREAM[form]);
  else if (request.includes('bench-1mb')) socket.write(LARGE_ANSWER);
  else if (request.includes('bench-paced')) {
    stats.streams += 1;
    const frames = FRAMES[form];
    socket.write(Buffer.concat([STREAM_HEAD, ...frames.slice(0, 1)]));
    paced.add({ socket, frames, next: 1 });
  } else if (request.includes('bench-hold')) {
    stats.streams += 1;
    silent.add(socket);
    socket.write(Buffer.concat([STREAM_HEAD, ...FRAMES[form].slice(0, 2)]));
  } else socket.write(JSON_ANSWER);
}

process.on('message', () => process.send?.({ ...stats, open: paced.size + silent.size }));
process.on('disconnect', () => process.exit(0));
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  process.stdout.write(`${JSON.stringify({ port, pid: process.pid })}\n`);
});
