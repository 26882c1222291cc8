import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { ProxyError } from '../core/errors.ts';
import { newRequestId } from '../core/ids.ts';
import { createExchange } from '../pipeline/exchange.ts';
import { relayOwned } from '../pipeline/owned.ts';
import { runPipeline } from '../pipeline/pipeline.ts';
import type { Runtime } from '../pipeline/runtime.ts';
import { errorBody } from '../protocols/openai/error-body.ts';
import { PROTOCOLS } from '../protocols/table.ts';
import type { OperationId } from '../protocols/types.ts';
import type { ExchangeRecord } from '../telemetry/exchange-record.ts';
import { collectBody, readBody, ReceivedRequest } from './body.ts';
import { listModels, type ModelCatalogue, retrieveModel } from './models.ts';
import { Passthrough } from './passthrough.ts';
import { NodeResponder } from './responder.ts';
import { belowVersion, findRoute, type Route } from './route-table.ts';
import { assertPlainRequest, readTarget } from './validate.ts';

/** What the front needs of the configuration that is in force; read anew for each request. */
export interface FrontState {
  readonly runtime: Runtime;
  readonly catalogue: ModelCatalogue;
  readonly bodyLimit: number;
  /** Model whose endpoint takes passed-through requests that name none. */
  readonly passthroughModel: string;
  readonly draining: boolean;
}

export type AdminHandler = (request: IncomingMessage, response: ServerResponse) => void;

/** One request on its way through the front. */
interface Visit {
  readonly id: string;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly state: FrontState;
  readonly startedAt: number;
  /** Path below `/v1`. */
  path: string;
  query: string;
  /** What the route means, for the access line. */
  operation: string;
}

/** What stands for the operation of a request that reached no route. */
const NO_OPERATION = 'none';
const CLIENT_LEFT = 499;
const CLIENT_ID = /^[\w.:-]{1,128}$/;

/** Takes every request of the listener to the room that answers it. One error exit for all. */
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
    const state = this.#state();
    const startedAt = state.runtime.clock.monotonic();
    const id = requestId(request);
    const visit: Visit = { id, request, response, state, startedAt, path: '', query: '', operation: NO_OPERATION };
    try {
      assertPlainRequest(request);
      const { path, query } = readTarget(request);
      const route = findRoute(request.method ?? 'GET', path);
      if (route.kind === 'admin') {
        this.#admin(request, response);
        return;
      }
      visit.operation = operationOf(route);
      if (state.draining) throw shuttingDown();
      visit.path = belowVersion(path);
      visit.query = query;
      if (route.kind === 'pipeline') this.#runOperation(visit, route.operation);
      else if (route.kind === 'models') this.#answerModels(visit, route.id);
      else this.#relay(visit, route).catch((error: unknown) => this.#fail(visit, error));
    } catch (error) {
      this.#fail(visit, error);
    }
  }

  /** The one error exit of `handle`. */
  #fail({ id, request, response, state, startedAt, operation }: Visit, error: unknown): void {
    const failure = this.#asProxyError(error, id, state);
    const left = response.destroyed && !response.headersSent;
    sendError(response, id, failure);
    const path = belowVersion(request.url ?? '/');
    const status = left ? CLIENT_LEFT : failure.status;
    tell(state, { id, request, path, operation, startedAt, status, error: failure.code });
  }

  /** Tunnels are for routes that are passed through; every other upgrade is refused. Never rejects. */
  async upgrade(request: IncomingMessage, socket: Socket, head: Buffer): Promise<void> {
    const state = this.#state();
    const id = requestId(request);
    const startedAt = state.runtime.clock.monotonic();
    socket.on('error', () => socket.destroy());
    try {
      assertPlainRequest(request);
      const { path, query } = readTarget(request);
      if (state.draining) throw shuttingDown();
      if (findRoute(request.method ?? 'GET', path).kind !== 'passthrough') {
        throw new ProxyError('unknown_url', `No route takes an upgrade at ${path}.`);
      }
      const below = belowVersion(path);
      const result = await this.#passthrough.upgrade(
        request,
        socket,
        head,
        passthroughOptions(id, below, query, state),
      );
      tell(state, { id, request, path: below, operation: 'passthrough', startedAt, ...result });
    } catch (error) {
      const failure = this.#asProxyError(error, id, state);
      const { status, code } = failure;
      const below = belowVersion(request.url ?? '/');
      tell(state, { id, request, path: below, operation: 'passthrough', startedAt, status, error: code });
      const body = errorBody(failure);
      socket.end(
        `HTTP/1.1 ${status} Refused\r\ncontent-type: application/json\r\nconnection: close\r\n` +
          `content-length: ${body.length}\r\n\r\n${body.toString()}`,
      );
    }
  }

  async #relay(visit: Visit, route: Extract<Route, { kind: 'owned' | 'passthrough' }>): Promise<void> {
    const { id, request, response, state, path, query, startedAt, operation } = visit;
    const result =
      route.kind === 'owned'
        ? await this.#relayOwned(visit, route.id)
        : await this.#passthrough.handle(request, response, passthroughOptions(id, path, query, state));
    tell(state, { id, request, path, operation, startedAt, ...result });
  }

  /** Carries the load: no promise is made here, and a replay from memory needs none at all. */
  #runOperation(visit: Visit, operation: OperationId): void {
    const { id, request, response, state, path, query, startedAt } = visit;
    const responder = new NodeResponder(response);
    const fail = (error: unknown): void => this.#fail(visit, error);
    const onBody = (chunks: readonly Buffer[]): void => {
      const view = new ReceivedRequest(request, path, query, chunks);
      const seed = { id, protocol: PROTOCOLS[operation], request: view, responder, startedAt };
      try {
        runPipeline(createExchange(seed), state.runtime)?.catch(fail);
      } catch (error) {
        fail(error);
      }
    };
    collectBody(request, state.bodyLimit, { onBody, onError: fail });
  }

  async #relayOwned({ id, request, response, state, path, query }: Visit, responseId: string) {
    const body = await readBody(request, state.bodyLimit);
    const view = new ReceivedRequest(request, path, query, [body]);
    return relayOwned({ id, responseId, request: view, responder: new NodeResponder(response) }, state.runtime);
  }

  #answerModels(visit: Visit, model: string | undefined): void {
    const { id, request, response, state, path, startedAt } = visit;
    const body = model === undefined ? listModels(state.catalogue) : retrieveModel(state.catalogue, model);
    response.writeHead(200, {
      'content-type': 'application/json',
      'x-request-id': id,
      'content-length': Buffer.byteLength(body),
    });
    response.end(body);
    tell(state, { id, request, path, operation: 'models', startedAt, status: 200 });
  }

  #asProxyError(error: unknown, id: string, state: FrontState): ProxyError {
    if (error instanceof ProxyError) return error;
    state.runtime.telemetry.fault('a request failed', id, error);
    return new ProxyError('internal_error', `The proxy failed on this request. Its log has the details under ${id}.`);
  }
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

function passthroughOptions(id: string, path: string, query: string, state: FrontState) {
  const { runtime, bodyLimit, passthroughModel } = state;
  return { id, path, query, runtime, bodyLimit, fallback: passthroughModel };
}

interface Told {
  readonly id: string;
  readonly request: IncomingMessage;
  readonly path: string;
  readonly operation: string;
  readonly startedAt: number;
  readonly status: number;
  readonly endpoint?: string;
  readonly attempts?: number;
  /** Code of the proxy's own error. */
  readonly error?: string;
}

/** Tells telemetry of a request that did not run through the pipeline. */
function tell(state: FrontState, told: Told): void {
  const { runtime } = state;
  const record: ExchangeRecord = {
    id: told.id,
    method: told.request.method ?? 'GET',
    path: told.path,
    operation: told.operation,
    stream: false,
    attempts: told.attempts ?? (told.endpoint === undefined ? 0 : 1),
    cache: 'none',
    status: told.status,
    termination: terminationOf(told),
    ms: runtime.clock.monotonic() - told.startedAt,
    ...(told.error === undefined ? {} : { error: told.error }),
    ...(told.endpoint === undefined ? {} : { endpoint: told.endpoint }),
  };
  runtime.telemetry.exchange(record);
}

function terminationOf({ status, error }: Told): ExchangeRecord['termination'] {
  if (status === CLIENT_LEFT) return { by: 'client', phase: error === undefined ? 'respond' : 'receive' };
  return error === undefined ? { by: 'upstream', phase: 'done' } : { by: 'proxy', phase: 'receive' };
}

function operationOf(route: Exclude<Route, { kind: 'admin' }>): string {
  return 'operation' in route ? route.operation : route.kind;
}

function sendError(response: ServerResponse, id: string, error: ProxyError): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const body = errorBody(error);
  response.writeHead(error.status, {
    'content-type': 'application/json',
    'x-request-id': id,
    'content-length': body.length,
    ...error.headers,
  });
  response.end(body);
}
