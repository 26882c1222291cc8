import { spawn, type ChildProcess } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { connect } from 'node:net';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as after } from 'node:timers/promises';
import getPort, { portNumbers } from 'get-port';

export interface Program {
  readonly pid: number;
  readonly port: number;
  /** Milliseconds from its start to its ready line. */
  readonly readyMs: number;
  readonly child: ChildProcess;
  stop(): Promise<void>;
}

export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  /** Cores to pin it to, where there is `taskset`: `0`, `0,1`. */
  readonly core: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Without a ready line of its own: the port it was told to take. */
  readonly port?: number;
  readonly ipc?: boolean;
}

const READY_LIMIT_MS = 90_000;

/**
 * A port for a server that cannot choose one. Below those that the system gives to clients: asking again and again whether one of these
 * is open yet may connect a socket to itself, and then the server cannot have it.
 */
export function freePort(): Promise<number> {
  const from = 10_000 + Math.floor(Math.random() * 20_000);
  return getPort({ host: '127.0.0.1', port: portNumbers(from, from + 1_000) });
}

/** The file of a program on PATH. */
export function onPath(name: string): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return [...folders, '/usr/sbin', '/usr/local/sbin'].map((folder) => join(folder, name)).find(executable);
}

/** Starts a program and waits until it takes connections. */
export async function launch({ command, args, core, env = {}, port, ipc = false }: Launch): Promise<Program> {
  const taskset = onPath('taskset');
  const [file, ...rest] = taskset === undefined ? [command, ...args] : [taskset, '-c', core, command, ...args];
  const began = performance.now();
  const child = spawn(file ?? command, rest, {
    stdio: ['ignore', 'pipe', 'pipe', ...(ipc ? (['ipc'] as const) : [])],
    env: { ...process.env, ...env },
  });
  const killed = (): void => void child.kill('SIGKILL');
  process.once('exit', killed);
  child.once('exit', () => process.removeListener('exit', killed));
  let complaint = '';
  const listen = (text: Buffer): void => void (complaint = (complaint + text.toString('utf8')).slice(-2_000));
  child.stderr?.on('data', listen);
  const failed = new Promise<never>((_resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`${command} ${args.join(' ')} ended with ${code}.\n${complaint}`)));
  });
  failed.catch(() => undefined);
  const giveUp = new AbortController();
  const late = after(READY_LIMIT_MS, undefined, { signal: giveUp.signal }).then(() => {
    child.kill('SIGKILL');
    throw new Error(`${command} was not ready after ${READY_LIMIT_MS / 1_000} s.\n${complaint}`);
  });
  late.catch(() => undefined);
  const ready = port === undefined ? readyPort(child) : answering(port, giveUp.signal);
  const taken = await Promise.race([ready, failed, late]).finally(() => giveUp.abort());
  child.stderr?.off('data', listen).resume();
  if (port !== undefined) child.stdout?.resume();
  return {
    pid: child.pid ?? -1,
    port: taken,
    readyMs: performance.now() - began,
    child,
    stop: () => stop(child),
  };
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await Promise.race([gone, after(2_000, undefined, { ref: false })]);
  child.kill('SIGKILL');
  await gone;
}

/** The port that the first JSON line on stdout names. Access lines that come later are drained, not looked at. */
function readyPort(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => {
    const { stdout } = child;
    if (stdout === null) return;
    const lines = createInterface({ input: stdout }).on('line', (line) => {
      const ready = line.startsWith('{') ? (JSON.parse(line) as { port?: number; url?: string; pid?: number }) : {};
      if (ready.port === undefined && ready.url === undefined && ready.pid === undefined) return;
      lines.close();
      stdout.resume();
      resolve(ready.port ?? (ready.url === undefined ? 0 : Number(new URL(ready.url).port)));
    });
  });
}

async function answering(port: number, signal: AbortSignal): Promise<number> {
  while (!signal.aborted) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false));
      socket.on('connect', () => socket.destroy());
    });
    if (open) break;
    await after(10);
  }
  return port;
}

function executable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return existsSync(file);
  } catch {
    return false;
  }
}
