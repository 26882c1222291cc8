import { ROOT_CONTEXT, type Tracer } from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import type { IncomingHttpHeaders } from 'node:http';
import type { Clock } from '../core/clock.ts';
import type { AttemptRecord } from '../telemetry/attempt-record.ts';
import type { ExchangeRecord } from '../telemetry/exchange-record.ts';
import type { ExchangeTrace } from '../telemetry/exchange-trace.ts';
import type { ObservedHead, Observer } from '../telemetry/observer.ts';
import { answeredWith } from './answer-facts.ts';
import { OpenTrace } from './open-trace.ts';

const PROPAGATOR = new W3CTraceContextPropagator();
const HEADERS = {
  get: (headers: IncomingHttpHeaders, name: string) => headers[name],
  keys: (headers: IncomingHttpHeaders) => Object.keys(headers),
};

/** Makes spans of what requests do. */
export class SpanObserver implements Observer {
  readonly #tracer: Tracer;
  readonly #clock: Clock;

  constructor(tracer: Tracer, clock: Clock) {
    this.#tracer = tracer;
    this.#clock = clock;
  }

  begun(trace: ExchangeTrace, { operation, headers }: ObservedHead): void {
    const parent = PROPAGATOR.extract(ROOT_CONTEXT, headers, HEADERS);
    const epoch = this.#clock.now() - this.#clock.monotonic();
    trace.propagation = new OpenTrace(this.#tracer, parent, { operation, startedAt: trace.startedAt, epoch });
  }

  exchange(record: ExchangeRecord, trace: ExchangeTrace | undefined, attempts: readonly AttemptRecord[]): void {
    const open = trace?.propagation;
    if (!trace || !(open instanceof OpenTrace)) return;
    const content = open.span.isRecording() ? trace.content?.() : undefined;
    open.settle({ record, trace, attempts, answer: content ? answeredWith(content) : { finishReasons: [] } });
  }
}
