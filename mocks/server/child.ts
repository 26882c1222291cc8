import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Spread } from '../rules/pace.ts';
import type { ScriptInput } from '../rules/script/types.ts';
import { faultArguments } from './faults/fault-options.ts';
import { admissionArguments } from './admission/admission-options.ts';
import type { ServerOverrides } from './server-overrides.ts';
import { portable } from './portable.ts';
import type { ServerOptions } from './settings.ts';
import type { TenantKeys } from './tenant-selection.ts';

/** The JSON line that the CLI prints when it is ready. */
export interface ReadyLine {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  readonly servers: readonly { readonly url: string; readonly port: number }[];
}

export interface MockChild {
  readonly ready: ReadyLine;
  /** Ends the process and waits until it is gone. */
  stop(): Promise<void>;
}

const READY_TIMEOUT_MS = 15_000;
const KILL_AFTER_MS = 2000;

/** The CLI beside this room: `.ts` in the repository, `.js` in the package. */
function cliPath(): string {
  return fileURLToPath(new URL(`../cli${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url));
}

function tenantKeysText(keys: TenantKeys): string {
  if (keys === 'each') return keys;
  return Object.entries(keys)
    .map(([key, tenant]) => `${key}=${tenant}`)
    .join(',');
}

function amountText(amount: number | Spread | undefined): string | number | undefined {
  return typeof amount === 'object' ? JSON.stringify(amount) : amount;
}

function scriptText(script: string | ScriptInput): string {
  return typeof script === 'string' ? script : portable(script);
}

/** Options as the CLI's arguments. */
export function cliArguments(count: number, options: ServerOptions, overrides?: readonly ServerOverrides[]): string[] {
  const { port, host, pace = {}, tag, seed, models, keys } = options;
  const values: readonly (readonly [string, string | number | undefined])[] = [
    ['count', count],
    ['port', port],
    ['host', host],
    ['pace-first-ms', amountText(pace.firstEventMs)],
    ['tokens-per-second', amountText(pace.tokensPerSecond)],
    ['pace-seed', pace.seed],
    ['seed', seed],
    ['models', models?.join(',')],
    ['keys', keys?.join(',')],
    ['job-stage-ms', options.jobStageMs],
  ];
  const given = values.flatMap(([name, value]) => (value === undefined ? [] : [`--${name}=${value}`]));
  return [
    '--json',
    '--exit-with-parent',
    ...(tag === true ? ['--tag'] : []),
    ...(typeof tag === 'string' && tag !== '' ? [`--tag-as=${tag}`] : []),
    ...(options.clock === undefined ? [] : [`--clock=${options.clock}`]),
    ...(options.tenantKeys === undefined ? [] : [`--tenant-keys=${tenantKeysText(options.tenantKeys)}`]),
    ...(options.lenientIds ? ['--lenient-ids'] : []),
    ...(options.nonce ? ['--nonce'] : []),
    ...(options.trace ? ['--trace'] : []),
    ...given,
    ...(options.script === undefined ? [] : [`--script=${scriptText(options.script)}`]),
    ...(overrides === undefined ? [] : [`--overrides=${portable(overrides)}`]),
    ...admissionArguments(options),
    ...faultArguments(options),
  ];
}

/** Starts the CLI with `count` servers. It ends when this process does, however that happens: its standard input closes. */
export async function startChild(
  count: number,
  options: ServerOptions,
  overrides?: readonly ServerOverrides[],
): Promise<MockChild> {
  const child = spawn(process.execPath, [cliPath(), ...cliArguments(count, options, overrides)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const timer = setTimeout(() => child.kill('SIGKILL'), READY_TIMEOUT_MS);
  const line = await firstLine(child.stdout);
  clearTimeout(timer);
  if (line === undefined) {
    const [code, signal] = (await exited) as [number | null, string | null];
    throw new Error(`cannot start the mock: its process ended before it was ready (${signal ?? `exit code ${code}`})`);
  }
  // Whoever forgets to close the mock can still end: the child follows.
  child.unref();
  (child.stdin as Socket).unref();
  (child.stdout as Socket).unref();
  return {
    ready: JSON.parse(line) as ReadyLine,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.ref();
      const impatience = setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MS);
      child.stdin.end();
      await exited;
      clearTimeout(impatience);
    },
  };
}

async function firstLine(input: NodeJS.ReadableStream): Promise<string | undefined> {
  const lines = createInterface({ input });
  for await (const line of lines) {
    lines.close();
    input.resume();
    return line;
  }
  return undefined;
}
