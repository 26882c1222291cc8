import { connect, createServer, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

const TICK_MS = 5;

/** A link to a local port that carries so many bytes a millisecond in each direction. */
export async function startSlowLink(port: number, bytesPerMs: number): Promise<{ port: number } & AsyncDisposable> {
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const target = connect(port, '127.0.0.1');
    for (const socket of [client, target]) {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket)).on('error', () => undefined);
    }
    carry(client, target, bytesPerMs);
    carry(target, client, bytesPerMs);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function carry(from: Socket, to: Socket, bytesPerMs: number): void {
  const queue: Buffer[] = [];
  let sentAt = performance.now();
  const timer = setInterval(() => {
    let allowance = Math.floor((performance.now() - sentAt) * bytesPerMs);
    sentAt = performance.now();
    while (allowance > 0 && queue.length > 0) {
      const chunk = queue.shift() ?? Buffer.alloc(0);
      to.write(chunk.subarray(0, allowance));
      if (chunk.length > allowance) queue.unshift(chunk.subarray(allowance));
      allowance -= chunk.length;
    }
  }, TICK_MS);
  from.on('data', (chunk) => void queue.push(Buffer.from(chunk)));
  from.on('close', () => {
    clearInterval(timer);
    to.destroy();
  });
}
