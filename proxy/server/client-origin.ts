import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';

/**
 * The origin under which this client calls the proxy. What lies in front of the proxy and speaks TLS with the client says so
 * in `x-forwarded-proto`; a client that makes it up deceives itself alone.
 */
export function clientOrigin({ headers, socket }: Pick<IncomingMessage, 'headers' | 'socket'>): string {
  const isSecure = socket instanceof TLSSocket || headers['x-forwarded-proto'] === 'https';
  return `${isSecure ? 'https' : 'http'}://${headers.host ?? ''}`;
}
