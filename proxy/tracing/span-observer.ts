import { ROOT_CONTEXT, type Tracer } from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import type { IncomingHttpHeaders } from 'node:http';
import type { Clock } from '../core/clock.ts';
import type { Redactor } from '../core/redact.ts';
import type { AttemptRecord } from '../telemetry/attempt-record.ts';
import type { ExchangeRecord } from '../telemetry/exchange-record.ts';
import type { ExchangeTrace, TracedContent } from '../telemetry/exchange-trace.ts';
import type { ObservedHead, Observer } from '../telemetry/observer.ts';
import { answeredWith } from './answer-facts.ts';
import { capturedContent, MOST_READ } from './content.ts';
import { OpenTrace } from './open-trace.ts';

const PROPAGATOR = new W3CTraceContextPropagator();
const HEADERS = {
  get: (headers: IncomingHttpHeaders, name: string) => headers[name],
  keys: (headers: IncomingHttpHeaders) => Object.keys(headers),
};

/** Makes spans of what requests do. */
export class SpanObserver implements Observer {
  readonly #tracer: Tracer;
  readonly #redactor: Redactor;
  /** Whether spans hold what was asked and answered. */
  capturesContent = false;
  readonly #clock: Clock;

  constructor(tracer: Tracer, clock: Clock, redactor: Redactor) {
    this.#redactor = redactor;
    this.#tracer = tracer;
    this.#clock = clock;
  }

  begun(trace: ExchangeTrace, { operation, headers }: ObservedHead): void {
    const parent = PROPAGATOR.extract(ROOT_CONTEXT, headers, HEADERS);
    if (this.capturesContent) trace.keepsBytes = MOST_READ;
    const epoch = this.#clock.now() - this.#clock.monotonic();
    trace.propagation = new OpenTrace(this.#tracer, parent, { operation, startedAt: trace.startedAt, epoch });
  }

  exchange(record: ExchangeRecord, trace: ExchangeTrace | undefined, attempts: readonly AttemptRecord[]): void {
    const open = trace?.propagation;
    if (!trace || !(open instanceof OpenTrace)) return;
    const content = open.span.isRecording() ? trace.content?.() : undefined;
    if (content && this.capturesContent) this.#capture(open, content);
    open.settle({ record, trace, attempts, answer: content ? answeredWith(content) : { finishReasons: [] } });
  }

  #capture({ span }: OpenTrace, content: TracedContent): void {
    const { input, output } = capturedContent(content, (text) => this.#redactor.clean(text));
    if (input !== undefined) span.setAttribute('gen_ai.input.messages', input);
    if (output !== undefined) span.setAttribute('gen_ai.output.messages', output);
  }
}
