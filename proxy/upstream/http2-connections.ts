import { connect, constants, type ClientHttp2Session, type ClientHttp2Stream } from 'node:http2';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { buildConnector } from 'undici';
import { connectFailure, type HeldRequest, Http2Call, type SharedConnection } from './http2-call.ts';
import type { UpstreamCall, UpstreamFailure, UpstreamHandler } from './types.ts';

/** Streams of one connection at the same time, where the endpoint takes as many. */
const MOST_STREAMS = 100;
/** Bytes of one answer that may be under way before they are read. */
const STREAM_WINDOW = 256 * 1_024;
/** Answers share the window of their connection: one that is paused must not stop the others. */
const CONNECTION_WINDOW = MOST_STREAMS * STREAM_WINDOW;
/** Megabytes that Node may hold for one connection; beyond them it refuses streams. */
const SESSION_MEMORY_MB = 64;
/** The least time in which a peer that may be gone is to answer. */
const LEAST_PROBE_MS = 1_000;

export interface Http2Options {
  readonly origin: string;
  /** Connects, with `h2` among the protocols that are offered. */
  readonly connector: buildConnector.connector;
  /** Milliseconds to a connection, the settings of the peer included. */
  readonly connectMs: number;
  /** Milliseconds that an idle connection is kept. */
  readonly idleMs: number;
  /** Sends over HTTP/1.1: the endpoint takes nothing else. */
  readonly fallback: (request: HeldRequest, handler: UpstreamHandler) => UpstreamCall;
}

interface Connection extends SharedConnection {
  /** Those that are open. */
  readonly streams: Set<ClientHttp2Stream>;
  /** Whether it is still there is being found out. */
  isSuspect: boolean;
}

/** The connections to one endpoint that takes HTTP/2; further ones are made as the streams of one are used up. */
export class Http2Connections {
  readonly #options: Http2Options;
  readonly #connections = new Set<Connection>();
  #waiting: Http2Call[] = [];
  #isConnecting = false;
  #isPlain = false;
  #isClosed = false;

  constructor(options: Http2Options) {
    this.#options = options;
  }

  get size(): number {
    return this.#connections.size;
  }

  send(request: HeldRequest, handler: UpstreamHandler): UpstreamCall {
    if (this.#isPlain) return this.#options.fallback(request, handler);
    const call = new Http2Call(request, handler, (again) => this.#place(again));
    // A failure comes in a later tick.
    queueMicrotask(() => this.#place(call));
    return call;
  }

  /** Breaks all that runs and all that waits off. */
  close(): void {
    this.#isClosed = true;
    for (const { session } of this.#connections) session.destroy(new Error('the proxy is closing'));
    this.#failWaiting({ kind: 'refused', reason: 'the proxy is closing' });
  }

  #place(call: Http2Call): void {
    if (call.isOver) return;
    if (this.#isClosed) {
      call.fail({ kind: 'refused', reason: 'the proxy is closing' });
      return;
    }
    for (const connection of this.#connections) if (this.#starts(call, connection)) return;
    this.#waiting.push(call);
    this.#connect();
  }

  #starts(call: Http2Call, connection: Connection): boolean {
    const { session, isSuspect } = connection;
    if (isSuspect || session.closed || session.destroyed || connection.streams.size >= mostStreams(session))
      return false;
    try {
      call.start(connection);
      return true;
    } catch {
      // The peer has said in this moment that it takes no more.
      return false;
    }
  }

  #connect(): void {
    if (this.#isConnecting || this.#waiting.length === 0) return;
    this.#isConnecting = true;
    const { origin, connector } = this.#options;
    const { hostname, host, port, protocol } = new URL(origin);
    // The connector itself bounds the time, and finds the name for TLS out.
    connector({ hostname: hostname.replace(/^\[|\]$/g, ''), host, port, protocol }, (...[error, socket]) => {
      if (error || !socket) this.#failed(connectFailure(error ?? new Error('no connection')));
      else if (this.#isClosed) socket.destroy();
      else if ((socket as TLSSocket).alpnProtocol === 'h2') this.#open(socket);
      else this.#goPlain(socket);
    });
  }

  #open(socket: Socket): void {
    const { origin, connectMs, idleMs } = this.#options;
    const session = connect(origin, {
      createConnection: () => socket,
      maxSessionMemory: SESSION_MEMORY_MB,
      settings: { enablePush: false, initialWindowSize: STREAM_WINDOW },
    });
    const connection: Connection = {
      session,
      streams: new Set(),
      answered: false,
      isSuspect: false,
      suspect: (ms) => probe(connection, Math.max(ms, LEAST_PROBE_MS)),
    };
    let failure: UpstreamFailure = { kind: 'refused', reason: 'the connection was closed before its settings came' };
    const late = setTimeout(() => {
      failure = { kind: 'timeout_connect', reason: `no HTTP/2 settings within ${connectMs} ms` };
      session.destroy();
    }, connectMs).unref();
    let isReady = false;
    session.on('error', () => undefined);
    session.on('goaway', (_code, last) => leaveOut(connection, last));
    session.once('remoteSettings', () => {
      isReady = true;
      clearTimeout(late);
      this.#isConnecting = false;
      this.#ready(connection);
    });
    session.once('close', () => {
      clearTimeout(late);
      this.#connections.delete(connection);
      if (isReady) this.#drain();
      else this.#failed(failure);
    });
    session.once('connect', () => session.setLocalWindowSize(CONNECTION_WINDOW));
    session.setTimeout(idleMs, () => {
      if (connection.streams.size === 0) session.close();
    });
    session.unref();
    this.#track(connection);
  }

  /** Knows the streams that are open: Node tells neither their number nor which of them a GOAWAY leaves out. */
  #track(connection: Connection): void {
    const { session } = connection;
    const request = session.request.bind(session);
    session.request = (...asked: Parameters<ClientHttp2Session['request']>) => {
      const stream = request(...asked);
      connection.streams.add(stream);
      stream.once('close', () => {
        connection.streams.delete(stream);
        this.#drain();
      });
      return stream;
    };
  }

  #ready(connection: Connection): void {
    if (this.#isClosed) {
      connection.session.destroy();
      return;
    }
    if (mostStreams(connection.session) === 0) {
      connection.session.close();
      this.#failWaiting({ kind: 'refused', reason: 'the endpoint takes no streams' });
      return;
    }
    this.#connections.add(connection);
    this.#drain();
  }

  #drain(): void {
    const waiting = this.#waiting;
    if (waiting.length === 0) return;
    this.#waiting = [];
    for (const call of waiting) this.#place(call);
  }

  /** What waits for a stream of a connection that works goes on waiting. */
  #failed(failure: UpstreamFailure): void {
    this.#isConnecting = false;
    const works = [...this.#connections].some(({ session, isSuspect }) => !isSuspect && !session.closed);
    if (!works) this.#failWaiting(failure);
  }

  #failWaiting(failure: UpstreamFailure): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const call of waiting) call.fail(failure);
  }

  #goPlain(socket: Socket): void {
    socket.destroy();
    this.#isPlain = true;
    this.#isConnecting = false;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const call of waiting) if (!call.isOver) call.handOver(this.#options.fallback);
  }
}

function mostStreams({ remoteSettings }: ClientHttp2Session): number {
  return Math.min(MOST_STREAMS, remoteSettings.maxConcurrentStreams ?? MOST_STREAMS);
}

/** The peer takes no new streams, and does not look at those beyond `last`: they end as streams that it has refused. */
function leaveOut({ streams }: Connection, last: number): void {
  for (const stream of streams) if ((stream.id ?? Infinity) > last) stream.close(constants.NGHTTP2_REFUSED_STREAM);
}

/** A stream that times out says nothing of its connection: a ping does. New streams wait for it elsewhere. */
function probe(connection: Connection, ms: number): void {
  const { session } = connection;
  if (connection.isSuspect || session.destroyed) return;
  connection.isSuspect = true;
  const timer = setTimeout(() => session.destroy(new Error('no answer to a ping')), ms).unref();
  try {
    session.ping(() => {
      clearTimeout(timer);
      connection.isSuspect = false;
    });
  } catch (error) {
    session.destroy(error as Error);
  }
}
