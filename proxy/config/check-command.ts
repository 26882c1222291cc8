import type { Config } from './config.ts';
import { loadOrBuiltin, locateConfig } from './builtin.ts';
import { ConfigError, renderFault, type ConfigFault } from './fault.ts';
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
  /** One JSON object on `out`, of all files, in place of text. */
  readonly json?: boolean;
}

/** What is known of one file. */
interface Verdict {
  /** Left out for the built-in configuration. */
  readonly path?: string;
  /** Left out where there are faults. */
  readonly config?: Config;
  readonly error?: ConfigError;
  readonly warnings: readonly ConfigFault[];
  readonly isGood: boolean;
}

/** Whether the error is of variables alone that are not set. */
function isUnsetAlone({ faults }: ConfigError): boolean {
  return faults.every(({ unset }) => unset === true);
}

function judge(file: string | undefined, { environment, folder, allowUnset = false }: CheckCall): Verdict {
  const path = locateConfig(file, environment, folder);
  const named = path === undefined ? {} : { path };
  try {
    const { config, remarks } = loadOrBuiltin(path, { environment });
    return { ...named, config, warnings: remarks, isGood: true };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { ...named, error, warnings: error.remarks, isGood: allowUnset && isUnsetAlone(error) };
  }
}

function print({ path, config, error, warnings, isGood }: Verdict, { out, err }: CheckCall): void {
  if (config !== undefined) {
    const heading = `OK: ${path ?? 'the built-in configuration (there is no llmproxy.yaml here)'}`;
    const warned = warnings.map((warning) => `warning: ${renderFault(warning)}`);
    out.write(`${[heading, ...warned, ...summaryOf(config)].join('\n')}\n`);
  } else if (isGood) out.write(`OK as far as it can be checked: ${path ?? ''}\n${error?.message}\n`);
  else err.write(`${error?.render()}\n`);
}

const shownFault = ({ source, line, column, path, message, unset }: ConfigFault): object => ({
  file: source,
  line: line ?? null,
  column: column ?? null,
  path,
  message,
  ...(unset === true ? { unset } : {}),
});

function shownVerdict({ path, error, warnings, isGood }: Verdict): object {
  const faults = error?.faults ?? [];
  return { file: path ?? null, ok: isGood, faults: faults.map(shownFault), warnings: warnings.map(shownFault) };
}

/** `llmproxy check [FILES]`: as {@link runCheck} for each of them. The exit code is 1 where one of them cannot be used. */
export function runChecks(files: readonly string[], call: CheckCall): number {
  const verdicts = (files.length === 0 ? [undefined] : files).map((file) => judge(file, call));
  const isGood = verdicts.every((verdict) => verdict.isGood);
  if (call.json === true) {
    call.out.write(`${JSON.stringify({ ok: isGood, files: verdicts.map(shownVerdict) }, undefined, 2)}\n`);
  } else for (const verdict of verdicts) print(verdict, call);
  return isGood ? 0 : 1;
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
  return runChecks(file === undefined ? [] : [file], { environment, folder, out, err });
}
