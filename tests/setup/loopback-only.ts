// No test reaches the network: every socket that this process opens must go to the loopback, or is refused.
// A setup file for vitest's workers, and `--import` for the programs that they start. Clients of every kind end here
// (node:http, fetch, undici, ioredis), which no interceptor of one of them could promise. A live run changes nothing
// here: its calls leave through the metering relay of global setup alone.
import { Socket } from 'node:net';

type Connect = (this: Socket, ...args: unknown[]) => Socket;

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|::1|\[::1\]|::ffff:127(?:\.\d{1,3}){3}|)$/i;
const prototype = Socket.prototype as unknown as { connect: Connect };
const connect = prototype.connect;

prototype.connect = function connectLoopback(this: Socket, ...args: unknown[]): Socket {
  const host = hostOf(args);
  if (LOOPBACK.test(host)) return connect.apply(this, args);
  const error = new Error(`Tests must not reach the network: a connection to "${host}" was refused.`);
  process.nextTick(() => this.destroy(Object.assign(error, { code: 'ENETUNREACH' })));
  return this;
};

/** `connect(options)`, `connect(port, host)`, `connect(path)`, or node's own already normalised array of those. */
function hostOf(args: readonly unknown[]): string {
  const first = Array.isArray(args[0]) ? (args[0] as unknown[])[0] : args[0];
  if (typeof first === 'object' && first !== null) {
    const { host, path } = first as { host?: unknown; path?: unknown };
    if (typeof path === 'string' && path !== '' && host === undefined) return '';
    return typeof host === 'string' ? host : 'localhost';
  }
  if (typeof first === 'string' && !/^\d+$/.test(first)) return '';
  return typeof args[1] === 'string' ? args[1] : 'localhost';
}
