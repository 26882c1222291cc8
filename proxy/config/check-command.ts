import type { Config } from './config.ts';
import { loadOrBuiltin, locateConfig } from './builtin.ts';
import { ConfigError } from './fault.ts';
import type { Environment } from './variables.ts';

/** Where a command writes: `process.stdout`, `process.stderr`, or a test. */
export interface Output {
  write(text: string): unknown;
}

function summaryOf(config: Config): string[] {
  const { server, redis, cache } = config;
  const models = config.models.map(({ name, strategy, endpoints }) => {
    const list = endpoints.map(({ id, weight }) => `${id.slice(name.length + 1)} (${weight})`).join(', ');
    return `  ${name}: ${strategy} over ${list}`;
  });
  const isShared = (redis.url ?? redis.cluster ?? redis.sentinels) !== undefined;
  const store = isShared ? 'memory and Redis' : 'memory';
  return [
    `listens on ${server.host}:${server.port}; cache ${cache.enabled ? `in ${store}` : 'off'}`,
    'models and their endpoints (weights):',
    ...models,
  ];
}

/** What `llmproxy check` was started with. */
interface CheckCall {
  readonly environment: Environment;
  /** The working directory. */
  readonly folder: string;
  readonly out: Output;
  readonly err: Output;
  /** Variables that are not set are no fault; what depends on them is then not checked. */
  readonly allowUnset?: boolean;
}

/** Whether the error is of variables alone that are not set. */
function isUnsetAlone({ faults }: ConfigError): boolean {
  return faults.every(({ unset }) => unset === true);
}

function checkOne(file: string | undefined, { environment, folder, out, err, allowUnset = false }: CheckCall): number {
  const path = locateConfig(file, environment, folder);
  try {
    const { config, warnings } = loadOrBuiltin(path, { environment });
    const heading = `OK: ${path ?? 'the built-in configuration (there is no llmproxy.yaml here)'}`;
    const warned = warnings.map((warning) => `warning: ${warning}`);
    out.write(`${[heading, ...warned, ...summaryOf(config)].join('\n')}\n`);
    return 0;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    if (allowUnset && isUnsetAlone(error)) {
      out.write(`OK as far as it can be checked: ${path ?? ''}\n${error.message}\n`);
      return 0;
    }
    err.write(`${error.render()}\n`);
    return 1;
  }
}

/** `llmproxy check [FILES]`: as {@link runCheck} for each of them. The exit code is 1 where one of them is. */
export function runChecks(files: readonly string[], call: CheckCall): number {
  const codes = (files.length === 0 ? [undefined] : files).map((file) => checkOne(file, call));
  return Math.max(...codes);
}

/**
 * `llmproxy check [FILE]`: tells whether the configuration that would be used can be, or everything wrong with it.
 * Returns the exit code.
 */
export function runCheck(
  file: string | undefined,
  environment: Environment,
  folder: string,
  out: Output,
  err: Output,
): number {
  return checkOne(file, { environment, folder, out, err });
}
