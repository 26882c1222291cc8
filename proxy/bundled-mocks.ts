import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { getCompileCacheDir } from 'node:module';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const START_TIMEOUT_MS = 15_000;
const STOP_TIMEOUT_MS = 2_000;

/** The mock servers that a configuration names without an address: one child process, one free port each. */
export class BundledMocks {
  readonly #children: ChildProcess[] = [];
  readonly #origins = new Map<string, string>();

  /** Origin of the named server, e.g. `http://127.0.0.1:40123`. */
  origin(name: string): string | undefined {
    return this.#origins.get(name);
  }

  /** Starts the servers among `names` that do not run yet. Rejects when the mock cannot be started. */
  async ensure(names: readonly string[]): Promise<void> {
    const missing = [...new Set(names)].filter((name) => !this.#origins.has(name));
    if (missing.length === 0) return;
    const origins = await this.#launch(missing.length);
    missing.forEach((name, index) => this.#origins.set(name, origins[index] ?? ''));
  }

  /** Ends the child processes and waits until they are gone. */
  async close(): Promise<void> {
    await Promise.all(this.#children.map(stop));
    this.#children.length = 0;
    this.#origins.clear();
  }

  async #launch(count: number): Promise<string[]> {
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
    this.#children.push(child);
    const timer = setTimeout(() => child.kill('SIGKILL'), START_TIMEOUT_MS);
    try {
      return originsIn(await firstLine(child));
    } finally {
      clearTimeout(timer);
    }
  }
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

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  const impatience = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
  child.stdin?.end();
  await exited;
  clearTimeout(impatience);
}
