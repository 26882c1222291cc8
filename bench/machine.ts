import { readdirSync, readFileSync } from 'node:fs';
import { cpus, platform, release, totalmem } from 'node:os';
import { onPath } from './programs.ts';

const PAGE_BYTES = 4_096;

/** Which program runs where. With four cores two workers have one each and nothing beside them. */
export interface Cores {
  readonly server: string;
  readonly workers: string;
  readonly upstream: string;
  readonly load: string;
  /** Of the process that starts the others and reads their logs. */
  readonly rest: string;
}

export function coresOf(count: number = cpus().length): Cores {
  return count < 4
    ? { server: '0', workers: '0', upstream: '1', load: '1', rest: '1' }
    : { server: '0', workers: '0,1', upstream: '2', load: '3', rest: '2' };
}

/** CPU time of a process and all below it, in µs, user and system; undefined where there is no /proc. */
export function cpuMicros(pid: number): number | undefined {
  const times = tree(pid).map(taskNanos);
  return times.some((nanos) => nanos === undefined) || times.length === 0
    ? undefined
    : times.reduce<number>((sum, nanos) => sum + (nanos ?? 0), 0) / 1_000;
}

/** Resident memory of a process and all below it, in bytes. */
export function residentBytes(pid: number): number {
  return tree(pid).reduce((sum, each) => sum + Number(read(`/proc/${each}/statm`).split(' ')[1] ?? 0) * PAGE_BYTES, 0);
}

/** The most that was ever resident of a process, in bytes; 0 where there is no /proc. */
export function peakBytes(pid: number): number {
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) * 1_024;
}

/** What the numbers were measured on. */
export function describeMachine(): Record<string, string | number> {
  const [first] = cpus();
  const cores = coresOf();
  return {
    cpu: first?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${platform()} ${release()}`,
    node: process.version,
    pinned:
      onPath('taskset') === undefined
        ? 'no'
        : `server on core ${cores.server}, upstream on ${cores.upstream}, load on ${cores.load}`,
  };
}

/** schedstat counts nanoseconds; `stat` would count hundredths of a second. */
function taskNanos(pid: number): number | undefined {
  const tasks = list(`/proc/${pid}/task`);
  const nanos = tasks.map((task) => Number(read(`/proc/${pid}/task/${task}/schedstat`).split(' ')[0]));
  return tasks.length === 0 || nanos.some(Number.isNaN) ? undefined : nanos.reduce((sum, each) => sum + each, 0);
}

function tree(root: number): number[] {
  const parents = new Map<number, number>();
  for (const name of list('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    // "pid (command) state ppid …": the command may hold spaces and brackets.
    const stat = read(`/proc/${name}/stat`);
    parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
  }
  const found = parents.has(root) ? [root] : [];
  for (const pid of found) for (const [child, parent] of parents) if (parent === pid) found.push(child);
  return found;
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}
