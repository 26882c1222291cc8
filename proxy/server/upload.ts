import type { Agent, ClientRequest, IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { createProxyMiddleware, type RequestHandler } from 'http-proxy-middleware';
import { isCallers } from '../core/credential.ts';
import type { Outcome } from '../core/outcome.ts';
import type { CandidateLease } from '../generation/candidates.ts';
import { madeBy } from '../generation/answer.ts';
import { failedAttempt, failureAfter } from '../generation/failure.ts';
import { opaqueAnswerHeaders } from '../generation/opaque-headers.ts';
import { LEARN_LIMIT } from '../generation/opaque-request.ts';
import { ownKeyBytes } from '../generation/own-secrets.ts';
import { SecretStream } from '../generation/secret-stream.ts';
import type { Transport, TransportEnd, TransportJob } from '../pipeline/transport.ts';
import { providerOf } from '../providers/table.ts';
import { relayedAnswerHeaders } from '../upstream/headers.ts';
import type { UpstreamRequest } from '../upstream/types.ts';
import { clientOrigin } from './client-origin.ts';
import type { Responder } from '../wire/http.ts';

/** Bytes of a refusal that are kept. */
const REFUSAL_LIMIT = 256 * 1024;
const FRAMING = ['content-length', 'transfer-encoding'] as const;

/** One upload on its way. */
interface Upload extends CandidateLease {
  readonly job: TransportJob;
  readonly responder: Responder;
  readonly upstream: UpstreamRequest;
  readonly done: (end: TransportEnd) => void;
  outgoing?: ClientRequest;
}

/** Carries requests whose bodies are not held: they name no model, and may be of any size. */
export class Uploads {
  readonly #uploads = new WeakMap<IncomingMessage, Upload>();
  /** One for each way out: direct, and each outbound proxy of a kind of endpoint. */
  readonly #middlewares = new Map<Agent | undefined, RequestHandler>();

  /** The way of one request. */
  transport(request: IncomingMessage, response: ServerResponse, responder: Responder): Transport {
    return {
      kind: 'request',
      origin: () => clientOrigin(request),
      run: (job) => this.#run(request, response, responder, job),
    };
  }

  async #run(
    request: IncomingMessage,
    response: ServerResponse,
    responder: Responder,
    job: TransportJob,
  ): Promise<TransportEnd> {
    await job.candidates.prepare();
    const candidate = job.candidates.next();
    if (!candidate) {
      return { kind: 'failed', failure: { kind: 'error', error: job.candidates.unavailable(), attempts: 0 } };
    }
    const upstream = job.request(candidate.lease.endpoint, candidate.timeouts);
    return new Promise((done) => {
      this.#uploads.set(request, { ...candidate, job, responder, upstream, done });
      request.headers = uploadHeaders(request.headers, upstream.headers);
      response.on('close', () => {
        if (!response.writableFinished) this.#leave(request, { kind: 'client_left' });
      });
      void this.#middleware(job.tools.upstream.agentFor(upstream))(request, response);
    });
  }

  #middleware(agent: Agent | undefined): RequestHandler {
    const known = this.#middlewares.get(agent);
    if (known) return known;
    const made = createProxyMiddleware({
      // Never called: the router decides. A target has to be given all the same.
      target: 'http://127.0.0.1:9',
      ...(agent ? { agent } : {}),
      changeOrigin: true,
      selfHandleResponse: true,
      router: (request) => this.#upload(request).upstream.origin,
      pathRewrite: (_path, request) => this.#upload(request).upstream.path,
      // The default plugins answer errors in their own words and log addresses.
      ejectPlugins: true,
      plugins: [
        (server) => {
          server.on('proxyReq', (outgoing, request) => this.#onSent(outgoing, request));
          server.on('proxyRes', (incoming, request) => this.#onAnswer(incoming, request));
          server.on('error', (error, request, client) => {
            if (request && client) this.#onError(error, request, client);
          });
          server.on('econnreset', (error, request, response) => this.#onError(error, request, response));
        },
      ],
    });
    this.#middlewares.set(agent, made);
    return made;
  }

  #onSent(outgoing: ClientRequest, request: IncomingMessage): void {
    const upload = this.#upload(request);
    const { answerMs } = upload.timeouts;
    upload.outgoing = outgoing;
    // Silence on the connection, in both directions, before the answer's head.
    outgoing.setTimeout(answerMs, () => outgoing.destroy(new LateAnswerError(`no answer within ${answerMs} ms`)));
  }

  #onAnswer(incoming: IncomingMessage, request: IncomingMessage): void {
    const status = incoming.statusCode ?? 502;
    if (status > 299) this.#onRefusal(status, incoming, request);
    else this.#passOn(status, incoming, request);
  }

  #passOn(status: number, incoming: IncomingMessage, request: IncomingMessage): void {
    const { responder, lease, job, timeouts } = this.#upload(request);
    const { endpoint } = lease;
    const mask = new SecretStream(ownKeyBytes(endpoint));
    const headers = opaqueAnswerHeaders(incoming.headers, endpoint).flat();
    responder.head(status, [...headers, ...job.labels(endpoint)]);
    responder.onDrain(() => incoming.resume());
    let waits = false;
    const write = (bytes: Buffer): void => {
      waits = bytes.length > 0 && !responder.write(bytes);
      if (waits) incoming.pause();
    };
    // An answer that is learnt from is passed on when it is whole.
    let kept: Buffer[] | undefined = job.learn && [];
    let bytes = 0;
    const release = (): void => {
      const held = kept ?? [];
      kept = undefined;
      for (const piece of held) write(mask.push(piece));
    };
    incoming.on('data', (piece: Buffer) => {
      bytes += piece.length;
      if (bytes > LEARN_LIMIT) release();
      if (kept) kept.push(piece);
      else write(mask.push(piece));
    });
    incoming.on('end', () => {
      if (kept) job.learn?.({ ...madeBy(endpoint), headers: incoming.headers, body: Buffer.concat(kept) });
      release();
      write(mask.end());
      responder.end();
      this.#leave(request, { kind: 'ok', status }, status);
    });
    const cut = (outcome: Outcome): void => {
      responder.cut();
      this.#leave(request, outcome, status);
    };
    incoming.on('error', () => cut({ kind: 'cut', reason: 'the endpoint broke off' }));
    incoming.setTimeout(timeouts.idleMs, () => {
      // A client that does not read holds the endpoint up: then the silence is not the endpoint's.
      cut(waits ? { kind: 'client_left' } : { kind: 'timeout_idle' });
      incoming.destroy();
    });
  }

  #onRefusal(status: number, incoming: IncomingMessage, request: IncomingMessage): void {
    const { lease, job } = this.#upload(request);
    const { endpoint } = lease;
    const { headers } = incoming;
    const kept: Buffer[] = [];
    let bytes = 0;
    const refuse = (): void => {
      const body = Buffer.concat(kept);
      const callersCredential = job.callersCredential || isCallers(endpoint.credential);
      const answer = { status, headers, body, callersCredential, now: job.tools.clock.now() };
      const outcome = providerOf(endpoint).classify(answer);
      // Where a redirect leads is the endpoint's word alone: it is neither followed nor handed on.
      const shown = status < 400 ? undefined : { status, headers: relayedAnswerHeaders(headers), body };
      const failure = failureAfter(failedAttempt(outcome, endpoint, shown), job.candidates, 1);
      this.#end(request, outcome, { kind: 'failed', failure });
    };
    incoming.on('data', (piece: Buffer) => {
      bytes += piece.length;
      if (bytes <= REFUSAL_LIMIT) kept.push(piece);
      else incoming.destroy();
    });
    incoming.on('close', refuse);
  }

  #onError(error: Error, request: IncomingMessage, client: ServerResponse | Socket): void {
    const upload = this.#uploads.get(request);
    if (!upload || client instanceof Socket) return;
    const { lease, job } = upload;
    const reason = (error as NodeJS.ErrnoException).code ?? error.message;
    const outcome: Outcome = { kind: error instanceof LateAnswerError ? 'timeout_answer' : 'refused', reason };
    const failure = failureAfter(failedAttempt(outcome, lease.endpoint), job.candidates, 1);
    this.#end(request, outcome, { kind: 'failed', failure });
  }

  /** The client has had an answer, or is gone. */
  #leave(request: IncomingMessage, outcome: Outcome, status = 0): void {
    const endpoint = this.#uploads.get(request)?.lease.endpoint;
    const by = endpoint ? madeBy(endpoint) : { endpoint };
    const broken = status !== 0 && outcome.kind !== 'ok';
    this.#end(request, outcome, { kind: 'answered', status, ...by, attempts: 1, broken });
  }

  #end(request: IncomingMessage, outcome: Outcome, end: TransportEnd): void {
    const upload = this.#uploads.get(request);
    if (!upload) return;
    this.#uploads.delete(request);
    const { lease, job, outgoing, done } = upload;
    lease.release(outcome);
    job.tools.telemetry.attempt(lease.endpoint.id, outcome);
    done(end);
    if (outcome.kind !== 'ok') outgoing?.destroy();
  }

  #upload(request: IncomingMessage): Upload {
    const upload = this.#uploads.get(request);
    if (!upload) throw new Error('an upload is carried that never began');
    return upload;
  }
}

class LateAnswerError extends Error {
  override readonly name = 'LateAnswerError';
}

function uploadHeaders(client: IncomingHttpHeaders, flat: readonly string[]): IncomingHttpHeaders {
  const headers: IncomingHttpHeaders = {};
  for (let i = 0; i < flat.length; i += 2) headers[flat[i] as string] = flat[i + 1];
  for (const name of FRAMING) if (client[name] !== undefined) headers[name] = client[name];
  return headers;
}
