import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Environment variable that every process of one test run inherits; the process table is searched for it afterwards. */
const MARKER = 'LLMPROXY_TEST_RUN';
const PATIENCE_MS = 3_000;
const STEP_MS = 50;

export interface Leftover {
  readonly pid: number;
  readonly command: string;
}

/** The environment that children of this run get: ours, with the marker. */
export function runEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, [MARKER]: runId() };
}

/** The id of this test run; made at the first call and inherited by all child processes. */
export function runId(): string {
  process.env[MARKER] ??= `${process.pid}-${randomBytes(6).toString('hex')}`;
  return process.env[MARKER];
}

/**
 * Processes that carry the marker of `id`, other than this one and vitest's own workers.
 * Reads /proc, so it sees nothing on systems without it.
 */
export function leftovers(id: string): Leftover[] {
  return pids()
    .filter((pid) => pid !== process.pid && read(pid, 'environ').split('\0').includes(`${MARKER}=${id}`))
    .map((pid) => ({ pid, command: read(pid, 'cmdline').split('\0').join(' ').trim() }))
    .filter(({ command }) => command !== '' && !/vitest[/\\]dist[/\\]workers/.test(command));
}

/** `leftovers`, once they had three seconds to go. Blocks: it runs when the event loop is over. */
export function lastingLeftovers(id: string): Leftover[] {
  const cell = new Int32Array(new SharedArrayBuffer(4));
  for (let waited = 0; waited < PATIENCE_MS; waited += STEP_MS) {
    if (leftovers(id).length === 0) return [];
    Atomics.wait(cell, 0, 0, STEP_MS);
  }
  return leftovers(id);
}

/**
 * Called once a run. Temporary files of the run and of all that it starts go to a folder of its own, which is removed at its
 * end. Then the process table must be clean, else the run is red.
 */
export function failWhenSomethingIsLeft(): void {
  if (process.env[MARKER] !== undefined) return;
  const id = runId();
  const folder = mkdtempSync(join(tmpdir(), 'llmproxy-run-'));
  process.env['TMPDIR'] = folder;
  process.once('exit', () => {
    const left = lastingLeftovers(id);
    rmSync(folder, { recursive: true, force: true });
    if (left.length === 0) return;
    process.exitCode = 1;
    console.error(
      `These processes were left running by the tests:\n${left.map((l) => `  ${l.pid} ${l.command}`).join('\n')}`,
    );
    for (const { pid } of left) process.kill(pid, 'SIGKILL');
  });
}

function pids(): number[] {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return [];
  }
}

function read(pid: number, file: 'environ' | 'cmdline'): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    return '';
  }
}
