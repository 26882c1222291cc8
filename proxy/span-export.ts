import type { Config } from './config/config.ts';
import type { TimerClock } from './core/clock.ts';
import type { Redactor } from './core/redact.ts';
import type { ProxyLogger } from './telemetry/logger.ts';
import type { Telemetry } from './telemetry/telemetry.ts';
import { tracingSettings } from './tracing/settings.ts';
import type { Tracing } from './tracing/tracing.ts';
import { VERSION } from './version.ts';

export interface SpanExportParts {
  readonly telemetry: Telemetry;
  readonly logger: ProxyLogger;
  readonly clock: TimerClock;
  readonly redactor: Redactor;
  /** Number of this worker, where there are several. */
  readonly worker: number | undefined;
}

/** Export of spans, where the environment asks for it; without that nothing of OpenTelemetry is loaded. */
export class SpanExport {
  #tracing: Tracing | undefined;

  /** A variable that cannot be used costs the spans, and not the proxy. */
  async start(env: NodeJS.ProcessEnv, { telemetry, logger, clock, redactor, worker }: SpanExportParts): Promise<void> {
    const settings = tracingSettings(env);
    if (settings === undefined) return;
    try {
      const { startTracing } = await import('./tracing/tracing.ts');
      this.#tracing = await startTracing({ settings, clock, logger, redactor, version: VERSION, worker });
      telemetry.watch(this.#tracing.observer).wantMarks(true);
    } catch (error) {
      logger.warn({ err: error }, 'spans are not exported');
    }
  }

  /** Takes over what a configuration says of spans. */
  configure({ telemetry }: Pick<Config, 'telemetry'>): void {
    this.#tracing?.captureContent(telemetry.captureContent);
  }

  async close(): Promise<void> {
    await this.#tracing?.close();
  }
}
