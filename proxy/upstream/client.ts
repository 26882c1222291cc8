import type { IncomingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';
import { buildConnector, Pool, type Dispatcher } from 'undici';
import { classifyFailure } from './failure.ts';
import type { UpstreamCall, UpstreamHandler, UpstreamRequest, UpstreamTimeouts } from './types.ts';

/** Milliseconds that an idle connection is kept when the endpoint gives no hint. */
const KEEP_ALIVE_MS = 30_000;

/** Sends requests to endpoints over kept-alive HTTP/1.1 connections, one pool an origin. */
export class UpstreamClient {
  readonly #pools = new Map<string, Pool>();
  #closed = false;

  /** Starts a request. Never throws: every failure reaches the handler, in a later tick. */
  send(request: UpstreamRequest, handler: UpstreamHandler): UpstreamCall {
    const call = new Call(handler);
    if (this.#closed) {
      queueMicrotask(() => call.fail(new Error('the proxy is closing')));
      return call;
    }
    this.#pool(request.origin, request.timeouts).dispatch(
      {
        path: request.path,
        method: request.method,
        headers: request.headers as string[],
        body: request.body ?? null,
        headersTimeout: request.timeouts.firstByteMs,
        bodyTimeout: request.timeouts.idleMs,
      },
      call,
    );
    return call;
  }

  /** Connections that are open now, over all origins. */
  openConnections(): number {
    let open = 0;
    for (const pool of this.#pools.values()) open += pool.stats.connected;
    return open;
  }

  /** Closes every connection at once. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#pools.values()].map((pool) => pool.destroy()));
    this.#pools.clear();
  }

  #pool(origin: string, timeouts: UpstreamTimeouts): Pool {
    const key = `${origin} ${timeouts.connectMs}`;
    let pool = this.#pools.get(key);
    if (pool === undefined) {
      pool = new Pool(origin, {
        connect: countingConnector(timeouts.connectMs),
        pipelining: 1,
        allowH2: false,
        keepAliveTimeout: KEEP_ALIVE_MS,
      });
      this.#pools.set(key, pool);
    }
    return pool;
  }
}

/** undici reports a reset without saying what the socket had carried; the byte count distinguishes a reused connection from a new one. */
function countingConnector(timeout: number): buildConnector.connector {
  const connect = buildConnector({ timeout, allowH2: false });
  return (options, callback) =>
    connect(options, (...result) => {
      const socket: Socket | null = result[1];
      socket?.prependListener('error', (error: Error & { bytesRead?: number }) => {
        error.bytesRead = socket.bytesRead;
      });
      callback(...result);
    });
}

/** Bridges undici's dispatch handler to ours. */
class Call implements UpstreamCall, Dispatcher.DispatchHandler {
  readonly #handler: UpstreamHandler;
  #controller: Dispatcher.DispatchController | undefined;
  #phase: 'queued' | 'sent' | 'answered' | 'over' = 'queued';
  #aborted = false;

  constructor(handler: UpstreamHandler) {
    this.#handler = handler;
  }

  pause(): void {
    this.#controller?.pause();
  }

  resume(): void {
    this.#controller?.resume();
  }

  abort(): void {
    if (this.#phase === 'over' || this.#aborted) return;
    this.#aborted = true;
    if (this.#controller) this.#controller.abort(new Error('the last client left'));
    else this.fail(new Error('the last client left'));
  }

  /** Ends the call with an error, once. */
  fail(error: Error): void {
    if (this.#phase === 'over') return;
    const answered = this.#phase === 'answered';
    this.#phase = 'over';
    this.#handler.onFailure(
      this.#aborted ? { kind: 'client_left', reason: 'the last client left' } : classifyFailure(error, answered),
    );
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#aborted) controller.abort(new Error('the last client left'));
    else this.#phase = 'sent';
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    if (status < 200 || this.#phase === 'over') return;
    this.#phase = 'answered';
    this.#handler.onHead(status, headers);
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#phase === 'answered') this.#handler.onData(chunk);
  }

  onResponseEnd(): void {
    if (this.#phase !== 'answered') return;
    this.#phase = 'over';
    this.#handler.onEnd();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.fail(error);
  }
}
