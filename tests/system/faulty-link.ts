import { connect, createServer, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

/** A TCP link whose faults a test chooses while it runs. */
export interface FaultyLink extends AsyncDisposable {
  readonly port: number;
  /** Each piece takes so long in either direction. */
  delayMs: number;
  /** Whether the other side answers in another language. */
  garbage: boolean;
}

const GARBAGE = 'HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n';

export async function startFaultyLink(target: number): Promise<FaultyLink> {
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(target, '127.0.0.1');
    const carry = (from: Socket, to: Socket): void => {
      sockets.add(from);
      // Two ends that wait for each other's acknowledgement would add 40 ms of their own.
      from.setNoDelay(true);
      from.on('error', () => undefined);
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
      from.on('data', (piece) => {
        if (link.garbage) near.write(GARBAGE);
        else setTimeout(() => to.write(piece), link.delayMs);
      });
    };
    carry(near, far);
    carry(far, near);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const link: FaultyLink = {
    port: (server.address() as AddressInfo).port,
    delayMs: 0,
    garbage: false,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
  return link;
}
