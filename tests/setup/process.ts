import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as after } from 'node:timers/promises';
import { runEnvironment } from './run-marker.ts';

const STDERR_KEPT = 4_096;
const TERM_PATIENCE_MS = 5_000;

export interface StartedProcess {
  readonly pid: number;
  readonly child: ChildProcess;
  /** The JSON object of the first such line on stdout. */
  readonly ready: Record<string, unknown>;
  /** The last lines it wrote to stderr. */
  stderr(): string;
  /** SIGTERM, then SIGKILL after five seconds; resolves when it is gone. */
  stop(): Promise<void>;
}

export interface StartOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly patienceMs?: number;
}

/**
 * Starts a program and waits for the one JSON line on stdout that says it is ready.
 * Its stdin stays open as long as this process lives, so a program that ends with its stdin never outlives us.
 */
export async function startProcess(
  command: string,
  args: readonly string[],
  options: StartOptions = {},
): Promise<StartedProcess> {
  const child = spawn(command, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    cwd: options.cwd,
    env: { ...runEnvironment(), ...options.env },
  });
  const stderr = keepTail(child);
  const name = [command, ...args].join(' ');
  const killAtExit = (): void => void child.kill('SIGKILL');
  process.once('exit', killAtExit);
  child.once('exit', () => process.removeListener('exit', killAtExit));
  try {
    const ready = await readyLine(child, name, stderr, options.patienceMs ?? 15_000);
    return { pid: child.pid ?? -1, child, ready, stderr, stop: () => stopProcess(child) };
  } catch (error) {
    await stopProcess(child);
    throw error;
  }
}

/** Ends a child politely, then not. */
export async function stopProcess(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  // A stopped process does not see SIGTERM before it is continued.
  child.kill('SIGCONT');
  child.kill('SIGTERM');
  const patience = new AbortController();
  const late = after(TERM_PATIENCE_MS, undefined, { signal: patience.signal, ref: false }).then(
    () => child.kill('SIGKILL'),
    () => undefined,
  );
  await gone;
  patience.abort();
  await late;
}

function keepTail(child: ChildProcess): () => string {
  let tail = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    tail = (tail + text).slice(-STDERR_KEPT);
  });
  return () => tail.trim();
}

function readyLine(
  child: ChildProcess,
  name: string,
  stderr: () => string,
  patienceMs: number,
): Promise<Record<string, unknown>> {
  return new Promise((resolve, reject) => {
    const fail = (why: string): void => reject(new Error(`${name} ${why}\n${stderr()}`));
    const timer = setTimeout(() => fail(`printed no ready line within ${patienceMs} ms.`), patienceMs);
    child.once('error', (error) => {
      clearTimeout(timer);
      fail(`could not be started: ${error.message}`);
    });
    child.once('exit', (code, signal) => {
      clearTimeout(timer);
      // stderr may still be in the pipe when `exit` fires.
      setImmediate(() => fail(`ended before it was ready (${signal ?? `exit code ${code}`}).`));
    });
    if (child.stdout === null) return;
    createInterface({ input: child.stdout }).on('line', (line) => {
      const object = jsonObject(line);
      if (object === undefined) return;
      clearTimeout(timer);
      resolve(object);
    });
  });
}

function jsonObject(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
