import { createServer, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

/** What stands in the place of a Redis: gets the words of each command, answers in the protocol's own bytes or not at all. */
export type Answer = (words: readonly string[]) => string | undefined;

export interface FakeServer extends AsyncDisposable {
  readonly port: number;
  /** Connections so far. */
  connections(): number;
}

/** A server at a port of its own whose answers a test decides. Values without line breaks only. */
export async function startFakeServer(answer: Answer): Promise<FakeServer> {
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => undefined);
    socket.setEncoding('latin1').on('data', (text: string) => {
      for (const words of commandsIn(text)) socket.write(answer(words) ?? '');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => connections,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Commands as ioredis writes them: an array of bulk strings each. */
function commandsIn(text: string): string[][] {
  return text
    .split(/^\*\d+\r\n/m)
    .filter((part) => part !== '')
    .map((part) => part.split('\r\n').filter((_line, index) => index % 2 === 1));
}

/** What a Redis in order answers to the commands that the client sends by itself. */
export function inOrder([name]: readonly string[]): string {
  switch (name?.toUpperCase()) {
    case 'INFO':
      return '$15\r\nredis_version:7\r\n';
    case 'TIME':
      return `*2\r\n$10\r\n${Math.floor(Date.now() / 1_000)}\r\n$1\r\n0\r\n`;
    case 'SUBSCRIBE':
      return '*3\r\n$9\r\nsubscribe\r\n$1\r\nx\r\n:1\r\n';
    case 'MGET':
      return '*3\r\n$-1\r\n$-1\r\n$-1\r\n';
    default:
      return '+OK\r\n';
  }
}
