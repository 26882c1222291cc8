// The load generator: takes jobs over IPC, one at a time, and answers each with its result. Raw sockets, so that its own
// cost stays small beside what it measures.
import { connect, type Socket } from 'node:net';
import type {
  FetchJob,
  FetchResult,
  HoldJob,
  Job,
  LoopJob,
  LoopResult,
  Percentiles,
  RequestShape,
  UnreadJob,
} from './jobs.ts';
import { ResponseReader } from './wire.ts';

const DIGITS = 12;
const held: Socket[] = [];
// Running numbers go on over all jobs: what was sent once must not be sent again as new.
const numbers = { next: Math.floor(performance.timeOrigin) % 1_000_000_000 };

function nextRequest(bytes: Buffer, offset: number): Buffer {
  if (offset < 0) return bytes;
  const copy = Buffer.from(bytes);
  numbers.next += 1;
  copy.write(String(numbers.next).padStart(DIGITS, '0'), offset, 'latin1');
  return copy;
}

function micros(): number {
  return performance.now() * 1_000;
}

function percentiles(values: number[]): Percentiles {
  const sorted = Float64Array.from(values).toSorted();
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { p50: at(0.5), p99: at(0.99) };
}

interface Tally {
  started: number;
  done: number;
  errors: number;
  bodyLength: number;
  readonly first: number[];
  readonly last: number[];
}

async function loop(job: LoopJob): Promise<LoopResult> {
  const tally: Tally = { started: 0, done: 0, errors: 0, bodyLength: -1, first: [], last: [] };
  const began = micros();
  await Promise.all(Array.from({ length: Math.min(job.connections, job.total) }, () => loopOn(job, tally)));
  const seconds = (micros() - began) / 1e6;
  const { done, errors, bodyLength } = tally;
  return {
    done,
    errors,
    bodyBytes: bodyLength,
    seconds,
    first: percentiles(tally.first),
    last: percentiles(tally.last),
  };
}

function loopOn(job: LoopJob, tally: Tally): Promise<void> {
  const bytes = Buffer.from(job.request.bytes, 'base64');
  return new Promise((resolve) => {
    let sent = 0;
    let length = 0;
    let last: Buffer = Buffer.alloc(0);
    const isWhole = (end: Buffer): boolean =>
      job.ending === undefined ? length === tally.bodyLength : end.toString('utf8').trimEnd().endsWith(job.ending);
    const socket = connect({ port: job.port, host: '127.0.0.1', noDelay: true });
    const send = (): void => {
      if (tally.started >= job.total) return void socket.end();
      tally.started += 1;
      length = 0;
      const request = nextRequest(bytes, job.request.offset);
      sent = micros();
      socket.write(request);
    };
    const reader = new ResponseReader({
      onHead: (status) => void (status === 200 || (tally.errors += 1)),
      onBody: (part) => {
        if (length === 0) tally.first.push(micros() - sent);
        length += part.length;
        last = part;
      },
      onEnd: () => {
        tally.done += 1;
        tally.last.push(micros() - sent);
        if (tally.bodyLength < 0) tally.bodyLength = length;
        if (!isWhole(last)) tally.errors += 1;
        send();
      },
    });
    socket.on('connect', send).on('data', (part: Buffer) => reader.push(part));
    socket.on('error', () => (tally.errors += 1)).on('close', () => resolve());
  });
}

async function hold(job: HoldJob): Promise<{ opened: number }> {
  const bytes = Buffer.from(job.request.bytes, 'base64');
  let opened = 0;
  // In waves: a thousand connections at once would overflow the listen queue of some.
  for (let wave = 0; wave < job.count; wave += 50) {
    const sockets = Array.from({ length: Math.min(50, job.count - wave) }, () => holdOne(job.port, bytes, job.request));
    opened += (await Promise.all(sockets)).filter(Boolean).length;
  }
  return { opened };
}

function holdOne(port: number, bytes: Buffer, request: RequestShape): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    const reader = new ResponseReader({ onBody: () => resolve(true), onEnd: () => undefined });
    held.push(socket);
    socket.on('connect', () => socket.write(nextRequest(bytes, request.offset)));
    socket.on('data', (part: Buffer) => reader.push(part)).on('error', () => resolve(false));
    socket.on('close', () => resolve(false));
  });
}

async function leaveUnread({ port, request }: UnreadJob): Promise<object> {
  // There is no listener for data: what the kernel and one buffer hold is all that is ever taken.
  const socket = connect({ port, host: '127.0.0.1' }).on('error', () => undefined);
  held.push(socket);
  socket.write(nextRequest(Buffer.from(request.bytes, 'base64'), request.offset));
  return {};
}

function fetchOne(job: FetchJob): Promise<FetchResult> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    let status = 0;
    const socket = connect({ port: job.port, host: '127.0.0.1' });
    const reader = new ResponseReader({
      onHead: (code) => (status = code),
      onBody: (part) => parts.push(part),
      onEnd: () => {
        socket.destroy();
        resolve({ status, body: Buffer.concat(parts).toString('base64') });
      },
    });
    socket.on('connect', () => socket.write(nextRequest(Buffer.from(job.request.bytes, 'base64'), job.request.offset)));
    socket.on('data', (part: Buffer) => reader.push(part)).on('error', reject);
    socket.on('end', () => reject(new Error('the connection ended before the answer')));
  });
}

async function run(job: Job): Promise<unknown> {
  if (job.kind === 'loop') return loop(job);
  if (job.kind === 'hold') return hold(job);
  if (job.kind === 'fetch') return fetchOne(job);
  if (job.kind === 'unread') return leaveUnread(job);
  for (const socket of held.splice(0)) socket.destroy();
  return {};
}

process.on('message', (job: Job) => {
  run(job).then(
    (result) => process.send?.({ result }),
    (error: unknown) => process.send?.({ error: String(error) }),
  );
});
process.on('disconnect', () => process.exit(0));
process.stdout.write(`${JSON.stringify({ pid: process.pid })}\n`);
