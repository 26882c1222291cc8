import { ProxyError } from '../core/errors.ts';
import { OUTCOMES, type Outcome } from '../core/outcome.ts';
import type { AnswerFacts } from '../protocols/types.ts';
import type { Endpoint, Lease, RouteRequest } from '../routing/types.ts';
import { attempt, type RefusedAnswer, type Verdict } from './attempt.ts';
import type { AnswerFlight, Exchange, FlightFailure } from './exchange.ts';
import { endpointRequest } from './endpoint-request.ts';
import { withoutOwnSecrets } from './own-secrets.ts';
import { routeOf } from './route.ts';
import type { ModelRuntime, Runtime } from './runtime.ts';

/** Starts the upstream generation of the flight that this exchange leads. It runs by itself: passengers come and go. */
export function forward(exchange: Exchange, runtime: Runtime): void {
  const { answer, model } = exchange;
  if (!answer || !model || !exchange.leads) return;
  new Generation(exchange, runtime, model, answer).run().catch((error: unknown) => {
    runtime.telemetry.fault('generation failed', exchange.id, error);
    const fault = new ProxyError('internal_error', 'The proxy failed on this request; its log has the details.');
    answer.flight.end({ kind: 'failed', failure: { kind: 'error', error: fault, attempts: 0 } });
  });
}

interface LastFailure {
  readonly outcome: Outcome;
  readonly endpoint: string;
  readonly answer?: RefusedAnswer;
}

/** One generation: attempts at endpoint after endpoint until one commits or none is left. */
class Generation {
  readonly #exchange: Exchange;
  readonly #runtime: Runtime;
  readonly #model: ModelRuntime;
  readonly #answer: AnswerFlight;
  readonly #tried = new Set<string>();
  #route: RouteRequest = {};
  #attempts = 0;
  #last: LastFailure | undefined;

  constructor(exchange: Exchange, runtime: Runtime, model: ModelRuntime, answer: AnswerFlight) {
    this.#exchange = exchange;
    this.#runtime = runtime;
    this.#model = model;
    this.#answer = answer;
  }

  async run(): Promise<void> {
    const { flight } = this.#answer;
    const route = routeOf(this.#exchange, this.#runtime);
    this.#route = route instanceof Promise ? await route : route;
    while (this.#attempts < this.#model.attempts && !flight.ending) {
      const lease = this.#model.router.acquire(this.#route, this.#tried);
      if (!lease) break;
      this.#tried.add(lease.endpoint.id);
      this.#attempts += 1;
      const verdict = await this.#try(lease);
      if (verdict.kind === 'committed') return;
      lease.release(verdict.outcome);
      this.#runtime.telemetry.attempt(lease.endpoint.id, verdict.outcome);
      if (verdict.outcome.kind === 'client_left') return;
      // What an endpoint said itself tells the client more than that a later one could not be reached.
      if (verdict.answer || !this.#last?.answer) this.#last = lastFailure(verdict, lease.endpoint);
      if (!this.#mayGoOn(verdict.outcome, lease)) break;
    }
    flight.end({ kind: 'failed', failure: this.#failure() });
  }

  /** A kept-alive connection that was dead before any byte is replaced by a fresh one, once, free of charge. */
  async #try(lease: Lease): Promise<Verdict> {
    const verdict = await this.#send(lease);
    const dead = verdict.kind === 'failed' && verdict.outcome.kind === 'dead_connection';
    return dead && !this.#answer.flight.ending ? this.#send(lease) : verdict;
  }

  #send(lease: Lease): Promise<Verdict> {
    const { protocol, facts } = this.#exchange;
    return attempt(this.#runtime.upstream, {
      protocol,
      stream: facts?.stream === true,
      request: endpointRequest(this.#exchange, this.#model, lease.endpoint),
      answer: this.#answer,
      endpoint: lease.endpoint.id,
      ordinal: this.#attempts,
      forwardsCredential: lease.endpoint.credential.kind === 'forward',
      clock: this.#runtime.clock,
      onFirstEvent: (ms) => lease.firstEvent(ms),
      onCommit: (answerId) => this.#own(answerId, lease.endpoint.id),
      onFinish: (outcome, answerFacts) => this.#finish(lease, outcome, answerFacts),
    });
  }

  #own(answerId: string | undefined, endpoint: string): void {
    const { protocol, facts } = this.#exchange;
    if (protocol.id === 'responses' && answerId !== undefined && facts?.store)
      this.#runtime.affinity.remember([answerId], endpoint);
  }

  /** The answer has ended: tell health and telemetry, then let the recorder decide before the flight lands. */
  #finish(lease: Lease, outcome: Outcome, facts: AnswerFacts | undefined): void {
    lease.release(outcome);
    this.#runtime.telemetry.attempt(lease.endpoint.id, outcome);
    const { record } = this.#answer;
    record.outcome = outcome.kind;
    if (facts) {
      record.facts = facts;
      if (facts.usage) record.usage = facts.usage;
      this.#runtime.affinity.remember(facts.encryptedItems, lease.endpoint.id);
    }
    if (outcome.kind === 'ok') this.#answer.onVerified?.(lease.endpoint.id);
    this.#answer.onLanding?.();
  }

  #mayGoOn(outcome: Outcome, lease: Lease): boolean {
    const { retry } = OUTCOMES[outcome.kind];
    if (retry === 'larger-context') {
      this.#route = { ...this.#route, contextLargerThan: lease.endpoint.contextWindow ?? 0 };
      return true;
    }
    return retry !== 'no';
  }

  /** What the client is shown: the last answer of an endpoint, else what became of the last attempt. */
  #failure(): FlightFailure {
    this.#answer.onLanding?.();
    const attempts = this.#attempts;
    const last = this.#last;
    if (!last) return { kind: 'error', error: this.#nobody(), attempts };
    if (last.answer) {
      return { kind: 'answer', ...last.answer, headers: withRetryAdvice(last), endpoint: last.endpoint, attempts };
    }
    const timeout = last.outcome.kind.startsWith('timeout');
    const error = new ProxyError(
      timeout ? 'upstream_timeout' : 'upstream_failed',
      `Endpoint '${last.endpoint}' failed (${last.outcome.kind}: ${last.outcome.reason ?? 'no reason given'}) ` +
        `and no other endpoint of model '${this.#model.name}' was left to try.`,
    );
    return { kind: 'error', error, attempts, endpoint: last.endpoint };
  }

  #nobody(): ProxyError {
    const waitMs = this.#model.router.retryAfterMs();
    const seconds = Math.max(1, Math.ceil(waitMs / 1_000));
    return new ProxyError(
      'no_endpoint_available',
      `No endpoint of model '${this.#model.name}' can take a request now. Try again in ${seconds} s.`,
      { headers: { 'retry-after': String(seconds) } },
    );
  }
}

function lastFailure({ outcome, answer }: Extract<Verdict, { kind: 'failed' }>, endpoint: Endpoint): LastFailure {
  const shown = answer && { ...answer, body: withoutOwnSecrets(answer.body, endpoint) };
  return { outcome, endpoint: endpoint.id, ...(shown ? { answer: shown } : {}) };
}

/** Trying again cannot help while every endpoint refuses our key or has no quota: the SDKs are told so. */
function withRetryAdvice(last: LastFailure): readonly (readonly [string, string])[] {
  const headers = last.answer?.headers ?? [];
  const pointless = last.outcome.kind === 'insufficient_quota' || last.outcome.kind === 'unauthorized';
  if (!pointless || headers.some(([name]) => name === 'x-should-retry')) return headers;
  return [...headers, ['x-should-retry', 'false']];
}
