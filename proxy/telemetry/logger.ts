import { pino } from 'pino';

import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/logger.ts';
import type { Redactor } from '../core/redact.ts';
import { accessFields } from './access-line.ts';
import type { ExchangeRecord } from './exchange-record.ts';
import { NEEDS_METADATA } from './log-sink.ts';
import type { LogSink } from './log-sink.ts';
import { formatText } from './text-format.ts';
import { Timestamp } from './timestamp.ts';

export interface LoggerOptions {
  readonly level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';
  /** `auto` = text when the sink is a terminal, else JSON. */
  readonly format: 'auto' | 'json' | 'text';
  readonly clock: Clock;
  /** Every line goes through it, whole or field by field: nothing secret leaves, whatever field it stands in. */
  readonly redactor: Redactor;
  readonly sink: LogSink;
  /** Which of several processes writes; stands in every line. */
  readonly worker?: number | undefined;
}

/** A logger whose level can follow the configuration. */
export interface ProxyLogger extends Logger {
  level: string;
  /** The line of a request, `warn` where it failed, else `info`; past pino’s serializers: there is one a request. */
  access(record: ExchangeRecord): void;
}

const WARN = 40;

/** Only what helps to find the fault: other members of an error may hold requests, and with them prompts. */
function describeError(error: unknown): object {
  if (!(error instanceof Error)) return { message: String(error) };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  const cause = error.cause === undefined ? undefined : describeError(error.cause);
  return { type: error.name, message: error.message, code, stack: error.stack, cause };
}

/** The proxy or an endpoint is at fault: an error of 500 or more, or an answer that broke off. */
function hasFailed({ status, termination: { by, phase } }: ExchangeRecord): boolean {
  if (by === 'client') return false;
  return status >= 500 || (status < 400 && phase !== 'done');
}

/** Writes one line a call: JSON, or text for people. Errors belong into the field `err`. */
export function createLogger({ level, format, clock, redactor, sink, worker }: LoggerOptions): ProxyLogger {
  const asText = format === 'text' || (format === 'auto' && sink.terminal === true);
  const write = (clean: string, urgent: boolean): void => sink.write(asText ? formatText(clean) : clean, urgent);
  const timestamp = new Timestamp();
  const time = (): string => timestamp.at(clock.now());
  const who = worker === undefined ? '' : `"worker":${worker},`;
  const stream = {
    [NEEDS_METADATA]: true,
    lastLevel: 0,
    write(line: string): void {
      write(redactor.clean(line), this.lastLevel >= WARN);
    },
  };
  const logger = pino(
    {
      level,
      base: worker === undefined ? null : { worker },
      timestamp: () => `,"time":"${time()}"`,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: describeError },
    },
    stream,
  );
  return Object.assign(logger, {
    access(record: ExchangeRecord): void {
      const failed = hasFailed(record);
      const level = failed ? 'warn' : 'info';
      if (!logger.isLevelEnabled(level)) return;
      write(
        `{"level":"${level}","time":"${time()}",${who}${accessFields(record, redactor)},"msg":"request"}\n`,
        failed,
      );
    },
  });
}
