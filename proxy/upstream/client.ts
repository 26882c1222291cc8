import { hash } from 'node:crypto';
import type { Agent, IncomingHttpHeaders } from 'node:http';
import type { Duplex } from 'node:stream';
import { Pool, type Dispatcher } from 'undici';
import { authorizationOf, endpointConnector, OutboundProxyError, proxyConnector } from './connector.ts';
import { classifyFailure } from './failure.ts';
import type { HeldRequest } from './http2-call.ts';
import { Http2Connections } from './http2-connections.ts';
import type { OutboundProxies, OutboundProxy } from './outbound-proxies.ts';
import { endpointAgent } from './tunnel-agent.ts';
import { type EndpointTls, isPlain, tlsOf } from './tls.ts';
import type { UpstreamCall, UpstreamHandler, UpstreamRequest } from './types.ts';

/** Milliseconds that an idle connection is kept when the endpoint gives no hint. */
const KEEP_ALIVE_MS = 30_000;
/** The proxy's own refusal (RFC 9110 section 15.5.8): an answer that no endpoint has given. */
const PROXY_AUTHENTICATION_REQUIRED = 407;

/** Sends requests to endpoints over kept-alive HTTP/1.1 connections, one pool an origin, and over HTTP/2 where that is asked for. */
export class UpstreamClient {
  readonly #pools = new Map<string, Pool>();
  readonly #http2 = new Map<string, Http2Connections>();
  readonly #agents = new Map<string, Agent | undefined>();
  readonly #proxies: OutboundProxies | undefined;
  #closed = false;

  constructor(proxies?: OutboundProxies) {
    this.#proxies = proxies;
  }

  /** Starts a request. Never throws: every failure reaches the handler, in a later tick. */
  send(request: UpstreamRequest, handler: UpstreamHandler): UpstreamCall {
    const proxy = this.#proxies?.for(request.origin);
    if (!this.#closed && isHttp2(request)) return this.#http2For(request, proxy).send(request as HeldRequest, handler);
    // A proxy takes plain requests whole (RFC 9112 section 3.2.2); to TLS and to another protocol leads a tunnel.
    const relay = request.origin.startsWith('http:') && request.upgrade === undefined ? proxy : undefined;
    const call = new Call(handler, relay !== undefined);
    if (this.#closed) {
      queueMicrotask(() => call.fail(new Error('the proxy is closing')));
      return call;
    }
    this.#pool(request, proxy, relay).dispatch(
      {
        ...(relay ? relayed(request, relay) : { path: request.path, headers: request.headers as string[] }),
        method: request.method,
        body: request.body ?? null,
        reset: request.fresh === true,
        ...(request.upgrade === undefined ? {} : { upgrade: request.upgrade }),
        headersTimeout: request.timeouts.firstByteMs,
        bodyTimeout: request.timeouts.idleMs,
      },
      call,
    );
    return call;
  }

  /** For clients of `node:http`: the agent that leads to an endpoint; undefined where the usual one does. */
  agentFor(endpoint: Pick<UpstreamRequest, 'origin' | keyof EndpointTls>): Agent | undefined {
    const key = `${endpoint.origin}${authorities(endpoint)}`;
    if (!this.#agents.has(key)) this.#agents.set(key, endpointAgent(this.#proxies, endpoint));
    return this.#agents.get(key);
  }

  /** Connections that are open now, over all origins. */
  openConnections(): number {
    let open = 0;
    for (const pool of this.#pools.values()) open += pool.stats.connected;
    for (const connections of this.#http2.values()) open += connections.size;
    return open;
  }

  /** Closes every connection at once. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const agent of this.#agents.values()) agent?.destroy();
    for (const connections of this.#http2.values()) connections.close();
    await Promise.all([...this.#pools.values()].map((pool) => pool.destroy()));
    this.#pools.clear();
  }

  #http2For(request: UpstreamRequest, proxy: OutboundProxy | undefined): Http2Connections {
    const { origin, timeouts } = request;
    const { connectMs } = timeouts;
    const key = `${origin} ${connectMs}${authorities(request)}`;
    let connections = this.#http2.get(key);
    if (connections === undefined) {
      connections = new Http2Connections({
        origin,
        connector: endpointConnector(connectMs, { http2: true, ...(proxy && { proxy }), ...tlsOf(request) }),
        connectMs,
        idleMs: KEEP_ALIVE_MS,
        fallback: (plain, handler) => this.send({ ...plain, http2: false }, handler),
      });
      this.#http2.set(key, connections);
    }
    return connections;
  }

  #pool(request: UpstreamRequest, proxy?: OutboundProxy, relay?: OutboundProxy): Pool {
    const { origin, timeouts, fresh, upgrade } = request;
    const kind = `${fresh ? ' fresh' : ''}${upgrade ? ' upgrade' : ''}${authorities(request)}`;
    const key = `${origin} ${timeouts.connectMs}${kind}`;
    let pool = this.#pools.get(key);
    if (pool === undefined) {
      const { connectMs } = timeouts;
      pool = new Pool(relay?.origin ?? origin, {
        connect: relay
          ? proxyConnector(connectMs, relay)
          : endpointConnector(connectMs, { ...(proxy && { proxy }), ...tlsOf(request) }),
        pipelining: 1,
        allowH2: false,
        keepAliveTimeout: KEEP_ALIVE_MS,
      });
      this.#pools.set(key, pool);
    }
    return pool;
  }
}

/** An upgrade, what must have a connection of its own, and bodies that are not held, go over HTTP/1.1. */
function isHttp2({ http2, origin, fresh, upgrade, body }: UpstreamRequest): boolean {
  const isHeld = body === undefined || Buffer.isBuffer(body);
  return http2 === true && isHeld && origin.startsWith('https:') && !fresh && !upgrade;
}

/** Connections that are verified by other authorities, or by another certificate of the client, are not shared. */
function authorities(tls: EndpointTls): string {
  return isPlain(tls) ? '' : ` ${hash('sha256', JSON.stringify(tlsOf(tls)))}`;
}

/** What a forward proxy is sent in place of a request of its own. */
function relayed(
  { origin, path, headers }: UpstreamRequest,
  proxy: OutboundProxy,
): { path: string; headers: string[] } {
  const added = Object.entries({ host: new URL(origin).host, ...authorizationOf(proxy) }).flat();
  return { path: `${origin}${path}`, headers: [...headers, ...added] };
}

/** Bridges undici's dispatch handler to ours. */
class Call implements UpstreamCall, Dispatcher.DispatchHandler {
  readonly #handler: UpstreamHandler;
  #controller: Dispatcher.DispatchController | undefined;
  #phase: 'queued' | 'sent' | 'answered' | 'over' = 'queued';
  #aborted = false;
  readonly #relayed: boolean;

  constructor(handler: UpstreamHandler, relayed: boolean) {
    this.#handler = handler;
    this.#relayed = relayed;
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

  onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    if (status < 200 || this.#phase === 'over') return;
    if (this.#relayed && status === PROXY_AUTHENTICATION_REQUIRED) {
      controller.abort(new OutboundProxyError(`the outbound proxy answered with status ${status}`));
      return;
    }
    // They have been read: the buffer that they came in would be kept for as long as the body comes.
    controller.rawHeaders = null;
    this.#phase = 'answered';
    this.#handler.onHead(status, headers);
  }

  onRequestUpgrade(
    _controller: Dispatcher.DispatchController,
    _status: number,
    headers: IncomingHttpHeaders,
    socket: Duplex,
  ): void {
    const handler = this.#handler;
    if (this.#phase === 'over' || !handler.onUpgrade) {
      socket.destroy();
      return;
    }
    this.#phase = 'over';
    handler.onUpgrade(headers, socket);
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
