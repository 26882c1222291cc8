import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Duplex } from 'node:stream';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import { openTunnel } from './connector.ts';
import type { OutboundProxies, OutboundProxy } from './outbound-proxies.ts';
import { type EndpointTls, isPlain, tlsOptions } from './tls.ts';

type OnConnection = (error: Error | null, socket?: Duplex) => void;

/** Milliseconds to a connection through the proxy. */
const CONNECT_TIMEOUT_MS = 10_000;

/**
 * An agent for `node:http` and `node:https` whose connections to `origin` go through the proxy of the environment, or
 * are verified by authorities of their own; undefined where the usual one does. Node's own `proxyEnv` is not in every
 * version that is supported.
 */
export function endpointAgent(
  proxies: OutboundProxies | undefined,
  { origin, ...tls }: EndpointTls & { readonly origin: string },
): HttpAgent | HttpsAgent | undefined {
  const proxy = proxies?.for(origin);
  const secure = origin.startsWith('https:');
  if (proxy) return secure ? new TlsTunnelAgent(proxy, tls) : new PlainTunnelAgent(proxy);
  return secure && !isPlain(tls) ? new HttpsAgent(tlsOptions(tls)) : undefined;
}

class PlainTunnelAgent extends HttpAgent {
  readonly #proxy: OutboundProxy;

  constructor(proxy: OutboundProxy) {
    super();
    this.#proxy = proxy;
  }

  override createConnection(options: ConnectionOptions, connected: OnConnection): undefined {
    openTunnel(this.#proxy, targetOf(options), CONNECT_TIMEOUT_MS).then((socket) => connected(null, socket), connected);
  }
}

class TlsTunnelAgent extends HttpsAgent {
  readonly #proxy: OutboundProxy;

  constructor(proxy: OutboundProxy, tls: EndpointTls) {
    super(tlsOptions(tls));
    this.#proxy = proxy;
  }

  override createConnection(options: ConnectionOptions, connected: OnConnection): undefined {
    openTunnel(this.#proxy, targetOf(options), CONNECT_TIMEOUT_MS).then(
      (socket) => connected(null, connectTls({ ...options, socket })),
      connected,
    );
  }
}

function targetOf({ host, port }: ConnectionOptions): string {
  const name = host ?? 'localhost';
  return `${name.includes(':') ? `[${name}]` : name}:${port}`;
}
