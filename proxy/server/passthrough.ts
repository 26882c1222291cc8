import type { ClientRequest, IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { createProxyMiddleware } from 'http-proxy-middleware';
import { ProxyError } from '../core/errors.ts';
import type { Outcome } from '../core/outcome.ts';
import type { Runtime } from '../pipeline/runtime.ts';
import { credentialDigest } from '../providers/credential-digest.ts';
import { providerOf } from '../providers/table.ts';
import type { Endpoint } from '../routing/types.ts';
import { buildRequestHeaders } from '../upstream/headers.ts';
import { cleanAnswerHeaders, readSubprotocols } from '../generation/own-headers.ts';
import { NodeBody } from './body.ts';
import {
  type BodyHints,
  chooseTarget,
  hintsInBody,
  namesModelInBody,
  type PassthroughTarget,
  renamedBody,
} from './passthrough-target.ts';
import { secretFilter } from './secret-filter.ts';

/** What is known of one request while it passes through. */
interface Passage {
  readonly id: string;
  readonly target: PassthroughTarget;
  readonly path: string;
  readonly body?: Buffer;
  readonly runtime: Runtime;
  readonly done: (result: PassthroughResult) => void;
}

export interface PassthroughResult {
  readonly status: number;
  readonly endpoint: string;
  readonly outcome: Outcome;
  /** Code of the proxy's own error. */
  readonly error?: string;
}

export interface PassthroughRequest {
  readonly id: string;
  /** Path below `/v1`. */
  readonly path: string;
  readonly query: string;
  readonly runtime: Runtime;
  readonly bodyLimit: number;
  /** Model whose first endpoint takes what names no configured model. */
  readonly fallback: string;
}

/** Request headers that only a transparent tunnel needs, besides those every endpoint may see. */
const TUNNEL_HEADERS = [
  'content-type',
  'content-length',
  'transfer-encoding',
  'range',
  'connection',
  'upgrade',
  'sec-websocket-key',
  'sec-websocket-version',
  'sec-websocket-extensions',
] as const;

/** Answer headers that stay with the endpoint. */
const KEPT_BACK = ['set-cookie', 'server', 'alt-svc', 'strict-transport-security', 'via', 'cf-ray', 'cf-cache-status'];

const NO_BODY = Buffer.alloc(0);

/** Carries the routes that the proxy does not interpret: files, audio, images, batches, realtime upgrades … */
export class Passthrough {
  readonly #passages = new WeakMap<IncomingMessage, Passage>();
  readonly #middleware = createProxyMiddleware({
    // Never called: the router decides. A target has to be given all the same.
    target: 'http://127.0.0.1:9',
    changeOrigin: true,
    router: (request) => this.#passage(request).target.lease.endpoint.origin,
    pathRewrite: (_path, request) => this.#passage(request).path,
    // The default plugins answer errors in their own words and log addresses.
    ejectPlugins: true,
    plugins: [
      (server) => {
        server.on('proxyReq', (outgoing, request) => {
          const { body, target } = this.#passage(request);
          giveUpAfter(outgoing, target.model.timeouts.firstByteMs);
          if (body && body.length > 0) outgoing.write(body);
        });
        server.on('proxyReqWs', (outgoing, request) => {
          giveUpAfter(outgoing, this.#passage(request).target.model.timeouts.firstByteMs);
        });
        server.on('proxyRes', (incoming, request, response) => this.#onAnswer(incoming, request, response));
        server.on('error', (error, request, client) => {
          if (request && client) this.#onError(error, request, client);
        });
        server.on('econnreset', (error, request, response) => this.#onError(error, request, response));
      },
    ],
  });

  /** Passes a request on. Resolves when its answer has ended; rejects with ProxyError before anything was sent. */
  async handle(
    request: IncomingMessage,
    response: ServerResponse,
    options: PassthroughRequest,
  ): Promise<PassthroughResult> {
    const type = request.headers['content-type'] ?? '';
    const body = namesModelInBody(request.headers, options.bodyLimit)
      ? Buffer.concat(await new NodeBody(request).collect(options.bodyLimit))
      : undefined;
    const target = await pick(options, request.headers, body ? hintsInBody(body, type) : {});
    const { upstreamModel } = target.lease.endpoint;
    const sent = body && renamedBody(body, type, target.named === undefined ? undefined : upstreamModel);
    return new Promise((resolve) => {
      this.#enter(request, options, target, resolve, sent);
      response.on('close', () => {
        if (!response.writableFinished) this.#leave(request, 499, { kind: 'client_left' });
      });
      void this.#middleware(request, response);
    });
  }

  /** Passes an upgrade on. Resolves when the tunnel has closed. */
  async upgrade(
    request: IncomingMessage,
    socket: Socket,
    head: Buffer,
    options: PassthroughRequest,
  ): Promise<PassthroughResult> {
    const model = new URLSearchParams(options.query).get('model');
    const target = await pick(options, request.headers, model === null ? {} : { model });
    return new Promise((resolve) => {
      this.#enter(request, options, target, resolve);
      socket.once('close', () => this.#leave(request, 101, { kind: 'ok', status: 101 }));
      this.#middleware.upgrade(request, socket, head);
    });
  }

  #enter(
    request: IncomingMessage,
    options: PassthroughRequest,
    target: PassthroughTarget,
    done: (result: PassthroughResult) => void,
    body?: Buffer,
  ): void {
    const { endpoint } = target.lease;
    const query = options.query === '' ? '' : `?${options.query}`;
    const path = `${endpoint.basePath}${options.path}${query}`;
    this.#passages.set(request, {
      id: options.id,
      target,
      path,
      runtime: options.runtime,
      done,
      ...(body ? { body } : {}),
    });
    request.headers = tunnelHeaders(request.headers, target, options.id, body);
  }

  #onAnswer(incoming: IncomingMessage, request: IncomingMessage, response: ServerResponse): void {
    const passage = this.#passage(request);
    const upstreamId = incoming.headers['x-request-id'];
    for (const name of KEPT_BACK) delete incoming.headers[name];
    incoming.headers['x-request-id'] = passage.id;
    if (typeof upstreamId === 'string') incoming.headers['x-upstream-request-id'] = upstreamId;
    incoming.headers['x-llmproxy-endpoint'] = passage.target.lease.endpoint.id;
    const status = incoming.statusCode ?? 502;
    const outcome = outcomeOf(passage, status, incoming.headers);
    Object.assign(incoming.headers, cleanAnswerHeaders(incoming.headers, passage.target.lease.endpoint));
    cleanBody(incoming, passage.target.lease.endpoint, status);
    response.on('finish', () => this.#leave(request, status, outcome));
    incoming.on('error', () => response.destroy());
    incoming.setTimeout(passage.target.model.timeouts.idleMs, () => {
      // Whoever does not read holds the endpoint up: then the silence is not the endpoint's.
      this.#leave(request, status, response.writableNeedDrain ? { kind: 'client_left' } : { kind: 'timeout_idle' });
      response.destroy();
    });
    incoming.on('aborted', () => {
      this.#leave(request, status, { kind: 'cut', reason: 'the endpoint broke off' });
      response.destroy();
    });
  }

  #onError(error: Error, request: IncomingMessage, client: ServerResponse | Socket): void {
    const passage = this.#passages.get(request);
    if (!passage) return;
    const reason = (error as NodeJS.ErrnoException).code ?? error.message;
    const { id } = passage.target.lease.endpoint;
    const late = error instanceof LateAnswerError;
    const failure = late
      ? new ProxyError('upstream_timeout', `Endpoint '${id}' did not answer in time.`)
      : new ProxyError('upstream_failed', `Endpoint '${id}' could not be reached (${reason}).`);
    this.#leave(request, failure.status, { kind: late ? 'timeout_first_byte' : 'refused', reason });
    sendFailure(client, passage.id, failure);
  }

  #leave(request: IncomingMessage, status: number, outcome: Outcome): void {
    const passage = this.#passages.get(request);
    if (!passage) return;
    this.#passages.delete(request);
    const { lease } = passage.target;
    lease.release(outcome);
    passage.runtime.telemetry.attempt(lease.endpoint.id, outcome);
    passage.done({ status, endpoint: lease.endpoint.id, outcome });
  }

  #passage(request: IncomingMessage): Passage {
    const passage = this.#passages.get(request);
    if (!passage) throw new Error('a request passes through that never entered');
    return passage;
  }
}

class LateAnswerError extends Error {
  override readonly name = 'LateAnswerError';
}

/** An answer that repeats our credential must not take it to the client. */
function cleanBody(incoming: IncomingMessage, endpoint: Endpoint, status: number): void {
  const filter = secretFilter(endpoint, status);
  if (!filter) return;
  const pipe = incoming.pipe.bind(incoming);
  incoming.pipe = (destination, options) => pipe(filter, options).pipe(destination, options);
}

/** Silence on the connection, in both directions, before the answer's head. */
function giveUpAfter(outgoing: ClientRequest, ms: number): void {
  outgoing.setTimeout(ms, () => outgoing.destroy(new LateAnswerError(`no answer within ${ms} ms`)));
}

async function pick(
  options: PassthroughRequest,
  headers: IncomingHttpHeaders,
  hints: BodyHints,
): Promise<PassthroughTarget> {
  const scope = { operation: options.path.split('/', 2)[1] ?? '', credential: credentialDigest(headers) };
  const target = await chooseTarget(options.runtime, options.fallback, hints, scope);
  if (!target) throw new ProxyError('no_endpoint_available', 'No endpoint can take this request now.');
  return target;
}

function tunnelHeaders(
  client: IncomingHttpHeaders,
  target: PassthroughTarget,
  requestId: string,
  body: Buffer | undefined,
): IncomingHttpHeaders {
  const { credential, headers: extra } = target.lease.endpoint;
  const headers: IncomingHttpHeaders = {};
  const provider = providerOf(target.lease.endpoint).credentialHeaders(credential, client);
  const flat = buildRequestHeaders({ client, provider, extra, requestId, bodyBytes: undefined });
  for (let i = 0; i < flat.length; i += 2) headers[flat[i] as string] = flat[i + 1];
  for (const name of TUNNEL_HEADERS) if (client[name] !== undefined) headers[name] = client[name];
  const { offered } = readSubprotocols(client['sec-websocket-protocol']);
  if (offered !== undefined) headers['sec-websocket-protocol'] = offered;
  if (body) {
    headers['content-length'] = String(body.length);
    delete headers['transfer-encoding'];
  }
  return headers;
}

/** Judged by the head alone: the body passes by unread. */
function outcomeOf({ target, runtime }: Passage, status: number, headers: IncomingHttpHeaders): Outcome {
  if (status < 400) return { kind: 'ok', status };
  const { endpoint } = target.lease;
  const callersCredential = endpoint.credential.kind === 'forward';
  const now = runtime.clock.now();
  return providerOf(endpoint).classify({ status, headers, body: NO_BODY, callersCredential, now });
}

function sendFailure(client: ServerResponse | Socket, id: string, error: ProxyError): void {
  const body = JSON.stringify({ error: { message: error.message, type: error.type, param: null, code: error.code } });
  if (client instanceof Socket) {
    client.end(
      `HTTP/1.1 ${error.status} Bad Gateway\r\ncontent-type: application/json\r\nx-request-id: ${id}\r\nconnection: close\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    );
  } else if (client.headersSent) client.destroy();
  else {
    client.writeHead(error.status, {
      'content-type': 'application/json',
      'x-request-id': id,
      'content-length': Buffer.byteLength(body),
    });
    client.end(body);
  }
}
