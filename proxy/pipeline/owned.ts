import type { IncomingHttpHeaders } from 'node:http';
import type { Outcome } from '../core/outcome.ts';
import { ProxyError } from '../core/errors.ts';
import type { Endpoint } from '../routing/types.ts';
import { classifyAnswer } from '../upstream/classify.ts';
import { buildRequestHeaders, relayedAnswerHeaders } from '../upstream/headers.ts';
import type { UpstreamCall, UpstreamFailure, UpstreamHandler } from '../upstream/types.ts';
import type { RequestView, Responder } from '../wire/http.ts';
import { withoutOwnSecrets } from '../generation/own-secrets.ts';
import type { ModelRuntime, Runtime } from './runtime.ts';

/** A request about a response that exists already: retrieve, delete, cancel, input items. */
export interface OwnedRequest {
  readonly id: string;
  readonly responseId: string;
  readonly request: RequestView;
  readonly responder: Responder;
}

export interface OwnedResult {
  readonly status: number;
  readonly endpoint?: string;
  readonly attempts: number;
}

interface Candidate {
  readonly endpoint: Endpoint;
  readonly model: ModelRuntime;
}

/**
 * Sends the request to the endpoint that owns the id. Nobody known as the owner: every endpoint is asked in turn, and
 * only when all say 404 the client hears it. Throws ProxyError when none could be asked.
 */
export async function relayOwned(owned: OwnedRequest, runtime: Runtime): Promise<OwnedResult> {
  const owner = await runtime.affinity.find([owned.responseId]);
  const candidates = candidatesFor(runtime, owner);
  let attempts = 0;
  let last: Relay | undefined;
  for (const candidate of candidates) {
    attempts += 1;
    const relay = new Relay(owned, candidate, runtime, attempts);
    const passed = await relay.run();
    if (passed) return { status: relay.status, endpoint: candidate.endpoint.id, attempts };
    if (relay.final) {
      relay.sendHeld();
      return { status: relay.status, endpoint: candidate.endpoint.id, attempts };
    }
    if (owned.responder.closed) return { status: 499, endpoint: candidate.endpoint.id, attempts };
    if (!last || relay.status > 0) last = relay;
  }
  if (last && last.status > 0) {
    last.sendHeld();
    return { status: last.status, endpoint: last.endpointId, attempts };
  }
  if (last) throw new ProxyError('upstream_failed', `No endpoint could be asked for response '${owned.responseId}'.`);
  throw new ProxyError('response_not_found', `Response with id '${owned.responseId}' not found.`);
}

/** The owner alone, or one endpoint for each account that might own it. */
function candidatesFor(runtime: Runtime, owner: string | undefined): Candidate[] {
  const accounts = new Map<string, Candidate>();
  for (const model of runtime.models) {
    for (const endpoint of model.router.endpoints) {
      if (endpoint.id === owner) return [{ endpoint, model }];
      const { credential } = endpoint;
      const account = `${endpoint.origin}${endpoint.basePath} ${credential.kind === 'key' ? credential.value : credential.kind}`;
      if (!accounts.has(account)) accounts.set(account, { endpoint, model });
    }
  }
  return [...accounts.values()];
}

/** Errors that speak of the account or the moment, not of the response: another endpoint may know better. */
const INCONCLUSIVE = new Set([401, 403, 404, 408, 425, 429]);

/** One endpoint's answer: passed on as it comes, or held back when it is an error. */
class Relay implements UpstreamHandler {
  status = 0;
  readonly #owned: OwnedRequest;
  readonly #candidate: Candidate;
  readonly #runtime: Runtime;
  readonly #attempts: number;
  #headers: IncomingHttpHeaders = {};
  #held: Buffer[] = [];
  #call: UpstreamCall | undefined;
  #resent = false;
  #done: (passed: boolean) => void = () => undefined;

  constructor(owned: OwnedRequest, candidate: Candidate, runtime: Runtime, attempts: number) {
    this.#owned = owned;
    this.#candidate = candidate;
    this.#runtime = runtime;
    this.#attempts = attempts;
  }

  get endpointId(): string {
    return this.#candidate.endpoint.id;
  }

  /** Resolves to whether the client has got this answer. */
  run(): Promise<boolean> {
    const { responder } = this.#owned;
    return new Promise((resolve) => {
      this.#done = resolve;
      responder.onLeave(() => this.#call?.abort());
      responder.onDrain(() => this.#call?.resume());
      this.#send();
    });
  }

  #send(): void {
    const { request, id } = this.#owned;
    const { endpoint, model } = this.#candidate;
    const hasBody = request.body.length > 0;
    this.#call = this.#runtime.upstream.send(
      {
        origin: endpoint.origin,
        path: `${endpoint.basePath}${request.path}${request.query === '' ? '' : `?${request.query}`}`,
        method: request.method as 'GET' | 'POST' | 'DELETE',
        headers: buildRequestHeaders({
          client: request.headers,
          credential: endpoint.credential,
          extra: endpoint.headers,
          requestId: id,
          bodyBytes: hasBody ? request.body.length : undefined,
        }),
        ...(hasBody ? { body: request.body } : {}),
        timeouts: model.timeouts,
      },
      this,
    );
  }

  onHead(status: number, headers: IncomingHttpHeaders): void {
    this.status = status;
    this.#headers = headers;
    if (this.#passes) this.#owned.responder.head(status, this.#headersOut());
  }

  onData(chunk: Buffer): void {
    if (!this.#passes) this.#held.push(chunk);
    else if (!this.#owned.responder.write(chunk)) this.#call?.pause();
  }

  onEnd(): void {
    this.#tell(this.status < 400 ? { kind: 'ok', status: this.status } : this.#judged());
    if (this.#passes) this.#owned.responder.end();
    this.#done(this.#passes);
  }

  onFailure(failure: UpstreamFailure): void {
    if (failure.kind === 'dead_connection' && !this.#resent && !this.#owned.responder.closed) {
      this.#resent = true;
      this.#send();
      return;
    }
    this.#tell({ kind: failure.kind, reason: failure.reason });
    const passed = this.#passes && this.status > 0;
    if (passed) this.#owned.responder.cut();
    else this.status = 0;
    this.#done(passed);
  }

  /** Gives the client the answer that was held back. */
  sendHeld(): void {
    const { responder } = this.#owned;
    const body = withoutOwnSecrets(Buffer.concat(this.#held), this.#candidate.endpoint);
    responder.head(this.status, [...this.#headersOut(), 'content-length', String(body.length)]);
    responder.end(body);
  }

  /** The endpoint knows the response and refuses what was asked. */
  get final(): boolean {
    return this.status >= 400 && this.status < 500 && !INCONCLUSIVE.has(this.status);
  }

  get #passes(): boolean {
    return this.status < 400;
  }

  #headersOut(): string[] {
    const flat = relayedAnswerHeaders(this.#headers).flat();
    flat.push('x-request-id', this.#owned.id, 'x-llmproxy-endpoint', this.endpointId);
    flat.push('x-llmproxy-attempts', String(this.#attempts));
    return flat;
  }

  #judged(): Outcome {
    return classifyAnswer({
      status: this.status,
      headers: this.#headers,
      body: Buffer.concat(this.#held),
      forwardsCredential: this.#candidate.endpoint.credential.kind === 'forward',
      now: this.#runtime.clock.now(),
    });
  }

  #tell(outcome: Outcome): void {
    this.#runtime.telemetry.attempt(this.endpointId, outcome);
  }
}
