import { connect, createServer, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

/** A TCP relay that listens in on what goes to the other side. */
export interface Relay extends AsyncDisposable {
  readonly port: number;
  /** Pieces that went to the other side and hold `word`. */
  count(word: string): number;
  /** From here on nothing of what came before counts. */
  forget(): void;
}

export async function startRelay(target: number): Promise<Relay> {
  let heard: Buffer[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(target, '127.0.0.1');
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    near.on('data', (chunk: Buffer) => {
      heard.push(chunk);
      far.write(chunk);
    });
    far.pipe(near);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  return {
    port: (server.address() as AddressInfo).port,
    count: (word) => heard.filter((chunk) => chunk.includes(word)).length,
    forget: () => (heard = []),
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
