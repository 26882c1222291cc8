import { ProxyError } from '../core/errors.ts';
import { OUTCOMES, type Outcome } from '../core/outcome.ts';
import type { AnswerFacts } from '../protocols/types.ts';
import type { Endpoint, Lease, RouteRequest } from '../routing/types.ts';
import { attempt, type RefusedAnswer, type Verdict } from '../generation/attempt.ts';
import type { Exchange } from './exchange.ts';
import type { AnswerFlight, FlightFailure } from '../generation/answer.ts';
import { endpointRequest } from './endpoint-request.ts';
import { withoutOwnSecrets } from '../generation/own-secrets.ts';
import { routeOf } from './route.ts';
import type { ModelRuntime, Runtime } from './runtime.ts';

/** Starts the upstream generation of the flight that this exchange leads. It runs by itself: passengers come and go. */
export function forward(exchange: Exchange, runtime: Runtime): void {
  const { answer, model } = exchange;
  if (!answer || !model || !exchange.leads) return;
  new Generation(exchange, runtime, model, answer).start();
}

type Refusal = Extract<Verdict, { kind: 'failed' }>;

interface LastFailure {
  readonly outcome: Outcome;
  readonly endpoint: string;
  readonly answer?: RefusedAnswer;
}

/**
 * One generation: attempts at endpoint after endpoint until one commits or none is left. It goes from call to call without
 * promises; whatever throws on the way ends it in `#guarded`.
 */
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

  start(): void {
    this.#guarded(() => {
      const route = routeOf(this.#exchange, this.#runtime);
      if (route instanceof Promise) void route.then((found) => this.#guarded(() => this.#depart(found)));
      else this.#depart(route);
    });
  }

  #guarded(step: () => void): void {
    try {
      step();
    } catch (error) {
      this.#runtime.telemetry.fault('generation failed', this.#exchange.id, error);
      const fault = new ProxyError('internal_error', 'The proxy failed on this request; its log has the details.');
      this.#answer.flight.end({ kind: 'failed', failure: { kind: 'error', error: fault, attempts: 0 } });
    }
  }

  #depart(route: RouteRequest): void {
    this.#route = route;
    this.#next();
  }

  /** Tries the next endpoint, or ends the flight when there is none. */
  #next(): void {
    const { flight } = this.#answer;
    const mayTry = this.#attempts < this.#model.attempts && !flight.ending;
    const lease = mayTry ? this.#model.router.acquire(this.#route, this.#tried) : undefined;
    if (!lease) {
      flight.end({ kind: 'failed', failure: this.#failure() });
      return;
    }
    this.#tried.add(lease.endpoint.id);
    this.#attempts += 1;
    this.#send(lease, false);
  }

  #refused(lease: Lease, verdict: Refusal, again: boolean): void {
    const { outcome } = verdict;
    // A kept-alive connection that was dead before any byte is replaced by a fresh one, once, free of charge.
    if (outcome.kind === 'dead_connection' && !again && !this.#answer.flight.ending) {
      this.#send(lease, true);
      return;
    }
    lease.release(outcome);
    this.#runtime.telemetry.attempt(lease.endpoint.id, outcome);
    if (outcome.kind === 'client_left') return;
    // What an endpoint said itself tells the client more than that a later one could not be reached.
    if (verdict.answer || !this.#last?.answer) this.#last = lastFailure(verdict, lease.endpoint);
    if (this.#mayGoOn(outcome, lease)) this.#next();
    else this.#answer.flight.end({ kind: 'failed', failure: this.#failure() });
  }

  #send(lease: Lease, again: boolean): void {
    const { protocol, facts } = this.#exchange;
    attempt(this.#runtime.upstream, {
      protocol,
      stream: facts?.stream === true,
      request: endpointRequest(this.#exchange, this.#model, lease.endpoint),
      answer: this.#answer,
      endpoint: lease.endpoint.id,
      ordinal: this.#attempts,
      forwardsCredential: lease.endpoint.credential.kind === 'forward',
      clock: this.#runtime.clock,
      onVerdict: (verdict) => {
        if (verdict.kind === 'committed') return;
        // A refusal comes in the middle of the connection's own clearing up: the next attempt waits until that is done.
        queueMicrotask(() => this.#guarded(() => this.#refused(lease, verdict, again)));
      },
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

function lastFailure({ outcome, answer }: Refusal, endpoint: Endpoint): LastFailure {
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
