import { afterEach, expect, test } from 'vitest';
import type { JournalEntry } from '../../mocks/index.ts';
import { startRedis } from '../setup/redis.ts';
import { chat, nonce } from './ask.ts';
import { startApp, startBed, type Bed, type BedOptions } from './bed.ts';
import { openSocket, postText, type RawSocket } from './http.ts';
import { modelsAt, startUpstream } from './upstream.ts';

const stream = { ...chat('Count from 1 to 5'), stream: true };

const open: RawSocket[] = [];
afterEach(() => {
  for (const socket of open.splice(0)) socket.leave();
});

function ask(bed: { url: string }, body: object = stream, path = '/v1/chat/completions'): RawSocket {
  const socket = openSocket(bed.url);
  open.push(socket);
  socket.write(postText(path, body));
  return socket;
}

/** What must hold after a client has left, in whatever phase. */
async function expectForgotten(bed: Bed, calls: number): Promise<void> {
  await expect.poll(async () => (await bed.requests()).filter(({ aborted }) => !aborted)).toEqual([]);
  expect(await bed.requests()).toHaveLength(calls);
  await expect.poll(async () => (await bed.stats()).endpoints.map(({ in_flight: busy }) => busy)).toEqual([0]);
  const { endpoints, cache } = await bed.stats();
  expect(endpoints[0]).toMatchObject({ state: 'admitting', failures: 0, success_rate: 1, last_error: null });
  expect(cache).toMatchObject({ entries: 0, stored: 0 });
}

/** Who ended the requests so far, and in which phase. */
function terminations(bed: Bed): unknown[] {
  const lines = bed
    .log()
    .split('\n')
    .filter((line) => line.includes('"msg":"request"'));
  return lines.map((line) => (JSON.parse(line) as { termination: unknown }).termination);
}

async function seen(bed: Bed, look: (entry: JournalEntry) => boolean): Promise<void> {
  await expect.poll(async () => (await bed.requests()).some(look)).toBe(true);
}

test('while the body is sent: no endpoint hears of it, and one line tells', async () => {
  await using bed = await startBed();
  const socket = openSocket(bed.url);
  socket.write('POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1000\r\n\r\n{"model":');
  await (await fetch(`${bed.url}/health`)).text();
  socket.leave();
  await expect.poll(() => terminations(bed)).toEqual([{ by: 'client', phase: 'receive' }]);
  await expectForgotten(bed, 0);
});

test('while Redis is asked: no endpoint is called any more', async () => {
  const redis = await startRedis();
  await using bed = await startBed({ config: { redis: { url: redis.url, timeout: '1s' } } });
  await expect
    .poll(async () => ((await (await fetch(`${bed.url}/health`)).json()) as Health).redis_connected)
    .toBe(true);
  redis.freeze();
  const socket = ask(bed);
  // Both connections are served by one event loop, in the order in which they came.
  await (await fetch(`${bed.url}/health`)).text();
  socket.leave();
  await expect.poll(() => terminations(bed)).toEqual([{ by: 'client', phase: 'lookup' }]);
  await expectForgotten(bed, 0);
  redis.thaw();
  await redis.stop();
});

interface Health {
  readonly redis_connected: boolean;
}

test.each([
  ['before the head', { kind: 'hang' }, stream],
  ['before the head of a JSON answer', { kind: 'hang' }, chat('hi')],
  ['while a JSON answer stands still', { kind: 'hang', afterEvents: 0 }, chat('hi')],
  ['after the openers', { kind: 'hang', afterEvents: 1 }, stream],
  ['in the middle of the stream', { kind: 'hang', afterEvents: 4 }, stream],
  ['before the last event', { kind: 'hang', afterEvents: 11 }, stream],
] as const)('%s: the endpoint is let go and not blamed, nothing is stored', async (when, fault, body) => {
  await using bed = await startBed();
  await bed.mock.fault({ fault });
  const socket = ask(bed, body);
  await seen(bed, (entry) => fault.kind === 'hang' && (!('afterEvents' in fault) || entry.status === 200));
  if (when.startsWith('in') || when.endsWith('event')) await socket.until('"content":"1"');
  socket.leave();
  await expectForgotten(bed, 1);
  await expect.poll(() => terminations(bed)).toEqual([{ by: 'client', phase: 'respond' }]);
});

test('in the middle of a Responses stream as well', async () => {
  await using bed = await startBed();
  await bed.mock.fault({ fault: { kind: 'hang', afterEvents: 6 } });
  const socket = ask(bed, { model: 'gpt-4o-mini', input: 'Count from 1 to 5', stream: true }, '/v1/responses');
  await socket.until('response.output_text.delta');
  socket.leave();
  await expectForgotten(bed, 1);
});

test('the end of the client’s side (FIN) counts as leaving, too', async () => {
  await using bed = await startBed();
  await bed.mock.fault({ fault: { kind: 'hang', afterEvents: 4 } });
  const socket = ask(bed);
  await socket.until('"content":"1"');
  socket.socket.destroy();
  await expectForgotten(bed, 1);
});

const MEGABYTE = 'x'.repeat(1_000_000);

test('under backpressure: the endpoint waits, and is let go when the client leaves', async () => {
  let sent = 0;
  let closed = false;
  await using upstream = await startUpstream((response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.on('close', () => (closed = true));
    const more = (): void => {
      if (response.destroyed) return;
      sent += 1;
      const data = { choices: [{ index: 0, delta: { content: MEGABYTE }, finish_reason: null }] };
      if (response.write(`data: ${JSON.stringify(data)}\n\n`)) setImmediate(more);
      else response.once('drain', more);
    };
    more();
  });
  const app = await startApp({ ...modelsAt([upstream]), cache: { max_entry: '1MiB' } });
  const socket = openSocket(app.url);
  socket.socket.pause();
  socket.write(postText('/v1/chat/completions', stream));
  // It stands still: what was sent does not grow any more from one look to the next.
  let before = -1;
  await expect
    .poll(
      () => {
        const still = sent > 0 && sent === before;
        before = sent;
        return still;
      },
      { interval: 200 },
    )
    .toBe(true);
  expect(sent).toBeLessThan(60);
  expect(closed).toBe(false);
  socket.leave();
  await expect.poll(() => closed).toBe(true);
  await app.close();
});

test('a client that never reads on is given up after the idle timeout, and the endpoint is let go', async () => {
  let closed = false;
  await using upstream = await startUpstream((response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.on('close', () => (closed = true));
    const data = { choices: [{ index: 0, delta: { content: MEGABYTE }, finish_reason: null }] };
    const more = (): void => {
      while (!response.destroyed && response.write(`data: ${JSON.stringify(data)}\n\n`)) continue;
      response.once('drain', more);
    };
    more();
  });
  const model = { routing: { timeouts: { idle: '300ms' } }, cache: { enabled: false } };
  const app = await startApp(modelsAt([upstream], model));
  const socket = openSocket(app.url);
  socket.socket.pause();
  socket.write(postText('/v1/chat/completions', stream));
  await expect.poll(() => closed, { timeout: 10_000 }).toBe(true);
  socket.leave();
  await app.close();
});

test('the endpoint is let go within 50 ms', async () => {
  await using bed = await startBed();
  await bed.mock.fault({ fault: { kind: 'hang', afterEvents: 4 } });
  const delays: number[] = [];
  for (let turn = 0; turn < 7; turn += 1) {
    const socket = ask(bed, { ...stream, seed: turn });
    await socket.until('"content":"1"');
    const left = performance.timeOrigin + performance.now();
    socket.leave();
    await expect.poll(async () => (await bed.requests())[turn]?.aborted).toBe(true);
    delays.push((await bed.requests())[turn]!.abortedAt! - left);
  }
  // The best one: what a busy machine does to the others is not the proxy's.
  expect(Math.min(...delays)).toBeLessThan(50);
});

test('two hundred clients that leave at once leave nothing behind', async () => {
  const options: BedOptions = { model: { cache: { enabled: false } } };
  await using bed = await startBed(options);
  await bed.mock.fault({ fault: { kind: 'hang', afterEvents: 4 } });
  const sockets = Array.from({ length: 200 }, () => ask(bed, { ...stream, user: nonce() }));
  await Promise.all(sockets.map((socket) => socket.until('"content":"1"')));
  for (const socket of sockets) socket.leave();
  await expectForgotten(bed, 200);
  expect((await bed.stats()).requests).toMatchObject({ client_left: 200 });
});
