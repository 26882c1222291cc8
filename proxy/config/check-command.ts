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
  const path = locateConfig(file, environment, folder);
  try {
    const { config, warnings } = loadOrBuiltin(path, { environment });
    const heading = `OK: ${path ?? 'the built-in configuration (there is no llmproxy.yaml here)'}`;
    const warned = warnings.map((warning) => `warning: ${warning}`);
    out.write(`${[heading, ...warned, ...summaryOf(config)].join('\n')}\n`);
    return 0;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    err.write(`${error.render()}\n`);
    return 1;
  }
}
