import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Block } from '../house/markdown.ts';
import { npmEnvironment } from '../setup/package.ts';
import { startProcess, type StartedProcess } from '../setup/process.ts';
import { retarget, testable } from './readme-commands.ts';

const run = promisify(execFile);
export const PROXY = fileURLToPath(new URL('../../proxy/bin.ts', import.meta.url));
export const SHOWN_URL = 'http://127.0.0.1:4000';

/** Starts the proxy as the block of a document does, on a free port. */
export function startShown({ code }: Block, folder: string): Promise<StartedProcess> {
  const [, args = ''] = /^npx llmproxy (.*)$/.exec(code.trim()) ?? [];
  const environment = { LLMPROXY_DATABASE_URL: '', LLMPROXY_MASTER_KEY: '' };
  return startProcess(process.execPath, [PROXY, ...testable(args.split(' '))], { cwd: folder, env: environment });
}

/** Runs a block as the next commands of one shell, which keeps its variables and functions, and gives what it prints. */
export async function typed(code: string, { folder, url }: { folder: string; url: string }): Promise<string> {
  const script = [
    'if [ -f .shell ]; then source ./.shell; fi',
    retarget(code, url).replaceAll('npx llmproxy', `${process.execPath} ${PROXY}`),
    '{ declare -p | grep -Ev "^declare -[a-zA-Z-]*r|BASH|FUNCNAME|DIRSTACK|PIPESTATUS" || true; declare -f; } > .shell',
  ].join('\n');
  const { stdout } = await run('bash', ['-euo', 'pipefail', '-c', script], { cwd: folder, env: npmEnvironment() });
  return stdout.replaceAll(url, SHOWN_URL);
}

/** What a block shows as the output of the one before it: white space aside, `…` is anything. */
export function shownAs(block: Block): RegExp {
  const parts = block.code
    .split('…')
    .map((part) => part.replaceAll(/\s+/g, '').replaceAll(/[$()*+.?[\\\]^{|}-]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join('.*?')}$`);
}

/** The block that shows what a command prints. */
export function outputOf(command: Block, blocks: readonly Block[]): Block | undefined {
  const next = blocks[blocks.indexOf(command) + 1];
  return next !== undefined && ['json', 'text'].includes(next.language) ? next : undefined;
}
