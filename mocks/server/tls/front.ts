import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { Server as HttpServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { selfSigned } from './certificate.ts';
import type { Certificate } from './certificate.ts';

/** The first byte of a TLS handshake (RFC 8446, section 5.1). */
const HANDSHAKE = 0x16;
const LOCAL = ['localhost', '127.0.0.1', '::1'];

/** One port for HTTP and HTTPS: which of them is spoken is seen by the first byte, so that one base URL serves both. */
export interface TlsFront {
  /** Listens in place of the HTTP server. */
  readonly server: Server;
  /** PEM, and its own authority. */
  readonly certificate: string;
  /** Where the certificate lies while the server runs. */
  readonly file: string;
  /** Ends connections that have said nothing yet, and removes the file. */
  close(): void;
}

/** Writes the certificate to a folder of its own. */
function written({ cert }: Certificate): { readonly folder: string; readonly file: string } {
  const folder = mkdtempSync(join(tmpdir(), 'llmproxy-mock-'));
  const file = join(folder, 'certificate.pem');
  writeFileSync(file, cert);
  return { folder, file };
}

/** `http`: the server that answers; it never listens itself. */
export function tlsFront(http: HttpServer, host: string, now: number): TlsFront {
  const made = selfSigned([...new Set([...LOCAL, ...(host === '0.0.0.0' || host === '::' ? [] : [host])])], now);
  const { folder, file } = written(made);
  const secure = createSecureServer({ cert: made.cert, key: made.key });
  // A connection that is decrypted is one like any other.
  secure.removeAllListeners('secureConnection');
  secure.on('secureConnection', (socket) => http.emit('connection', socket));
  const silent = new Set<Socket>();
  const server = createServer((socket) => {
    silent.add(socket);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => silent.delete(socket));
    socket.once('data', (first: Buffer) => {
      silent.delete(socket);
      socket.pause();
      socket.unshift(first);
      (first[0] === HANDSHAKE ? secure : http).emit('connection', socket);
      process.nextTick(() => socket.resume());
    });
  });
  return {
    server,
    certificate: made.cert,
    file,
    close() {
      for (const socket of silent) socket.destroy();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
