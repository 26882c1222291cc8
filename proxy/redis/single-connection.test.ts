import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { openRedis } from './single-connection.ts';

test('a connection that is told to leave while a sentinel is asked begins anew', async () => {
  const sockets: Socket[] = [];
  const silent = createServer((socket) => sockets.push(socket)).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const { port } = silent.address() as AddressInfo;
  const place = {
    kind: 'sentinels' as const,
    sentinels: [{ host: '127.0.0.1', port }],
    master: 'm',
    tls: false as const,
    login: {},
    sentinelLogin: {},
  };
  const redis = openRedis(place, Math.random);
  onTestFinished(() => {
    redis.disconnect();
    for (const socket of sockets) socket.destroy();
    silent.close();
  });
  const ended = new Promise((resolve) => redis.once('end', resolve));
  redis.connect().catch(() => undefined);
  await expect.poll(() => sockets.length).toBe(1);
  // What ioredis does itself when the master changes.
  (redis as unknown as { connector: { disconnect(): void } }).connector.disconnect();
  sockets[0]?.destroy();
  await ended;
  await expect.poll(() => sockets.length, { timeout: 5_000 }).toBeGreaterThan(1);
});
