import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readFileSync } from 'node:fs';
import { onTestFinished } from 'vitest';
import { childrenOf } from '../setup/children.ts';
import { startProxy, type ProxyProcess, type ProxyStart } from '../setup/services.ts';
import { jsonOf, send, type RawAnswer } from './http.ts';

/** A proxy of several processes, which ends with the test. */
export interface WorkersBed {
  readonly proxy: ProxyProcess;
  readonly url: string;
  /** Processes that answer requests. */
  workers(): number[];
  /** Everything it has logged, as objects; lines that are none are left out. */
  lines(): Record<string, unknown>[];
  /** Lines with this message. */
  said(message: string): Record<string, unknown>[];
  /** Puts another file in the place of the configuration. */
  write(config: object | string): Promise<void>;
  /** Each on a connection of its own: the primary gives them to the workers in turn. */
  post(path: string, body: object): Promise<RawAnswer>;
  get(path: string): Promise<Record<string, unknown>>;
  text(path: string): Promise<string>;
}

export async function startWorkers(config: object, more: Omit<ProxyStart, 'config'> = {}): Promise<WorkersBed> {
  const folder = await mkdtemp(join(tmpdir(), 'llmproxy-workers-'));
  const file = join(folder, 'llmproxy.yaml');
  await writeFile(file, JSON.stringify(config));
  const proxy = await startProxy({ ...more, config: file, patienceMs: 60_000 });
  onTestFinished(async () => {
    await proxy.stop();
    await rm(folder, { recursive: true, force: true });
  });
  let log = '';
  proxy.child.stderr?.on('data', (text: string) => (log += text));
  const lines = (): Record<string, unknown>[] =>
    log.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as Record<string, unknown>] : []));
  const { url } = proxy;
  return {
    proxy,
    url,
    workers: () => childrenOf(proxy.pid).filter((pid) => isWorker(pid)),
    lines,
    said: (message) => lines().filter(({ msg }) => String(msg).includes(message)),
    async write(next) {
      await writeFile(`${file}.new`, typeof next === 'string' ? next : JSON.stringify(next));
      await rename(`${file}.new`, file);
    },
    post: (path, body) => send(`${url}${path}`, { body }),
    get: async (path) => jsonOf(await send(`${url}${path}`, { method: 'GET' })),
    text: async (path) => (await send(`${url}${path}`, { method: 'GET' })).body.toString(),
  };
}

/** The value of a metric, by the whole line but its value; 0 where there is none. */
export function metric(text: string, name: string): number {
  const line = text.split('\n').find((one) => one.startsWith(`${name} `));
  return Number(line?.slice(name.length + 1) ?? 0);
}

/** The sum of all series of a metric. */
export function total(text: string, name: string): number {
  const series = text.split('\n').filter((line) => line.startsWith(`${name}{`));
  return series.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
}

function isWorker(pid: number): boolean {
  try {
    return /proxy\/worker\.[jt]s/.test(readFileSync(`/proc/${pid}/cmdline`, 'latin1'));
  } catch {
    return false;
  }
}
