import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test, type TestContext } from 'vitest';
import { fencedBlocks, type Block } from '../house/markdown.ts';
import { npmEnvironment, packPackage, type PackedPackage } from '../setup/package.ts';
import { startProcess } from '../setup/process.ts';
import { startProxy, type ProxyProcess } from '../setup/services.ts';
import { commandsOf, retarget, runsWhole, testable, trialOf } from './readme-commands.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const run = promisify(execFile);
const scripts = (JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: Record<string, string> })
  .scripts;
const PAGES = ['clients', 'routing', 'caching', 'troubleshooting', 'mock/README'].map((name) => `docs/${name}.md`);
const blocks = ['README.md', ...PAGES].flatMap((page) =>
  fencedBlocks(readFileSync(join(ROOT, page), 'utf8')).map((block): Shown => ({ ...block, page })),
);
const named = (...languages: string[]): [string, Shown][] =>
  blocks.filter(({ language }) => languages.includes(language)).map((block) => [`${block.page}:${block.line}`, block]);

interface Shown extends Block {
  readonly page: string;
}

let proxy: ProxyProcess;
let packed: PackedPackage;
const folder = mkdtempSync(join(tmpdir(), 'llmproxy-readme-'));

beforeAll(async () => {
  [proxy, packed] = await Promise.all([startProxy({ config: join(ROOT, 'llmproxy.yaml') }), packPackage()]);
  mkdirSync(join(folder, 'node_modules'));
  for (const name of ['openai', 'vitest', '@anthropic-ai/sdk', '@google/genai']) {
    mkdirSync(dirname(join(folder, 'node_modules', name)), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name));
  }
  // The package as it is published, where Node finds its dependencies beside the repository's own.
  symlinkSync(join(ROOT, 'node_modules'), join(packed.folder, 'node_modules'));
  symlinkSync(packed.folder, join(folder, 'node_modules/llmproxy'));
  writeFileSync(join(folder, '.curlrc'), 'fail-with-body\nsilent\nshow-error\n');
}, 120_000);

afterAll(async () => {
  await proxy?.stop();
  rmSync(folder, { recursive: true, force: true });
  await packed?.remove();
});

/** What a reader has in the shell: no address and no key of ours. */
function shell(): NodeJS.ProcessEnv {
  const { OPENAI_BASE_URL: _url, OPENAI_API_KEY: _key, ...plain } = npmEnvironment();
  return { ...plain, CURL_HOME: folder };
}

async function tryCommand(command: string, context: TestContext): Promise<void> {
  const trial = trialOf(command, { root: ROOT, scripts });
  if (trial.kind === 'agent') return tryAgent(trial, context);
  if (trial.kind === 'known') return expect(trial.fault).toBeUndefined();
  if (trial.kind === 'run') return void (await bash(trial.command));
  const bin = join(ROOT, 'proxy/bin.ts');
  if (trial.kind === 'vitest') return tryTests();
  if (trial.kind === 'command') {
    const empty = mkdtempSync(join(folder, 'empty-'));
    return void (await run(process.execPath, [bin, ...trial.args], { cwd: empty }));
  }
  const started = await startProcess(process.execPath, [bin, ...testable(trial.args)], { cwd: ROOT });
  try {
    expect(String(started.ready['url'])).toMatch(/^http:\/\//);
  } finally {
    await started.stop();
  }
}

async function bash(code: string, env: NodeJS.ProcessEnv = {}): Promise<string> {
  const child = run('bash', ['-euo', 'pipefail', '-c', retarget(code, proxy.url)], {
    cwd: folder,
    env: { ...shell(), ...env },
  });
  child.child.stdin?.end();
  return (await child).stdout;
}

/** Coding agents are tried where tests/system/coding-agents.test.ts finds them. */
async function tryAgent(
  { program, command }: { program: string; command: string },
  context: TestContext,
): Promise<void> {
  const bin = join(process.env['LLMPROXY_TEST_AGENTS'] ?? '', 'node_modules/.bin');
  if (!existsSync(join(bin, program)))
    context.skip(`LLMPROXY_TEST_AGENTS names no folder where npm has installed ${program}`);
  const home = join(folder, 'home');
  mkdirSync(join(home, '.gemini'), { recursive: true });
  writeFileSync(
    join(home, '.gemini/settings.json'),
    JSON.stringify({ security: { auth: { selectedType: 'gemini-api-key' }, folderTrust: { enabled: false } } }),
  );
  execFileSync('git', ['init', '--quiet'], { cwd: folder });
  const path = [bin, process.env['PATH']].join(delimiter);
  // An agent whose tools fit the question uses one, and the mock then says what that returned.
  expect(await bash(command, { HOME: home, PATH: path })).toMatch(/Paris|\w+ returned: /);
}

/** Runs the tests of the README in a folder with the files that it shows. */
async function tryTests(): Promise<void> {
  const project = mkdtempSync(join(folder, 'project-'));
  for (const { code } of blocks.filter(isPartOfTests)) writeFileSync(join(project, nameOf(code)), code);
  const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs');
  const env = Object.fromEntries(Object.entries(shell()).filter(([name]) => !/^(?:VITEST|NODE_)/.test(name)));
  const { stdout } = await run(process.execPath, [vitest, 'run', '--root', project], {
    cwd: project,
    env: { ...env, NO_COLOR: '1' },
  });
  expect(stdout).toMatch(/Tests +1 passed/);
}

const isPartOfTests = ({ code }: Block): boolean => /from 'vitest/.test(code);

/** The file that a snippet names in its first line. */
const nameOf = (code: string): string => /^\/\/ ([\w.-]+\.ts)\n/.exec(code)?.[1] ?? '';

test('the README has commands, a Node snippet and a Python snippet, and is short', () => {
  const readme = blocks.filter(({ page }) => page === 'README.md');
  const languages = new Set(readme.map(({ language }) => language));
  expect([...languages]).toEqual(expect.arrayContaining(['bash', 'ts', 'python', 'yaml']));
  expect(readme[0]?.code.trim()).toBe('npm install llmproxy');
  expect(readFileSync(join(ROOT, 'README.md'), 'utf8').split('\n').length).toBeLessThan(200);
});

test('what a document shows of vitest has names of files, and the README runs it', () => {
  const parts = blocks.filter(isPartOfTests);
  expect(parts.map(({ page, code }) => [page, nameOf(code)])).toEqual([
    ['README.md', 'vitest.config.ts'],
    ['README.md', 'capital.test.ts'],
  ]);
  expect(blocks.some(({ page, code }) => page === 'README.md' && code.trim() === 'npx vitest run')).toBe(true);
});

describe.each(named('bash', 'sh', 'shell'))('the commands of %s', (_line, block) => {
  if (runsWhole(block.code)) {
    test('run and succeed', async () => {
      expect(await bash(block.code)).not.toBe('');
    });
  } else {
    test.for(commandsOf(block.code))('%s', { timeout: 120_000 }, tryCommand);
  }
});

const programs = named('ts', 'js').filter(([, block]) => !isPartOfTests(block));

describe.each(programs)('the snippet of %s', (_line, block) => {
  test('runs and succeeds', { timeout: 120_000 }, async () => {
    const file = join(folder, `${block.page.replaceAll(/\W/g, '-')}-${block.line}.ts`);
    writeFileSync(file, retarget(block.code, proxy.url));
    const { stdout } = await run(process.execPath, [file], { cwd: folder, env: shell() });
    for (const line of promisedOutput(block.code)) expect(stdout).toContain(line);
  });
});

describe.each(named('python', 'py'))('the Python snippet of %s', (_line, block) => {
  test('runs and succeeds', async (context) => {
    if (!pythonHasOpenAi()) context.skip('python3 has no module openai here');
    const file = join(folder, `snippet-${block.line}.py`);
    writeFileSync(file, retarget(block.code, proxy.url));
    await expect(run('python3', [file], { cwd: folder, env: shell() })).resolves.toBeDefined();
  });
});

describe.each(named('yaml'))('the configuration of %s', (_line, block) => {
  test('is accepted by llmproxy check', async () => {
    // Excerpts show the part they speak of; a model makes them whole.
    const whole = /^models:/m.test(block.code)
      ? block.code
      : `${block.code}models: { m: { endpoints: [{ provider: mock }] } }\n`;
    const file = join(folder, `config-${block.line}.yaml`);
    writeFileSync(file, whole);
    const keys = [...block.code.matchAll(/\$\{(\w+)\}/g)].map(([, name = '']) => [
      name,
      name === 'REDIS_URL' ? 'redis://127.0.0.1:6379' : 'https://example.test',
    ]);
    const env = { ...npmEnvironment(), ...Object.fromEntries(keys) };
    await expect(run(process.execPath, [join(ROOT, 'proxy/bin.ts'), 'check', file], { env })).resolves.toBeDefined();
  });
});

/** What comments behind statements say that these print. */
function promisedOutput(code: string): string[] {
  return [...code.matchAll(/^(?:await ask|console\.log)\(.*; \/\/ (.+)$/gm)].map((match) => match[1]!);
}

function pythonHasOpenAi(): boolean {
  try {
    execFileSync('python3', ['-c', 'import openai'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
