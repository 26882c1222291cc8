import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { ProxyError } from '../core/errors.ts';
import { newRequestId } from '../core/ids.ts';
import { type ContextSeed, createContext, type RequestContext } from '../pipeline/context.ts';
import { failRequest, type PipelineName, runPipeline } from '../pipeline/pipeline.ts';
import { RunningExchanges } from '../pipeline/running.ts';
import type { Runtime } from '../pipeline/runtime.ts';
import { settle } from '../pipeline/settle.ts';
import type { Transport } from '../pipeline/transport.ts';
import type { SocketWay } from '../pipeline/socket-way.ts';
import type { Responder } from '../wire/http.ts';
import { withoutParameters } from '../wire/query.ts';
import { NodeBody } from './body.ts';
import { enter, enterUpgrade } from './fence.ts';
import type { Guard } from './guard.ts';
import { assertNoLoop } from './loop.ts';
import { NotedResponder } from './noted-responder.ts';
import { NodeResponder } from './responder.ts';
import { queryKeys, takeQueryKey } from './query-key.ts';
import {
  type ApiRoute,
  assertOperationMethod,
  belowVersion,
  findRoute,
  noRoute,
  RESPONSES_SOCKET,
} from './route-table.ts';
import { SocketResponder } from './socket-responder.ts';
import { frameSource, ResponseSockets } from './sockets/sockets.ts';
import { Tunnels } from './tunnel.ts';
import { Uploads } from './upload.ts';

/** What the front needs of the configuration that is in force; read anew for each request. */
export interface FrontState {
  readonly runtime: Runtime;
  readonly draining: boolean;
  readonly guard: Guard;
  /** Random id of this proxy, by which it knows its own requests. */
  readonly instanceId: string;
  /** WebSockets of the Responses API that may be open. */
  readonly socketLimit: number;
}

export type AdminHandler = (request: IncomingMessage, response: ServerResponse) => void;

interface Target {
  readonly path: string;
  readonly query: string;
}

/** A request before its route is known. */
interface Arrival {
  readonly request: IncomingMessage;
  readonly responder: Responder;
  readonly state: FrontState;
  /** Path and query as the client wrote them. */
  readonly writtenPath: string;
  readonly id: string;
  readonly startedAt: number;
}

/** Requests to the control plane are reported only where they are refused. */
const CONTROL_PLANE = 'control-plane';
const CONTROL_PLANE_CODES: ReadonlyMap<number, string> = new Map([
  [401, 'unauthorized'],
  [404, 'unknown_url'],
]);
/** Method of the access line of a request that came over a socket. */
const FRAME_METHOD = 'WS';
/** Pipelines that may carry what no generation carries. */
const PASSES_THROUGH: ReadonlySet<PipelineName> = new Set(['passthrough', 'conversations']);
const CLIENT_ID = /^[\w.:-]{1,128}$/;

/** Takes every request of the listener to its pipeline or to the control plane. */
export class Front {
  readonly #state: () => FrontState;
  readonly #admin: AdminHandler;
  readonly #uploads = new Uploads();
  readonly #tunnels = new Tunnels();
  readonly #sockets = new ResponseSockets();
  readonly #running = new RunningExchanges();

  constructor(state: () => FrontState, admin: AdminHandler) {
    this.#state = state;
    this.#admin = admin;
  }

  /** Never throws. */
  handle(request: IncomingMessage, response: ServerResponse): void {
    const responder = new NodeResponder(response);
    const arrival = this.#arrive(request, responder);
    const { runtime, draining } = arrival.state;
    try {
      const target = enter(request, response, arrival.state.guard);
      if (!target) {
        const answered = contextOf(arrival, routeOf(arrival));
        answered.status = response.statusCode;
        settle(answered, runtime);
        return;
      }
      assertNoLoop(request, arrival.state.instanceId);
      assertOperationMethod(request.method ?? 'GET', target.path);
      const route = findRoute(request.method ?? 'GET', target.path, request.headers);
      if (route.pipeline === 'control-plane') {
        reportRefusal(response, contextOf(arrival, routeOf(arrival, CONTROL_PLANE), target), runtime);
        this.#admin(request, response);
        return;
      }
      const transport = PASSES_THROUGH.has(route.pipeline)
        ? this.#uploads.transport(request, response, responder)
        : undefined;
      const context = contextOf(arrival, route, target, transport);
      if (draining) failRequest(context, runtime, shuttingDown());
      else this.#run(route.pipeline, context, runtime);
    } catch (error) {
      failRequest(contextOf(arrival, routeOf(arrival)), runtime, error);
    }
  }

  /** Sockets of the Responses API are read, those of routes that are passed through are not; every other upgrade is refused. Never throws. */
  upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    socket.on('error', () => socket.destroy());
    const arrival = this.#arrive(request, new SocketResponder(socket));
    const { runtime, draining } = arrival.state;
    try {
      const target = enterUpgrade(request, arrival.state.guard);
      assertNoLoop(request, arrival.state.instanceId);
      if (draining) throw shuttingDown();
      if (belowVersion(target.path) === RESPONSES_SOCKET.protocol.path) {
        this.#openSocket(arrival, target, request, socket, head);
        return;
      }
      const route = findRoute(request.method ?? 'GET', target.path, request.headers);
      if (route.pipeline !== 'passthrough') {
        throw new ProxyError('unknown_url', `No route takes an upgrade at ${target.path}.`);
      }
      const context = contextOf(arrival, route, target, this.#tunnels.transport(request, socket, head));
      void runPipeline(route.pipeline, context, runtime);
    } catch (error) {
      failRequest(contextOf(arrival, routeOf(arrival)), runtime, error);
    }
  }

  /** Ends the answers that run, each with an error in its own form where it has one. */
  interrupt(): void {
    this.#running.interrupt();
    this.#sockets.interrupt();
  }

  /** Requests to an API that run, counted one by one. */
  get running(): number {
    return this.#running.size;
  }

  /** Whether an answer runs over a WebSocket that is read here. */
  get hasBusySockets(): boolean {
    return this.#sockets.isBusy;
  }

  /** Ends the tunnels that are open, and the sockets that are read once their answers are complete. Resolves when all are closed. */
  async drainTunnels(): Promise<void> {
    await Promise.all([this.#tunnels.drain(), this.#sockets.drain()]);
  }

  #openSocket(arrival: Arrival, target: Target, request: IncomingMessage, socket: Socket, head: Buffer): void {
    const { runtime, socketLimit } = arrival.state;
    const way = this.#sockets.way(request, socket, head, {
      id: arrival.id,
      frameLimit: runtime.bodyLimit,
      socketLimit,
      start: async (frame, responder, frameWay) => {
        const state = this.#state();
        const startedAt = state.runtime.clock.monotonic();
        const asked = { ...arrival, id: newRequestId(), responder, state, startedAt };
        const context = contextOf(asked, RESPONSES_SOCKET, target, frameWay, frame);
        await runPipeline('socket-request', context, state.runtime);
      },
    });
    void runPipeline('socket', contextOf(arrival, RESPONSES_SOCKET, target, way), runtime);
  }

  #run(pipeline: PipelineName, context: RequestContext, runtime: Runtime): void {
    const pending = runPipeline(pipeline, context, runtime);
    if (!pending) return;
    this.#running.add(context);
    void pending.finally(() => this.#running.remove(context));
  }

  #arrive(request: IncomingMessage, responder: Responder): Arrival {
    const state = this.#state();
    const writtenPath = pathIn(request.url ?? '/');
    return {
      writtenPath,
      request,
      responder,
      state,
      id: requestId(request),
      startedAt: state.runtime.clock.monotonic(),
    };
  }
}

function contextOf(
  arrival: Arrival,
  route: ApiRoute,
  target?: Target,
  way?: Transport | SocketWay,
  frame?: Buffer,
): RequestContext {
  const { id, request, writtenPath, responder, startedAt } = arrival;
  const { telemetry } = arrival.state.runtime;
  const trace = telemetry.tracing
    ? telemetry.trace(startedAt, { id, operation: route.operation, headers: request.headers })
    : undefined;
  const query = target?.query ?? '';
  const seed: ContextSeed = {
    id,
    operation: route.operation,
    protocol: route.protocol,
    head: {
      method: frame ? FRAME_METHOD : (request.method ?? 'GET'),
      path: route.path ?? belowVersion(target?.path ?? request.url ?? '/'),
      query: ownQuery(route, query, request.headers),
      headers: request.headers,
      raw: rawOf(route, query, request),
    },
    writtenPath,
    source: frame ? frameSource(frame) : new NodeBody(request),
    responder: trace?.noted ? new NotedResponder(responder, trace.noted) : responder,
    subject: route.subject,
    ...wayOf(way),
    startedAt,
    trace,
    cacheStatus: route.pipeline === 'operation' ? 'bypass' : 'none',
  };
  return createContext(seed);
}

/** The query without what is no parameter of the operation: a key, the version of a host. */
function ownQuery({ protocol, ignores }: ApiRoute, query: string, headers: IncomingHttpHeaders): string {
  if (query === '') return query;
  const kept = protocol.family === 'gemini' ? takeQueryKey(query, headers) : query;
  return ignores === undefined ? kept : withoutParameters(kept, ignores);
}

/** The headers as they came, and the keys that Gemini's clients write into the query. */
function rawOf({ protocol }: ApiRoute, query: string, { rawHeaders }: IncomingMessage): readonly string[] {
  const keys = protocol.family === 'gemini' ? queryKeys(query) : [];
  return keys.length === 0 ? rawHeaders : [...rawHeaders, ...keys.flatMap((key) => ['?key', key])];
}

/** The route that a request without one is answered and reported as. */
function routeOf({ request, writtenPath }: Arrival, operation?: string): ApiRoute {
  return noRoute(writtenPath.replace(/\?.*$/s, ''), request.headers, operation);
}

function wayOf(way: Transport | SocketWay | undefined): Pick<ContextSeed, 'transport' | 'socket'> {
  if (way === undefined) return {};
  return way.kind === 'socket' || way.kind === 'frame' ? { socket: way } : { transport: way };
}

/** The absolute form of a target (RFC 9112 section 3.2.2) may name a host, and even a password. */
function pathIn(url: string): string {
  return url.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '');
}

function reportRefusal(response: ServerResponse, context: RequestContext, runtime: Runtime): void {
  response.setHeader('x-request-id', context.id);
  response.once('close', () => {
    const { statusCode } = response;
    if (statusCode < 400) return;
    context.status = statusCode;
    context.errorCode = CONTROL_PLANE_CODES.get(statusCode);
    context.termination = { by: 'proxy', phase: 'respond' };
    settle(context, runtime);
  });
}

/** The client's own request id when it is a plain token, else a new one. */
function requestId(request: IncomingMessage): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && CLIENT_ID.test(given) ? given : newRequestId();
}

function shuttingDown(): ProxyError {
  return new ProxyError('shutting_down', 'The proxy is shutting down and takes no new requests.', {
    headers: { connection: 'close', 'retry-after': '1' },
  });
}
