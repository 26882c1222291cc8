import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { runEnvironment } from '../setup/run-marker.ts';

export const PROXY = fileURLToPath(new URL('../../proxy/bin.ts', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface CommandTerms {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** `llmproxy` with these arguments, as a child process. Its standard input is a pipe. */
export function spawnCommand(args: readonly string[], { cwd, env = {} }: CommandTerms = {}): ChildProcess {
  return spawn(process.execPath, [PROXY, ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    cwd,
    env: { ...runEnvironment(), LLMPROXY_CONFIG: '', ...env },
  });
}

/** The same, to its end; its standard input is empty. */
export async function command(args: readonly string[], terms: CommandTerms = {}): Promise<Ended> {
  const child = spawnCommand(args, terms);
  child.stdin?.end();
  const [out, err, [code]] = await Promise.all([text(child.stdout!), text(child.stderr!), once(child, 'exit')]);
  return { code: code as number | null, out, err };
}
