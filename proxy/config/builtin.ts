import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

import { loadConfig, parseConfig } from './load.ts';
import type { LoadOptions, ReadConfig } from './load.ts';
import { TEMPLATE } from './template.ts';

export const CONFIG_FILE = 'llmproxy.yaml';

/** The configuration that serves where there is no file: the models of `llmproxy.yaml` on bundled mock endpoints. */
export function builtinConfig(options: LoadOptions): ReadConfig {
  return parseConfig(TEMPLATE, 'built-in configuration', options);
}

/**
 * Which file is meant: what `--config` names, else what `LLMPROXY_CONFIG` names, else `llmproxy.yaml` in `folder` when
 * it is there. Undefined = the built-in configuration.
 */
export function locateConfig(
  named: string | undefined,
  environment: LoadOptions['environment'],
  folder: string,
): string | undefined {
  const given = named ?? environment['LLMPROXY_CONFIG'];
  if (given !== undefined && given !== '') return resolve(folder, given);
  const path = resolve(folder, CONFIG_FILE);
  return existsSync(path) ? path : undefined;
}

/** The configuration at `path`, or the built-in one. Throws ConfigError. */
export function loadOrBuiltin(path: string | undefined, options: LoadOptions): ReadConfig {
  return path === undefined ? builtinConfig(options) : loadConfig(path, options);
}
