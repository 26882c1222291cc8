import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { getCompileCacheDir } from 'node:module';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Config } from './config/config.ts';

const START_TIMEOUT_MS = 15_000;
const STOP_TIMEOUT_MS = 2_000;
const MIN_RESTART_MS = 100;
const MAX_RESTART_MS = 10_000;
/** A process that ran this long has come up well: the next restart is quick again. */
const STEADY_MS = 30_000;

export interface BundledMocksOptions {
  /** A process has ended unasked; it is started again after `delayMs`. */
  readonly onEnded?: (event: { readonly reason: string; readonly delayMs: number }) => void;
  /** The servers of a process that had ended are back, at other addresses. */
  readonly onMoved?: () => void;
}

/** Where the bundled mocks are. */
export type MockOrigins = Pick<BundledMocks, 'origin'>;

/** The mock servers that a configuration names without an address: one child process, one free port each. */
export class BundledMocks {
  readonly #options: BundledMocksOptions;
  readonly #children = new Set<ChildProcess>();
  readonly #origins = new Map<string, string>();
  readonly #restarts = new Set<NodeJS.Timeout>();
  #closed = false;

  constructor(options: BundledMocksOptions = {}) {
    this.#options = options;
  }

  /** Origin of the named server, e.g. `http://127.0.0.1:40123`. */
  origin(name: string): string | undefined {
    return this.#origins.get(name);
  }

  /** The origins of all servers, by name. */
  get origins(): readonly (readonly [name: string, origin: string])[] {
    return [...this.#origins];
  }

  /** Starts the servers among `names` that do not run yet. Rejects when the mock cannot be started. */
  async ensure(names: readonly string[]): Promise<void> {
    const missing = [...new Set(names)].filter((name) => !this.#origins.has(name));
    if (missing.length > 0) await this.#serve(missing, MIN_RESTART_MS);
  }

  /** Ends the child processes and waits until they are gone. None is started afterwards. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const timer of this.#restarts) clearTimeout(timer);
    await Promise.all([...this.#children].map(stop));
    this.#origins.clear();
  }

  /** Starts one process for these servers; `retryMs` is the pause before the next start, should it end soon. */
  async #serve(names: readonly string[], retryMs: number): Promise<void> {
    if (this.#closed) throw new Error('the bundled mocks are closed');
    const startedAt = performance.now();
    const child = this.#spawn(names.length);
    const origins = await this.#ready(child);
    names.forEach((name, index) => this.#origins.set(name, origins[index] ?? ''));
    const ended = (): void => {
      const steady = performance.now() - startedAt >= STEADY_MS;
      this.#restartLater(names, steady ? MIN_RESTART_MS : retryMs, `ended with ${endOf(child)}`);
    };
    if (isGone(child)) ended();
    else child.once('exit', ended);
  }

  #restartLater(names: readonly string[], delayMs: number, reason: string): void {
    if (this.#closed) return;
    this.#options.onEnded?.({ reason, delayMs });
    const timer = setTimeout(() => {
      this.#restarts.delete(timer);
      void this.#restart(names, Math.min(delayMs * 2, MAX_RESTART_MS));
    }, delayMs).unref();
    this.#restarts.add(timer);
  }

  async #restart(names: readonly string[], retryMs: number): Promise<void> {
    try {
      await this.#serve(names, retryMs);
    } catch (error) {
      this.#restartLater(names, retryMs, error instanceof Error ? error.message : String(error));
      return;
    }
    this.#options.onMoved?.();
  }

  #spawn(count: number): ChildProcess {
    // The child ends when its standard input closes: whatever happens to this process, nothing is left behind.
    // Strictness is chosen, so that the mock has nothing to say about what clients of the proxy ask for.
    const args = [mockCli(), '--json', '--exit-with-parent', '--strictness=off', `--count=${count}`];
    // A group of its own: Ctrl-C in a terminal must reach the proxy alone, which drains before the mock may go.
    const detached = process.platform !== 'win32';
    const child = spawn(process.execPath, args, {
      stdio: ['pipe', 'pipe', 'inherit'],
      detached,
      windowsHide: true,
      env: { ...process.env, NODE_COMPILE_CACHE: getCompileCacheDir() },
    });
    this.#children.add(child);
    child.once('exit', () => this.#children.delete(child));
    // Writing to a process that has ended is no fault of ours, and a process that cannot be started says so below.
    child.stdin?.on('error', () => undefined);
    child.on('error', () => this.#children.delete(child));
    return child;
  }

  async #ready(child: ChildProcess): Promise<string[]> {
    const timer = setTimeout(() => child.kill('SIGKILL'), START_TIMEOUT_MS);
    try {
      return originsIn(await firstLine(child));
    } finally {
      clearTimeout(timer);
    }
  }
}

/** The names of the bundled mock servers that a configuration needs. */
export function bundledNames(config: Pick<Config, 'models'>): string[] {
  const targets = config.models.flatMap(({ endpoints }) => endpoints.map(({ target }) => target));
  return targets.flatMap((target) => (target.kind === 'bundled' ? [target.server] : []));
}

/** The mock's command line beside this room: TypeScript in the repository, JavaScript in the package. */
function mockCli(): string {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  return fileURLToPath(new URL(`../mocks/cli.${extension}`, import.meta.url));
}

async function firstLine(child: ChildProcess): Promise<string> {
  if (!child.stdout) throw new Error('the bundled mock has no standard output');
  for await (const line of createInterface({ input: child.stdout })) {
    child.stdout.resume();
    return line;
  }
  throw new Error('the bundled mock ended before it was ready');
}

function originsIn(line: string): string[] {
  const ready = JSON.parse(line) as { servers: { url: string }[] };
  return ready.servers.map(({ url }) => url);
}

function isGone(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

function endOf({ signalCode, exitCode }: ChildProcess): string {
  return signalCode ?? `exit code ${exitCode}`;
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || isGone(child)) return;
  const exited = once(child, 'exit');
  const impatience = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
  child.stdin?.end();
  await exited;
  clearTimeout(impatience);
}
