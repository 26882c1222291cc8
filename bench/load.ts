// The load generator: takes jobs over IPC, one at a time, and answers each with its result. Raw sockets, so that its own
// cost stays small beside what it measures.
import { connect, type Socket } from 'node:net';
import type { FetchJob, FetchResult, HoldJob, Job, RequestShape, UnreadJob } from './jobs.ts';
import { Numbers } from './load-line.ts';
import { loop } from './load-loops.ts';
import { ResponseReader } from './wire.ts';

const held: Socket[] = [];
const numbers = new Numbers();

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
    socket.on('connect', () => socket.write(numbers.next(request, bytes)));
    socket.on('data', (part: Buffer) => reader.push(part)).on('error', () => resolve(false));
    socket.on('close', () => resolve(false));
  });
}

async function leaveUnread({ port, request }: UnreadJob): Promise<object> {
  // There is no listener for data: what the kernel and one buffer hold is all that is ever taken.
  const socket = connect({ port, host: '127.0.0.1' }).on('error', () => undefined);
  held.push(socket);
  socket.write(numbers.next(request, Buffer.from(request.bytes, 'base64')));
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
    socket.on('connect', () => socket.write(numbers.next(job.request, Buffer.from(job.request.bytes, 'base64'))));
    socket.on('data', (part: Buffer) => reader.push(part)).on('error', reject);
    socket.on('end', () => reject(new Error('the connection ended before the answer')));
  });
}

async function run(job: Job): Promise<unknown> {
  if (job.kind === 'loop') return loop(job, numbers);
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
