import type { Server as HttpServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import type { Certificate } from './certificate.ts';

/** The first byte of a TLS handshake (RFC 8446, section 5.1). */
const HANDSHAKE = 0x16;

/** One port for HTTP and HTTPS: which of them is spoken is seen by the first byte, so that one base URL serves both. */
export interface TlsFront {
  /** Listens in place of the HTTP server. */
  readonly server: Server;
  closeAllConnections(): void;
}

/** `http`: the server that answers; it never listens itself. */
export function tlsFront(http: HttpServer, { cert, key }: Certificate): TlsFront {
  const secure = createSecureServer({ cert, key });
  // A connection that is decrypted is one like any other.
  secure.removeAllListeners('secureConnection');
  secure.on('secureConnection', (socket) => http.emit('connection', socket));
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => open.delete(socket));
    socket.once('data', (first: Buffer) => {
      socket.pause();
      socket.unshift(first);
      (first[0] === HANDSHAKE ? secure : http).emit('connection', socket);
      process.nextTick(() => socket.resume());
    });
  });
  return {
    server,
    closeAllConnections() {
      for (const socket of open) socket.destroy();
    },
  };
}
