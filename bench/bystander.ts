// A client that asks for `/health/live` again and again, a millisecond after the last answer: what it waits is how long the
// server does nothing else. Takes {"port"} over IPC, and `stop`, which it answers with the longest wait.
import { setPriority } from 'node:os';
import { connect, type Socket } from 'node:net';
import { setTimeout as after } from 'node:timers/promises';
import { ResponseReader } from './wire.ts';

const REQUEST = 'GET /health/live HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n';

interface Watch {
  readonly socket: Socket;
  longestMs: number;
  answers: number;
  /** When the answer that is due was asked for; 0: none is. */
  sent: number;
}

let watch: Watch | undefined;

function begin(port: number): Promise<void> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true }).on('error', () => undefined);
  const mine: Watch = { socket, longestMs: 0, answers: 0, sent: 0 };
  watch = mine;
  const ask = (): void => {
    mine.sent = performance.now();
    socket.write(REQUEST);
  };
  return new Promise((resolve, reject) => {
    const reader = new ResponseReader({
      onEnd: () => {
        // The first answer pays for the connection.
        if (mine.answers > 0) mine.longestMs = Math.max(mine.longestMs, performance.now() - mine.sent);
        mine.answers += 1;
        mine.sent = 0;
        resolve();
        void after(1).then(() => socket.destroyed || ask());
      },
    });
    socket.on('connect', ask).on('data', (part: Buffer) => reader.push(part));
    socket.on('close', () => reject(new Error('the bystander has no connection')));
  });
}

async function answer(message: { readonly port: number } | 'stop'): Promise<void> {
  if (message !== 'stop') {
    await begin(message.port);
    process.send?.({});
    return;
  }
  const { socket, longestMs = Number.NaN, answers = 0, sent = 0 } = watch ?? {};
  const due = sent === 0 ? 0 : performance.now() - sent;
  socket?.destroy();
  process.send?.({ longestMs: Math.max(longestMs, due), answers });
}

try {
  setPriority(-10);
} catch {
  // Only root may: what else runs on this core then counts as a wait.
}
process.on('message', (message: { readonly port: number } | 'stop') => void answer(message));
process.on('disconnect', () => process.exit(0));
process.stdout.write(`${JSON.stringify({ pid: process.pid })}\n`);
