import { once } from 'node:events';
import { createServer, type IncomingMessage, request } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** A forward proxy in a network where every name leads to one port of this machine. */
export interface ForwardProxy extends AsyncDisposable {
  readonly port: number;
  /** `CONNECT llm.test:443`, `POST http://llm.test/v1` … in their order. */
  readonly asked: readonly string[];
  readonly requests: readonly IncomingMessage[];
}

export interface ForwardProxyOptions {
  /** Where everything leads. */
  readonly target: number;
  /** Answers with this status instead. */
  readonly status?: number;
  /** Status with which a tunnel is opened; default 200. */
  readonly opened?: number;
  /** Takes requests and never answers. */
  readonly silent?: boolean;
}

export async function startForwardProxy({
  target,
  status,
  silent,
  opened = 200,
}: ForwardProxyOptions): Promise<ForwardProxy> {
  const requests: IncomingMessage[] = [];
  const sockets = new Set<Duplex>();
  const server = createServer((incoming, response) => {
    requests.push(incoming);
    if (silent) return;
    if (status !== undefined) {
      response.writeHead(status, { 'content-type': 'text/plain' }).end('the forward proxy says no');
      return;
    }
    const { pathname, search } = new URL(incoming.url ?? '');
    const { method, headers } = incoming;
    const options = { host: '127.0.0.1', port: target, path: `${pathname}${search}`, method, headers, agent: false };
    const outgoing = request(options, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    outgoing.on('error', () => response.destroy());
    incoming.pipe(outgoing);
  });
  server.on('connection', (socket: Socket) => sockets.add(socket));
  server.on('connect', (incoming, near: Duplex) => {
    requests.push(incoming);
    near.on('error', () => undefined);
    if (silent) return;
    if (status !== undefined) {
      near.end(`HTTP/1.1 ${status} Refused\r\n\r\n`);
      return;
    }
    const far = connect(target, '127.0.0.1', () => {
      near.write(`HTTP/1.1 ${opened} Connection established\r\n\r\n`);
      near.pipe(far).pipe(near);
    });
    sockets.add(far.on('error', () => near.destroy()));
    near.on('close', () => far.destroy());
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    get asked() {
      return requests.map(({ method, url }) => `${method} ${url}`);
    },
    requests,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** A certificate for `llm.test` that signs itself, and its key; made for these tests and worth nothing. */
export const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBTDCB86ADAgECAgEBMAoGCCqGSM49BAMCMBMxETAPBgNVBAMMCGxsbS50ZXN0
MCAXDTIwMDEwMTAwMDAwMFoYDzIxMjAwMTAxMDAwMDAwWjATMREwDwYDVQQDDAhs
bG0udGVzdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABCT8Z7eKQDaJCDSfDox8
26CkDQW2BBZmo2QPk5H8spVns0OBLAimkumFknf3gm7XGWYZh2p1fnC+DBUMAIKF
6oyjNjA0MBMGA1UdEQQMMAqCCGxsbS50ZXN0MB0GA1UdDgQWBBQMJxWRoUyuI/5E
32zWNuRL7s6pHTAKBggqhkjOPQQDAgNIADBFAiEAkwQJvDKewyFaF3Fn2q1z4j/o
sBLyPYwvmFSYODzcsaACIG9Bqq4wVM6BVdXFGnfFSeXKP0FIlDX92tSWwKSGawyX
-----END CERTIFICATE-----
`;
export const CERTIFICATE_KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgiOuJKhBP9plE7lj3
LTVJGW+81PzaPPcOgVyuAD5AR3qhRANCAAQk/Ge3ikA2iQg0nw6MfNugpA0FtgQW
ZqNkD5OR/LKVZ7NDgSwIppLphZJ394Ju1xlmGYdqdX5wvgwVDACCheqM
-----END PRIVATE KEY-----
`;
