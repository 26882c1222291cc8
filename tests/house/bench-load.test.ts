import { createServer, type AddressInfo, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { MARKER, requestShape, type LoopJob } from '../../bench/jobs.ts';
import { Numbers } from '../../bench/load-line.ts';
import { loop } from '../../bench/load-loops.ts';

const ANSWER = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';
const stops: (() => void)[] = [];
afterEach(() => stops.splice(0).forEach((stop) => stop()));

/** A server that hands every request (head and body arrive together) to `answer`. */
async function serverOf(answer: (socket: Socket, request: string) => void): Promise<{ port: number; seen: string[] }> {
  const seen: string[] = [];
  const server = createServer((socket) => {
    socket
      .on('error', () => undefined)
      .on('data', (bytes) => {
        const number = /"(\d{12})"/.exec(bytes.toString('latin1'))?.[1] ?? '';
        seen.push(number);
        answer(socket, number);
      });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  stops.push(() => server.close());
  return { port: (server.address() as AddressInfo).port, seen };
}

function job(port: number, rest: Partial<LoopJob>): LoopJob {
  const request = requestShape('/v1/chat/completions', JSON.stringify({ content: MARKER }));
  return { kind: 'loop', port, request, connections: 2, total: 20, ...rest };
}

test('a closed loop sends as many requests as it is told, each another', async () => {
  const { port, seen } = await serverOf((socket) => socket.write(ANSWER));
  expect(await loop(job(port, {}), new Numbers())).toMatchObject({ done: 20, errors: 0, bodyBytes: 2 });
  expect(new Set(seen).size).toBe(20);
});

test('numbers begin where the job says', async () => {
  const { port, seen } = await serverOf((socket) => socket.write(ANSWER));
  await loop(job(port, { from: 7, total: 3, connections: 1 }), new Numbers());
  expect(seen).toEqual(['000000000007', '000000000008', '000000000009']);
});

/** Calls back after 50 turns of a timer of a millisecond that come when 20 requests at 200 a second have long been due. */
function whenAllHaveWaited(then: () => void): void {
  const began = performance.now();
  let turns = 0;
  const timer = setInterval(() => {
    if (performance.now() - began > 150) turns += 1;
    if (turns < 50) return;
    clearInterval(timer);
    then();
  }, 1);
}

test('at a fixed rate requests become due whatever the server does, and what waits for a connection counts as waiting', async () => {
  const held: Socket[] = [];
  const { port } = await serverOf((socket) => {
    if (held.length === 2) socket.write(ANSWER);
    else if (held.push(socket) === 2) whenAllHaveWaited(() => held.forEach((one) => one.write(ANSWER)));
  });
  const result = await loop(job(port, { rate: 200 }), new Numbers());
  expect(result).toMatchObject({ done: 20, errors: 0 });
  // The other 18 waited for the two that were held.
  expect(result.last.p50).toBeGreaterThan(45_000);
});

test('a fixed rate is not exceeded', async () => {
  const { port } = await serverOf((socket) => socket.write(ANSWER));
  const { seconds } = await loop(job(port, { rate: 100 }), new Numbers());
  expect(seconds).toBeGreaterThan(0.18);
});

test.each([undefined, 500])('a loop ends when the server closes every connection (rate: %s)', async (rate) => {
  const { port } = await serverOf((socket) => socket.destroy());
  const { done } = await loop(job(port, rate === undefined ? {} : { rate }), new Numbers());
  expect(done).toBe(0);
});
