import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { budgetEvent } from '../../proxy/govern/budget-event.ts';
import { fencedBlocks, type Block } from '../house/markdown.ts';
import { npmEnvironment } from '../setup/package.ts';
import { startProcess, type StartedProcess } from '../setup/process.ts';
import { retarget, testable } from './readme-commands.ts';

const run = promisify(execFile);
const PROXY = fileURLToPath(new URL('../../proxy/bin.ts', import.meta.url));
const SHOWN_URL = 'http://127.0.0.1:4000';

const document = readFileSync(fileURLToPath(new URL('../../docs/governance.md', import.meta.url)), 'utf8');
const blocks = fencedBlocks(document);
const [whole, ...excerpts] = blocks.filter(({ language }) => language === 'yaml');
/** The commands of a reader's two shells: the first starts the proxy, the others are one shell's, in order. */
const [start, ...commands] = blocks.filter(({ language }) => language === 'bash');

const folder = mkdtempSync(join(tmpdir(), 'llmproxy-governance-doc-'));
let proxy: StartedProcess;

const startShown = (): Promise<StartedProcess> => {
  const [, args = ''] = /^npx llmproxy (.*)$/.exec(start!.code.trim()) ?? [];
  const environment = { LLMPROXY_DATABASE_URL: '', LLMPROXY_MASTER_KEY: '' };
  return startProcess(process.execPath, [PROXY, ...testable(args.split(' '))], { cwd: folder, env: environment });
};

beforeAll(async () => {
  writeFileSync(join(folder, 'llmproxy.yaml'), whole!.code);
  proxy = await startShown();
});
afterAll(async () => {
  await proxy?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs a block as the next commands of one shell, which keeps its variables and functions, and gives what it prints. */
async function typed(code: string): Promise<string> {
  const url = String(proxy.ready['url']);
  const script = [
    'if [ -f .shell ]; then source ./.shell; fi',
    retarget(code, url).replaceAll('npx llmproxy', `${process.execPath} ${PROXY}`),
    '{ declare -p | grep -Ev "^declare -[a-zA-Z-]*r|BASH|FUNCNAME|DIRSTACK|PIPESTATUS" || true; declare -f; } > .shell',
  ].join('\n');
  const { stdout } = await run('bash', ['-euo', 'pipefail', '-c', script], { cwd: folder, env: npmEnvironment() });
  return stdout.replaceAll(url, SHOWN_URL);
}

/** What a block shows as the output of the one before it: white space aside, `…` is anything. */
function shownAs(block: Block): RegExp {
  const parts = block.code
    .split('…')
    .map((part) => part.replaceAll(/\s+/g, '').replaceAll(/[$()*+.?[\\\]^{|}-]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join('.*?')}$`);
}

function outputOf(command: Block): Block | undefined {
  const next = blocks[blocks.indexOf(command) + 1];
  return next !== undefined && ['json', 'text'].includes(next.language) ? next : undefined;
}

describe('the commands of docs/governance.md, in order', () => {
  test.each(commands.map((block) => [`line ${block.line}`, block] as const))('%s', async (_line, block) => {
    const printed = (await typed(block.code)).replaceAll(/\s+/g, '');
    const output = outputOf(block);
    if (output === undefined) expect(printed).toBe('');
    else expect(printed).toMatch(shownAs(output));
  });

  test('most of them show what they print', () => {
    expect(commands.filter((block) => outputOf(block) !== undefined).length).toBeGreaterThan(commands.length / 2);
  });
});

test('what was backed up is whole: restored, the key that was deleted since works again, and its value is shown', async () => {
  await proxy.stop();
  rmSync(join(folder, 'data'), { recursive: true });
  cpSync(join(folder, 'backup'), join(folder, 'data'), { recursive: true });
  proxy = await startShown();
  const printed = await typed(
    `PROXY=${SHOWN_URL}; API=$PROXY/api/governance; curl -s $API/virtual-keys -H "$ADMIN"; echo; QUESTION="Say exactly: still here" ask; echo; echo $KEY`,
  );
  const key = printed.trim().split('\n').at(-1)!;
  expect(printed).toContain(`"value":"${key}"`);
  expect(printed).toContain('"content": "still here"');
});

test.each(excerpts.map((block) => [`line ${block.line}`, block] as const))(
  'the configuration of %s is accepted by llmproxy check',
  async (line, block) => {
    const file = join(folder, `${line}.yaml`);
    writeFileSync(
      file,
      `${block.code}\nmodels: { m: { endpoints: [{ provider: mock }] } }\n${/^(?:database|governance):/m.test(block.code) ? '' : 'database: {}\n'}`,
    );
    const given = [...block.code.matchAll(/\$\{(\w+)\}/g)].map(([, name]) => [
      name!,
      name!.includes('DATABASE') ? 'postgres://user:password@127.0.0.1/llmproxy' : 'redis://127.0.0.1',
    ]);
    const env = { ...npmEnvironment(), ...Object.fromEntries(given) };
    await expect(run(process.execPath, [PROXY, 'check', file], { env })).resolves.toBeDefined();
  },
);

test('the event of the webhook has the members that are shown', () => {
  const shown = JSON.parse(blocks.find(({ code }) => code.includes('budget.threshold_reached'))!.code) as Record<
    string,
    unknown
  >;
  const team = { kind: 'team', id: 't1', name: 'Search' };
  const warning = {
    level: 'team',
    scope: null,
    limitId: 'b1',
    threshold: 80,
    used: 815_000_000n,
    max: 1_000_000_000n,
    windowStart: 0,
  };
  const holder = { key: { id: 'k1', name: 'k' }, levels: [team] };
  const event = budgetEvent(warning as never, holder as never, 'cents', 0) as unknown as Record<string, unknown>;
  expect(Object.keys(shown)).toEqual(Object.keys(event));
  expect([shown['used'], shown['max_limit'], shown['level'], shown['unit']]).toEqual([
    event['used'],
    event['max_limit'],
    'team',
    'cents',
  ]);
});
