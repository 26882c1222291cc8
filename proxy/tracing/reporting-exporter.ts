import type { ExportResult } from '@opentelemetry/core';
import { ExportResultCode } from '@opentelemetry/core';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/logger.ts';

const WARNING_EVERY_MS = 60_000;

/** An exporter whose failures are in the log, once a minute at most. */
export class ReportingExporter implements SpanExporter {
  readonly #exporter: SpanExporter;
  readonly #logger: Logger;
  readonly #clock: Clock;
  #warnedAt = Number.NEGATIVE_INFINITY;
  /** Spans that were lost since the last warning. */
  #lost = 0;

  constructor(exporter: SpanExporter, { logger, clock }: { readonly logger: Logger; readonly clock: Clock }) {
    this.#exporter = exporter;
    this.#logger = logger;
    this.#clock = clock;
  }

  export(spans: ReadableSpan[], done: (result: ExportResult) => void): void {
    // A batch is written in one go: not before the answer of the request whose span has filled it is on its way.
    setImmediate(() =>
      this.#exporter.export(spans, (result) => {
        if (result.code !== ExportResultCode.SUCCESS) this.#failed(spans.length, result.error);
        // The failure is reported: what waits for it has nothing further to do.
        done({ code: ExportResultCode.SUCCESS });
      }),
    );
  }

  shutdown(): Promise<void> {
    return this.#exporter.shutdown();
  }

  async forceFlush(): Promise<void> {
    await this.#exporter.forceFlush?.();
  }

  #failed(spans: number, error: Error | undefined): void {
    this.#lost += spans;
    const now = this.#clock.monotonic();
    if (now - this.#warnedAt < WARNING_EVERY_MS) return;
    this.#logger.warn({ spans: this.#lost, reason: error?.message }, 'spans could not be exported');
    this.#warnedAt = now;
    this.#lost = 0;
  }
}
