import type { IncomingHttpHeaders } from 'node:http';
import type { Outcome } from '../core/outcome.ts';
import { ProxyError } from '../core/errors.ts';
import { providerOf } from '../providers/table.ts';
import { accountOf } from '../routing/account.ts';
import type { Endpoint } from '../routing/types.ts';
import { buildRequestHeaders, relayedAnswerHeaders } from '../upstream/headers.ts';
import type { UpstreamCall, UpstreamFailure, UpstreamHandler } from '../upstream/types.ts';
import { withoutOwnSecrets } from '../generation/own-secrets.ts';
import type { RequestContext } from './context.ts';
import { answerHeaders } from './headers.ts';
import type { ModelRuntime, Runtime } from './runtime.ts';

interface Candidate {
  readonly endpoint: Endpoint;
  readonly model: ModelRuntime;
}

/**
 * Answers a request about a response that exists already (retrieve, delete, cancel, input items) from the endpoint that
 * owns the id. Where the owner is unknown, every account is asked in turn, and only when all say 404 the client hears it.
 * Throws ProxyError when none could be asked.
 */
export async function relayStoredResponse(context: RequestContext, runtime: Runtime): Promise<void> {
  const responseId = context.subject ?? '';
  const owner = await runtime.affinity.find([responseId]);
  let last: Relay | undefined;
  for (const candidate of candidatesFor(runtime, owner)) {
    context.attempts += 1;
    context.endpoint = candidate.endpoint.id;
    const relay = new Relay(context, candidate, runtime);
    const passed = await relay.run();
    if (passed || relay.final) {
      if (!passed) relay.sendHeld();
      context.status = relay.status;
      return;
    }
    if (context.responder.closed) return;
    if (!last || relay.status > 0) last = relay;
  }
  if (last && last.status > 0) {
    context.endpoint = last.endpointId;
    context.status = last.status;
    last.sendHeld();
    return;
  }
  if (last) throw new ProxyError('upstream_failed', `No endpoint could be asked for response '${responseId}'.`);
  throw new ProxyError('response_not_found', `Response with id '${responseId}' not found.`);
}

/** The owner alone, or one endpoint for each account that might own it. */
function candidatesFor(runtime: Runtime, owner: string | undefined): Candidate[] {
  const accounts = new Map<string, Candidate>();
  for (const model of runtime.models) {
    for (const endpoint of model.router.endpoints) {
      if (endpoint.id === owner) return [{ endpoint, model }];
      const account = accountOf(endpoint);
      if (!accounts.has(account)) accounts.set(account, { endpoint, model });
    }
  }
  return [...accounts.values()];
}

/** Errors that speak of the account or the moment, not of the response: another endpoint may know better. */
const INCONCLUSIVE = new Set([401, 402, 403, 404, 408, 424, 425, 429, 498]);

/** One endpoint's answer: passed on as it comes, or held back when it is an error. */
class Relay implements UpstreamHandler {
  status = 0;
  readonly #context: RequestContext;
  readonly #candidate: Candidate;
  readonly #runtime: Runtime;
  #headers: IncomingHttpHeaders = {};
  #held: Buffer[] = [];
  #call: UpstreamCall | undefined;
  #resent = false;
  #done: (passed: boolean) => void = () => undefined;

  constructor(context: RequestContext, candidate: Candidate, runtime: Runtime) {
    this.#context = context;
    this.#candidate = candidate;
    this.#runtime = runtime;
  }

  get endpointId(): string {
    return this.#candidate.endpoint.id;
  }

  /** Resolves to whether the client has got this answer. */
  run(): Promise<boolean> {
    const { responder } = this.#context;
    return new Promise((resolve) => {
      this.#done = resolve;
      responder.onLeave(() => this.#call?.abort());
      responder.onDrain(() => this.#call?.resume());
      this.#send();
    });
  }

  #send(): void {
    const { request, id } = this.#context;
    const { endpoint, model } = this.#candidate;
    if (!request) throw new Error('respond runs after receive');
    const hasBody = request.body.length > 0;
    this.#call = this.#runtime.upstream.send(
      {
        origin: endpoint.origin,
        path: `${endpoint.basePath}${request.path}${request.query === '' ? '' : `?${request.query}`}`,
        method: request.method as 'GET' | 'POST' | 'DELETE',
        headers: buildRequestHeaders({
          client: request.headers,
          provider: providerOf(endpoint).credentialHeaders(endpoint.credential, request.headers),
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
    if (this.#passes && this.#context.head.method === 'DELETE') this.#forget();
    if (this.#passes) this.#context.responder.head(status, this.#headersOut());
  }

  onData(chunk: Buffer): void {
    if (!this.#passes) this.#held.push(chunk);
    else if (!this.#context.responder.write(chunk)) this.#call?.pause();
  }

  onEnd(): void {
    this.#report(this.status < 400 ? { kind: 'ok', status: this.status } : this.#judged());
    if (this.#passes) this.#context.responder.end();
    this.#done(this.#passes);
  }

  onFailure(failure: UpstreamFailure): void {
    if (failure.kind === 'dead_connection' && !this.#resent && !this.#context.responder.closed) {
      this.#resent = true;
      this.#send();
      return;
    }
    this.#report({ kind: failure.kind, reason: failure.reason });
    const passed = this.#passes && this.status > 0;
    if (passed) this.#context.responder.cut();
    else this.status = 0;
    this.#done(passed);
  }

  /** Gives the client the answer that was held back. */
  sendHeld(): void {
    const { responder } = this.#context;
    if (this.status === 404) this.#forget();
    const body = withoutOwnSecrets(Buffer.concat(this.#held), this.#candidate.endpoint);
    responder.head(this.status, [...this.#headersOut(), 'content-length', String(body.length)]);
    responder.end(body);
  }

  /** The provider has the response no more: no further request may get it, from the cache or while it is being made. */
  #forget(): void {
    const { cache, flights } = this.#runtime;
    const { subject } = this.#context;
    if (subject === undefined) return;
    flights.removeWhere(({ answerId }) => answerId === subject);
    void cache.forgetAnswer(subject);
  }

  /** The endpoint knows the response and refuses what was asked. */
  get final(): boolean {
    return this.status >= 400 && this.status < 500 && !INCONCLUSIVE.has(this.status);
  }

  get #passes(): boolean {
    return this.status < 400;
  }

  #headersOut(): string[] {
    return answerHeaders(this.#context, relayedAnswerHeaders(this.#headers));
  }

  #judged(): Outcome {
    const { endpoint } = this.#candidate;
    return providerOf(endpoint).classify({
      status: this.status,
      headers: this.#headers,
      body: Buffer.concat(this.#held),
      callersCredential: endpoint.credential.kind === 'forward',
      now: this.#runtime.clock.now(),
    });
  }

  #report(outcome: Outcome): void {
    this.#runtime.telemetry.attempt(this.endpointId, outcome);
  }
}
