import {
  type Context,
  type HrTime,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace as api,
  type Tracer,
} from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import type { TokenUsage } from '../protocols/types.ts';
import type { AttemptRecord } from '../telemetry/attempt-record.ts';
import type { ExchangeRecord } from '../telemetry/exchange-record.ts';
import type { ExchangeTrace, Propagation } from '../telemetry/exchange-trace.ts';
import type { AnsweredWith } from './answer-facts.ts';
import { attemptAttributes, isFailed, exchangeAttributes } from './attributes.ts';
import { spanName } from './names.ts';

const PROPAGATOR = new W3CTraceContextPropagator();
const NONE: AnsweredWith = { finishReasons: [] };

/** A span of an attempt, until it is ended. */
interface OpenAttempt {
  readonly record: AttemptRecord;
  readonly span: Span;
  usage: TokenUsage | undefined;
}

/** How an exchange has ended. */
export interface Settled {
  readonly record: ExchangeRecord;
  readonly trace: ExchangeTrace;
  readonly attempts: readonly AttemptRecord[];
  readonly answer: AnsweredWith;
}

/**
 * The spans of one exchange. The request's own is begun when it comes and ended with the exchange; those of its attempts are begun when
 * they are sent, as they travel in their headers, and ended once both the exchange and their generation are over: a generation may
 * outlive the exchange that it was made for.
 */
export class OpenTrace implements Propagation {
  readonly span: Span;
  readonly #tracer: Tracer;
  readonly #context: Context;
  /** Epoch milliseconds of the monotonic clock's zero. */
  readonly #epoch: number;
  readonly #asked: { readonly operation: string; model: string | undefined };
  #attempts: OpenAttempt[] = [];
  #isSettled = false;

  constructor(
    tracer: Tracer,
    parent: Context,
    begun: { readonly operation: string; readonly startedAt: number; readonly epoch: number },
  ) {
    this.#tracer = tracer;
    this.#epoch = begun.epoch;
    this.#asked = { operation: begun.operation, model: undefined };
    const startTime = this.#at(begun.startedAt);
    this.span = tracer.startSpan(spanName(begun.operation, undefined), { kind: SpanKind.SERVER, startTime }, parent);
    this.#context = api.setSpan(parent, this.span);
  }

  headers(record?: AttemptRecord): readonly (readonly [string, string])[] {
    const { span } = record ? (this.#attempts.find((other) => other.record === record) ?? this.#begin(record)) : this;
    const headers: [string, string][] = [];
    PROPAGATOR.inject(api.setSpan(this.#context, span), headers, {
      set: (_, name, value) => headers.push([name, value]),
    });
    return headers;
  }

  ended(usage: TokenUsage | undefined): void {
    const last = this.#attempts.at(-1);
    if (last) last.usage = usage;
    if (this.#isSettled) this.#endAttempts(NONE);
  }

  /** The exchange is over. */
  settle({ record, trace, attempts, answer }: Settled): void {
    const { span } = this;
    this.#isSettled = true;
    this.#asked.model = record.model;
    if (!span.isRecording()) return;
    for (const attempt of attempts) this.#known(attempt, record.tokens);
    this.#lookup(record, trace);
    const asked = attempts.length > 0 || record.endpoint !== undefined;
    span.updateName(spanName(record.operation, asked ? record.model : undefined));
    span.setAttributes(exchangeAttributes(record, trace, attempts.at(-1)?.provider, answer));
    if (trace.follows instanceof OpenTrace && trace.follows !== this) {
      span.addLink({ context: trace.follows.span.spanContext(), attributes: { 'llmproxy.link': 'joined' } });
    }
    // A client's own faults are no errors of the server.
    if (record.status >= 500 || (record.termination.by === 'upstream' && record.termination.phase === 'respond'))
      span.setStatus({ code: SpanStatusCode.ERROR });
    this.#endAttempts(answer);
    span.end(this.#at(record.startedAt + record.ms));
  }

  /** An attempt that was made over a WebSocket carries no headers of its own: its span is begun here. */
  #known(record: AttemptRecord, usage: TokenUsage | undefined): void {
    if (record.outcome === undefined || this.#attempts.some((open) => open.record === record)) return;
    this.#begin(record).usage = record.outcome === 'ok' ? usage : undefined;
  }

  #begin(record: AttemptRecord): OpenAttempt {
    const name = spanName(record.protocol ?? this.#asked.operation, undefined);
    const span = this.#tracer.startSpan(
      name,
      { kind: SpanKind.CLIENT, startTime: this.#at(record.begin) },
      this.#context,
    );
    const open: OpenAttempt = { record, span, usage: undefined };
    this.#attempts.push(open);
    return open;
  }

  /** `answer`: what the answer that the client got says. */
  #endAttempts(answer: AnsweredWith): void {
    const running: OpenAttempt[] = [];
    for (const open of this.#attempts) {
      if (open.record.end === undefined) running.push(open);
      else this.#endAttempt(open, answer);
    }
    this.#attempts = running;
  }

  #endAttempt({ record, span, usage }: OpenAttempt, answer: AnsweredWith): void {
    if (!span.isRecording()) return;
    const { outcome, protocol, model, end = record.begin } = record;
    this.#translation(record, span);
    span.updateName(spanName(protocol ?? this.#asked.operation, model ?? this.#asked.model));
    span.setAttributes(attemptAttributes(record, this.#asked, usage, outcome === 'ok' ? answer : undefined));
    if (isFailed(record)) span.setStatus({ code: SpanStatusCode.ERROR });
    span.end(this.#at(end));
  }

  #translation({ protocol, begin, translated }: AttemptRecord, parent: Span): void {
    if (protocol === undefined || translated === undefined) return;
    const attributes = { 'llmproxy.translation.from': this.#asked.operation, 'llmproxy.translation.to': protocol };
    this.#tracer
      .startSpan('translate', { attributes, startTime: this.#at(begin) }, api.setSpan(this.#context, parent))
      .end(this.#at(translated));
  }

  #lookup({ cache }: ExchangeRecord, { lookup }: ExchangeTrace): void {
    if (lookup === undefined) return;
    const { begin, end = begin, tier } = lookup;
    const attributes = { 'llmproxy.cache.result': cache, 'llmproxy.cache.tier': tier };
    this.#tracer
      .startSpan('cache lookup', { attributes, startTime: this.#at(begin) }, this.#context)
      .end(this.#at(end));
  }

  #at(monotonic: number): HrTime {
    const ms = this.#epoch + monotonic;
    const seconds = Math.floor(ms / 1_000);
    return [seconds, Math.round((ms - seconds * 1_000) * 1_000_000)];
  }
}
