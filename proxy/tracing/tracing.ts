import type { SpanExporter } from '@opentelemetry/sdk-trace';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  type Sampler,
  TracerProvider,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace';
import { detectResources, envDetector, type Resource, resourceFromAttributes } from '@opentelemetry/resources';
import { randomUUID } from 'node:crypto';
import type { TimerClock } from '../core/clock.ts';
import type { Redactor } from '../core/redact.ts';
import { isDoneWithin } from '../core/is-done-within.ts';
import type { Logger } from '../core/logger.ts';
import type { Observer } from '../telemetry/observer.ts';
import { ReportingExporter } from './reporting-exporter.ts';
import type { SamplerSettings, TracingSettings } from './settings.ts';
import { SpanObserver } from './span-observer.ts';

export interface TracingOptions {
  readonly settings: TracingSettings;
  readonly clock: TimerClock;
  readonly logger: Logger;
  readonly redactor: Redactor;
  readonly version: string;
  /** Number of this worker, where there are several. */
  readonly worker: number | undefined;
}

/** Export of spans that runs. */
export interface Tracing {
  readonly observer: Observer;
  /** Whether spans hold what was asked and answered; false at first. */
  captureContent(captures: boolean): void;
  /** Exports what waits, for `CLOSE_MS` at the most, and ends. Never rejects. */
  close(): Promise<void>;
}

const SERVICE_NAME = 'llmproxy';

/** Longest wait for the collector at the end, in milliseconds. */
const CLOSE_MS = 3_000;

/** Loads the exporter and starts it. Rejects where the environment gives it values that it cannot use. */
export async function startTracing(options: TracingOptions): Promise<Tracing> {
  const { settings, clock, logger, version } = options;
  for (const warning of settings.warnings) logger.warn(warning);
  const exporter = new ReportingExporter(await exporterFor(settings.protocol), { logger, clock });
  const { maxSpans, batchSpans, delayMs, timeoutMs } = settings.queue;
  const processor = new BatchSpanProcessor({
    exporter,
    maxQueueSize: maxSpans,
    maxExportBatchSize: batchSpans,
    scheduledDelayMillis: delayMs,
    exportTimeoutMillis: timeoutMs,
  });
  const provider = new TracerProvider({
    resource: resourceOf(options),
    sampler: samplerFor(settings.sampler),
    spanProcessors: [processor],
  });
  const observer = new SpanObserver(provider.getTracer(SERVICE_NAME, version), clock, options.redactor);
  return {
    observer,
    captureContent: (captures) => {
      observer.capturesContent = captures;
    },
    close: async () => {
      const ended = provider.shutdown().catch(() => undefined);
      if (!(await isDoneWithin(ended, CLOSE_MS, clock)))
        logger.warn('spans that waited for being exported are lost: the collector has not answered in time');
    },
  };
}

async function exporterFor(protocol: TracingSettings['protocol']): Promise<SpanExporter> {
  if (protocol === 'http/json') {
    const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-http');
    return new OTLPTraceExporter();
  }
  const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-proto');
  return new OTLPTraceExporter();
}

/** Who exports. `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES` win. */
function resourceOf({ version, worker }: TracingOptions): Resource {
  const own = resourceFromAttributes({
    'service.name': SERVICE_NAME,
    'service.version': version,
    'service.instance.id': randomUUID(),
    'process.pid': process.pid,
    ...(worker === undefined ? {} : { 'llmproxy.worker': worker }),
  });
  return own.merge(detectResources({ detectors: [envDetector] }));
}

function samplerFor({ parentBased, ratio }: SamplerSettings): Sampler {
  const root =
    ratio === 1 ? new AlwaysOnSampler() : ratio === 0 ? new AlwaysOffSampler() : new TraceIdRatioBasedSampler(ratio);
  return parentBased ? new ParentBasedSampler({ root }) : root;
}
