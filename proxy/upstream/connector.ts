import type { Socket } from 'node:net';
import { buildConnector, Client } from 'undici';
import type { OutboundProxy } from './outbound-proxies.ts';
import { type EndpointTls, tlsOptions } from './tls.ts';

/** Under this code a failure is classified as a timeout of connecting. */
const TIMEOUT_CODE = 'UND_ERR_CONNECT_TIMEOUT';

/** A connection attempt through a forward proxy that failed on the way. */
export class OutboundProxyError extends Error {
  override readonly name = 'OutboundProxyError';
}

/**
 * Connects to an endpoint, through the tunnel of a proxy where there is one. undici reports a reset without saying what
 * the socket had carried; the byte count tells a reused connection from a new one.
 */
export function endpointConnector(
  timeoutMs: number,
  { proxy, http2 = false, ...tls }: EndpointTls & { readonly proxy?: OutboundProxy; readonly http2?: boolean } = {},
): buildConnector.connector {
  const direct = buildConnector({ timeout: timeoutMs, allowH2: http2, preferH2: http2, ...tlsOptions(tls) });
  return (options, callback) => {
    const counting = countBytes(callback);
    if (!proxy) {
      direct(options, counting);
      return;
    }
    openTunnel(proxy, hostPort(options), timeoutMs).then(
      (httpSocket) => (isTls(options) ? direct({ ...options, httpSocket }, counting) : counting(null, httpSocket)),
      (error: Error) => counting(error, null),
    );
  };
}

/** Connects to a proxy that is sent requests for others: the name in their Host header is not its own. */
export function proxyConnector(timeoutMs: number, { origin }: OutboundProxy): buildConnector.connector {
  const direct = buildConnector({ timeout: timeoutMs, allowH2: false });
  const servername = new URL(origin).hostname;
  return (options, callback) => direct({ ...options, servername }, countBytes(callback));
}

function countBytes(callback: buildConnector.Callback): buildConnector.Callback {
  return (...result) => {
    const socket: Socket | null = result[1];
    socket?.prependListener('error', (error: Error & { bytesRead?: number }) => {
      error.bytesRead = socket.bytesRead;
    });
    callback(...result);
  };
}

/**
 * Asks the proxy for a connection to `target` (`host:port`; RFC 9110 section 9.3.6). Rejects with OutboundProxyError, or
 * with undici's timeout when the proxy cannot be reached or does not answer in time.
 */
export async function openTunnel(proxy: OutboundProxy, target: string, timeoutMs: number): Promise<Socket> {
  const client = new Client(proxy.origin, { connect: proxyConnector(timeoutMs, proxy) });
  try {
    const { statusCode, socket } = await client.connect({
      path: target,
      headers: { host: target, ...authorizationOf(proxy) },
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (statusCode >= 200 && statusCode < 300) return socket as Socket;
    socket.on('error', () => undefined).destroy();
    throw new OutboundProxyError(`the outbound proxy answered CONNECT with status ${statusCode}`);
  } catch (error) {
    await client.destroy();
    throw explained(error);
  }
}

export function authorizationOf({ authorization }: OutboundProxy): Record<string, string> {
  return authorization === undefined ? {} : { 'proxy-authorization': authorization };
}

function isTls({ protocol }: buildConnector.Options): boolean {
  return protocol === 'https:';
}

function hostPort(options: buildConnector.Options): string {
  const { hostname, port } = options;
  return `${hostname}:${port === '' ? (isTls(options) ? '443' : '80') : port}`;
}

/** A timeout is one of connecting; everything else names the proxy, so that no endpoint is suspected. */
function explained(error: unknown): Error {
  if (error instanceof OutboundProxyError) return error;
  const { code, message, name } = error as NodeJS.ErrnoException;
  if (name !== 'TimeoutError' && code !== TIMEOUT_CODE) {
    return new OutboundProxyError(`the outbound proxy cannot be reached (${code ?? message})`, { cause: error });
  }
  return Object.assign(new OutboundProxyError('the outbound proxy did not answer in time'), { code: TIMEOUT_CODE });
}
