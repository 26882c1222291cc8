import { IncomingMessage, Server, type ServerOptions } from 'node:http';

const WEBSOCKET = 'websocket';

/**
 * Whether a request is to leave HTTP. A server that does not want the offered protocol ignores the offer and answers as
 * if it were not there (RFC 9110 section 7.8): Java's client offers `h2c` with its first request. A WebSocket begins
 * with a GET (RFC 6455 section 4.1).
 */
export function isWebSocketUpgrade({ method, headers }: Pick<IncomingMessage, 'method' | 'headers'>): boolean {
  return method === 'GET' && headers.upgrade?.trim().toLowerCase() === WEBSOCKET;
}

/** Options of a server that raises `upgrade` for WebSockets and lets every other offer pass as a plain request. */
export function upgradeOptions(): ServerOptions {
  const native = 'shouldUpgradeCallback' in new Server();
  return native ? { shouldUpgradeCallback: isWebSocketUpgrade } : { IncomingMessage: UpgradeFilter };
}

/**
 * Does the same where `node:http` has no `shouldUpgradeCallback` (before 24.9 and 22.21): it asks the message itself
 * whether it is an upgrade, once its headers are there.
 */
export class UpgradeFilter extends IncomingMessage {
  declare private offered: boolean;

  get upgrade(): boolean {
    return this.offered && (this.method === 'CONNECT' || isWebSocketUpgrade(this));
  }

  set upgrade(offered: boolean) {
    this.offered = offered;
  }
}
