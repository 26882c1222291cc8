import { spawn } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { npmEnvironment } from '../setup/package.ts';

export const PROXY = fileURLToPath(new URL('../../proxy/bin.ts', import.meta.url));
const GUARD = new URL('../setup/loopback-only.ts', import.meta.url).href;

export interface Finished {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export type Variables = Readonly<Record<string, string>>;

/** Variables that would reach out of the test, were they set where it runs. */
const EMPTY: Variables = {
  OPENAI_API_KEY: '',
  GOOGLE_API_KEY: '',
  GEMINI_API_KEY: '',
  ANTHROPIC_API_KEY: '',
  OPENAI_BASE_URL: '',
  GOOGLE_GEMINI_BASE_URL: '',
  ANTHROPIC_BASE_URL: '',
};

export interface CliRun {
  readonly env?: Variables;
  /** Called with all of standard error, and the way to signal the process, whenever more was written. */
  readonly onErr?: (text: string, signal: (name: NodeJS.Signals) => void) => void;
}

/** Runs `llmproxy benchmark` in `folder`, as a user does, without a network. */
export function benchmark(
  folder: string,
  args: readonly string[],
  { env = {}, onErr }: CliRun = {},
): Promise<Finished> {
  const child = spawn(process.execPath, [PROXY, 'benchmark', ...args], {
    cwd: folder,
    env: { ...npmEnvironment(), ...EMPTY, NODE_OPTIONS: `--import ${GUARD}`, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
    onErr?.(err, (name) => void child.kill(name));
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, out, err }));
  });
}

export type Row = Readonly<Record<string, string | number | boolean | null>>;

export interface ResultFile {
  readonly timestamp: string;
  readonly results: Readonly<Record<string, readonly Row[]>>;
}

export function filesIn(folder: string, ending = 'json'): string[] {
  return readdirSync(folder).filter((name) => name.startsWith('benchmark_results_') && name.endsWith(ending));
}

/** The one result file of a folder, and its text. */
export function resultIn(folder: string): ResultFile & { readonly text: string } {
  const [name = ''] = filesIn(folder);
  const text = readFileSync(join(folder, name), 'utf8');
  return { ...(JSON.parse(text) as ResultFile), text };
}

export function rowsOf({ results }: ResultFile): Row[] {
  return Object.values(results).flat();
}
