import { readFileSync } from 'node:fs';

import { scrub } from '../core/redact.ts';
import { CHECKS } from './checks.ts';
import type { Config } from './config.ts';
import { ConfigError, renderFault } from './fault.ts';
import type { ConfigFault } from './fault.ts';
import { Findings } from './findings.ts';
import { faultsOf } from './issues.ts';
import { ConfigOrigin, type LoadOptions } from './origin.ts';
import { readSource } from './read-source.ts';
import { resolveConfig } from './resolve.ts';
import { salvage } from './salvage.ts';
import { configSchema } from './schema/index.ts';

export type { LoadOptions } from './origin.ts';

export interface Loaded {
  readonly config: Config;
  /** Sentences with their place; nothing that stops the proxy. */
  readonly warnings: readonly string[];
  /** What it was read from. Left out in a worker, which has the configuration from the primary process. */
  readonly origin?: ConfigOrigin;
}

/** A configuration that was read here; `describeConfig` (`sources.ts`) says where each of its values comes from. */
export interface ReadConfig extends Loaded {
  /** The warnings with their places apart. */
  readonly remarks: readonly ConfigFault[];
  readonly origin: ConfigOrigin;
}

function clean(fault: ConfigFault): ConfigFault {
  return { ...fault, message: scrub(fault.message) };
}

/**
 * Reads a configuration out of YAML text. `name` is what the text is called in messages.
 * Throws ConfigError with every fault.
 */
export function parseConfig(text: string, name: string, options: LoadOptions): ReadConfig {
  const source = readSource(name, text, options);
  if (source.value === undefined) throw new ConfigError(source.faults.map(clean));
  const result = configSchema.safeParse(source.value ?? {});
  const issues = result.success ? [] : result.error.issues;
  const findings = new Findings(source, options.readsFiles);
  const rest = result.success ? { input: result.data, broken: new Set<string>() } : salvage(source.value, issues);
  // A value that lacks its variable would only bring forth faults of its own.
  const config =
    rest === undefined || source.incomplete.size > 0
      ? undefined
      : resolveConfig(rest.input, options.environment, findings);
  for (const { reads, run } of CHECKS) {
    if (config !== undefined && !reads.some((section) => rest?.broken.has(section))) run(config, findings);
  }
  const faults = [...source.faults, ...faultsOf(issues, configSchema, source), ...findings.faults];
  if (config === undefined || faults.length > 0) throw new ConfigError(faults.map(clean), findings.remarks);
  const { remarks } = findings;
  return { config, warnings: remarks.map(renderFault), remarks, origin: new ConfigOrigin(name, text, options) };
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return 'there is no such file; `llmproxy init` writes one';
  if (code === 'EACCES') return 'the file may not be read';
  if (code === 'EISDIR') return 'this is a folder, not a file';
  return error instanceof Error ? error.message : String(error);
}

/** Reads the configuration file at `path`. Throws ConfigError with every fault, also when there is no such file. */
export function loadConfig(path: string, options: LoadOptions): ReadConfig {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new ConfigError([{ source: path, path: '', message: `cannot be read: ${reasonOf(error)}` }]);
  }
  return parseConfig(text, path, options);
}
