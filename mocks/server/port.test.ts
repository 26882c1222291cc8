import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { ManualClock, startBed, withRealSockets } from '../../tests/setup/mock-bed.ts';
import type { MockServer } from './server.ts';

withRealSockets();

const linux = process.platform === 'linux';

async function refusing(ms: number): Promise<{ readonly server: MockServer; readonly clock: ManualClock }> {
  const clock = new ManualClock();
  const server = await startBed({}, { clock });
  onTestFinished(() => server.close());
  await fetch(server.url, { headers: { 'x-mock-fault': `refuse;ms=${ms}` } }).catch(() => undefined);
  return { server, clock };
}

const reached = (server: MockServer): Promise<boolean> =>
  fetch(`${server.url}/__mock/health`).then(
    () => true,
    () => false,
  );

/** Whether a connection of this machine goes from the port to itself. */
function isHeld(port: number): boolean {
  const end = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return readFileSync('/proc/net/tcp', 'utf8').includes(` ${end} ${end} 01 `);
}

test.runIf(linux)('a port that refuses is held, so that the system does not give it away as a free one', async () => {
  const { server, clock } = await refusing(1000);
  await expect.poll(() => isHeld(server.port)).toBe(true);
  expect(await reached(server)).toBe(false);
  clock.advance(1000);
  await expect.poll(() => reached(server)).toBe(true);
  expect(isHeld(server.port)).toBe(false);
});

test('a port that was taken meanwhile comes back when the other program has gone', async () => {
  const { server, clock } = await refusing(1000);
  const other = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => other.listen({ port: server.port, host: '127.0.0.1' }, resolve));
  clock.advance(1000);
  expect(await reached(server)).toBe(false);
  await new Promise((resolve) => other.close(resolve));
  await expect.poll(() => reached(server)).toBe(true);
});

test('a server that is closed while it refuses holds nothing', async () => {
  const { server, clock } = await refusing(1000);
  await server.close();
  clock.advance(5000);
  expect([await reached(server), linux && isHeld(server.port)]).toEqual([false, false]);
});
