import type { ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** The access lines of a proxy, counted by request id. */
export class AccessLines {
  readonly counts = new Map<string, number>();
  #rest = '';

  constructor(child: ChildProcess) {
    child.stderr?.on('data', (text: string) => this.#read(text));
  }

  #read(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      if (!line.includes('"msg":"request"')) continue;
      const { id } = JSON.parse(line) as { id: string };
      if (id.startsWith('soak-')) this.counts.set(id, (this.counts.get(id) ?? 0) + 1);
    }
  }
}

/** Open descriptors of a process, by the process table of Linux. */
export function descriptorsOf(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

/** Resident memory of a process in MiB. */
export function residentOf(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) / 1_024;
}
