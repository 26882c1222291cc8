import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { ServerOptions } from './options/options.ts';
import type { ServerOverrides } from './options/overrides.ts';
import { portable } from './portable.ts';

/** The JSON line that the CLI prints when it is ready. */
export interface ReadyLine {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  readonly servers: readonly { readonly url: string; readonly port: number }[];
  /** File of the certificate of servers that speak TLS. */
  readonly certificate?: string;
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

/** What starts the same servers on the command line. */
export function cliArguments(
  count: number,
  { port, ...options }: ServerOptions,
  overrides?: readonly ServerOverrides[],
): readonly string[] {
  return [
    '--json',
    '--exit-with-parent',
    `--count=${count}`,
    ...(port === undefined ? [] : [`--port=${port}`]),
    `--options=${portable(options)}`,
    ...(overrides === undefined ? [] : [`--overrides=${portable(overrides)}`]),
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
  // A process that forgets to close the mock can still end: the child follows.
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
