import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';

/** Headers that ask for another protocol, or belong to that. */
const ASKING = new Set(['upgrade', 'connection', 'http2-settings']);

/** Whether a request asks for a WebSocket. */
export function asksForWebSocket({ headers }: IncomingMessage): boolean {
  return (headers.upgrade ?? '')
    .toLowerCase()
    .split(',')
    .some((name) => name.trim() === 'websocket');
}

/** Has the server read a request again as if it had asked for no other protocol (RFC 9110, section 7.8): Java clients ask for h2c with every first request. */
export function withoutUpgrade(server: Server, request: IncomingMessage, socket: Socket, head: Buffer): void {
  const { method = 'GET', url = '/', httpVersion, rawHeaders } = request;
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const [name = '', value = ''] = rawHeaders.slice(at, at + 2);
    if (!ASKING.has(name.toLowerCase())) lines.push(`${name}: ${value}`);
  }
  socket.unshift(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), head]));
  server.emit('connection', socket);
}
