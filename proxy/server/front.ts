import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { ProxyError } from '../core/errors.ts';
import { newRequestId } from '../core/ids.ts';
import { type ContextSeed, createContext, type RequestContext } from '../pipeline/context.ts';
import { failRequest, runPipeline } from '../pipeline/pipeline.ts';
import type { Runtime } from '../pipeline/runtime.ts';
import { settle } from '../pipeline/settle.ts';
import { PROTOCOLS } from '../protocols/table.ts';
import type { Responder } from '../wire/http.ts';
import { NodeBody } from './body.ts';
import { Passthrough, type PassthroughRequest, type PassthroughResult } from './passthrough.ts';
import { NodeResponder } from './responder.ts';
import { type ApiRoute, belowVersion, findRoute } from './route-table.ts';
import { SocketResponder } from './socket-responder.ts';
import { assertPlainRequest, readTarget } from './validate.ts';

/** What the front needs of the configuration that is in force; read anew for each request. */
export interface FrontState {
  readonly runtime: Runtime;
  /** Model whose endpoint takes passed-through requests that name none. */
  readonly passthroughModel: string;
  readonly draining: boolean;
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
  readonly id: string;
  readonly startedAt: number;
}

/** Stands for the route of a request that reached none: its errors have the form of the OpenAI API. */
const NO_ROUTE: ApiRoute = {
  pipeline: 'operation',
  operation: 'none',
  protocol: PROTOCOLS['chat.completions'],
};
const CLIENT_ID = /^[\w.:-]{1,128}$/;

/** Takes every request of the listener to its pipeline or to the control plane. */
export class Front {
  readonly #state: () => FrontState;
  readonly #admin: AdminHandler;
  readonly #passthrough = new Passthrough();

  constructor(state: () => FrontState, admin: AdminHandler) {
    this.#state = state;
    this.#admin = admin;
  }

  /** Never throws. */
  handle(request: IncomingMessage, response: ServerResponse): void {
    const arrival = this.#arrive(request, new NodeResponder(response));
    const { runtime, draining } = arrival.state;
    try {
      assertPlainRequest(request);
      const target = readTarget(request);
      const route = findRoute(request.method ?? 'GET', target.path);
      if (route.pipeline === 'control-plane') {
        this.#admin(request, response);
        return;
      }
      const context = contextOf(arrival, route, target);
      if (draining) failRequest(context, runtime, shuttingDown());
      else if (route.pipeline !== 'passthrough') void runPipeline(route.pipeline, context, runtime);
      else {
        void this.#passThrough(context, arrival, (options) => this.#passthrough.handle(request, response, options));
      }
    } catch (error) {
      failRequest(contextOf(arrival, NO_ROUTE), runtime, error);
    }
  }

  /** Tunnels are for routes that are passed through; every other upgrade is refused. Never throws. */
  upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    socket.on('error', () => socket.destroy());
    const arrival = this.#arrive(request, new SocketResponder(socket));
    const { runtime, draining } = arrival.state;
    try {
      assertPlainRequest(request);
      const target = readTarget(request);
      if (draining) throw shuttingDown();
      const route = findRoute(request.method ?? 'GET', target.path);
      if (route.pipeline !== 'passthrough') {
        throw new ProxyError('unknown_url', `No route takes an upgrade at ${target.path}.`);
      }
      const context = contextOf(arrival, route, target);
      void this.#passThrough(context, arrival, (options) => this.#passthrough.upgrade(request, socket, head, options));
    } catch (error) {
      failRequest(contextOf(arrival, NO_ROUTE), runtime, error);
    }
  }

  #arrive(request: IncomingMessage, responder: Responder): Arrival {
    const state = this.#state();
    return { request, responder, state, id: requestId(request), startedAt: state.runtime.clock.monotonic() };
  }

  async #passThrough(
    context: RequestContext,
    { state }: Arrival,
    pass: (options: PassthroughRequest) => Promise<PassthroughResult>,
  ): Promise<void> {
    const { runtime, passthroughModel } = state;
    const { path, query } = context.head;
    try {
      const options = { id: context.id, path, query, runtime, bodyLimit: runtime.bodyLimit };
      const { status, endpoint, error } = await pass({ ...options, fallback: passthroughModel });
      context.status = status;
      context.endpoint = endpoint;
      context.attempts = 1;
      context.errorCode = error;
      if (error !== undefined) context.termination = { by: 'proxy', phase: 'respond' };
      settle(context, runtime);
    } catch (error) {
      failRequest(context, runtime, error);
    }
  }
}

function contextOf(arrival: Arrival, route: ApiRoute, target?: Target): RequestContext {
  const { id, request, responder, startedAt } = arrival;
  const seed: ContextSeed = {
    id,
    operation: route.operation,
    protocol: route.protocol,
    head: {
      method: request.method ?? 'GET',
      path: belowVersion(target?.path ?? request.url ?? '/'),
      query: target?.query ?? '',
      headers: request.headers,
    },
    source: new NodeBody(request),
    responder,
    subject: route.subject,
    startedAt,
    cacheStatus: route.pipeline === 'operation' && route !== NO_ROUTE ? 'bypass' : 'none',
  };
  return createContext(seed);
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
