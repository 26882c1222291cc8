import type { Config } from './config/config.ts';

/** Text for a person at a terminal, JSON for everything that collects logs. */
export function logFormat({ log }: Pick<Config, 'log'>): 'json' | 'text' {
  if (log.format !== 'auto') return log.format;
  return process.stderr.isTTY ? 'text' : 'json';
}
