import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { ProxyError } from '../core/errors.ts';
import { newRequestId } from '../core/ids.ts';
import type { RequestContext } from '../pipeline/context.ts';
import { failRequest, type PipelineName, runPipeline } from '../pipeline/pipeline.ts';
import { RunningExchanges } from '../pipeline/running.ts';
import type { Runtime } from '../pipeline/runtime.ts';
import { settle } from '../pipeline/settle.ts';
import type { BodySource, Responder } from '../wire/http.ts';
import { type Arrival, arrive, contextOf, type ReadHead, routeOf } from './arrival.ts';
import { NodeBody } from './body.ts';
import { enter, enterUpgrade } from './fence.ts';
import type { Guard } from './guard.ts';
import { assertNoLoop } from './loop.ts';
import { NodeResponder } from './responder.ts';
import { type ApiRoute, assertOperationMethod, belowVersion, findRoute, RESPONSES_SOCKET } from './route-table.ts';
import { SocketResponder } from './socket-responder.ts';
import { ResponseSockets } from './sockets/sockets.ts';
import { canonicalTarget, type Target } from './target.ts';
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

/** A plain request for an operation that nothing refuses at the front. */
export interface Admitted {
  readonly request: ReadHead;
  readonly state: FrontState;
  readonly route: ApiRoute;
  readonly target: Target;
}

export type AdminHandler = (request: IncomingMessage, response: ServerResponse) => void;

/** Requests to the control plane are reported only where they are refused. */
const CONTROL_PLANE = 'control-plane';
const CONTROL_PLANE_CODES: ReadonlyMap<number, string> = new Map([
  [401, 'unauthorized'],
  [404, 'unknown_url'],
]);
/** Pipelines that may carry what no generation carries. */
const PASSES_THROUGH: ReadonlySet<PipelineName> = new Set(['passthrough', 'conversations']);

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
    const arrival = arrive(request, new NodeBody(request), responder, this.#state());
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

  /**
   * Judges the head of a plain POST. Returns undefined for everything that `handle` has to judge and to answer: what is no
   * operation, and every refusal. To be called once for a request, whose headers then say that it has passed this proxy. Never throws.
   */
  admit(request: ReadHead): Admitted | undefined {
    const state = this.#state();
    if (state.draining) return undefined;
    const { url = '/', headers } = request;
    try {
      const { headers: added } = state.guard.judge({ method: 'POST', headers, encrypted: false });
      if (Object.keys(added).length > 0) return undefined;
      const target = canonicalTarget(url, headers.host);
      const route = findRoute('POST', target.path, headers);
      if (route.pipeline !== 'operation') return undefined;
      assertNoLoop(request, state.instanceId);
      return { request, state, route, target };
    } catch {
      return undefined;
    }
  }

  /** Whether a body of so many bytes may follow, and the configuration and the phase are still those in which the request was admitted. */
  stillAdmits({ state }: Admitted, bodyBytes: number): boolean {
    return state === this.#state() && bodyBytes <= state.runtime.bodyLimit;
  }

  /** Answers what was admitted. Never throws. */
  run({ request, state, route, target }: Admitted, source: BodySource, responder: Responder): void {
    const arrival = arrive(request, source, responder, state);
    try {
      this.#run(route.pipeline, contextOf(arrival, route, target), state.runtime);
    } catch (error) {
      failRequest(contextOf(arrival, routeOf(arrival)), state.runtime, error);
    }
  }

  /** Sockets of the Responses API are read, those of routes that are passed through are not; every other upgrade is refused. Never throws. */
  upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    socket.on('error', () => socket.destroy());
    const arrival = arrive(request, new NodeBody(request), new SocketResponder(socket), this.#state());
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

function shuttingDown(): ProxyError {
  return new ProxyError('shutting_down', 'The proxy is shutting down and takes no new requests.', {
    headers: { connection: 'close', 'retry-after': '1' },
  });
}
