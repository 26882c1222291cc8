import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, expect, test, vi } from 'vitest';
import { fencedBlocks } from '../house/markdown.ts';
import { runEnvironment } from '../setup/run-marker.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'llmproxy-programs-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));

// Each runs a program of its own, which loads everything.
vi.setConfig({ testTimeout: 120_000 });

/** The repository's own modules in the package's place. */
const MODULES: Readonly<Record<string, string>> = {
  llmproxy: 'proxy/index.ts',
  'llmproxy/mock': 'mocks/index.ts',
  'llmproxy/vitest': 'mocks/vitest.ts',
};
const ours = (code: string): string =>
  code.replaceAll(/(?<=from |globalSetup: )'(llmproxy[\w/-]*)'/g, (_all, name: string) =>
    JSON.stringify(pathToFileURL(join(ROOT, MODULES[name] ?? '')).href),
  );

const blocks = fencedBlocks(readFileSync(join(ROOT, 'docs/programmatic.md'), 'utf8')).filter(
  ({ language }) => language === 'ts',
);
const tests = blocks.filter(({ code }) => code.includes("from 'vitest'"));
const programs = blocks.filter((block) => !tests.includes(block));

/** Without what vitest, an application's own shell or npm has set. */
const environment = Object.fromEntries(
  Object.entries(runEnvironment()).filter(([name]) => !/^(?:VITEST|NODE_|OPENAI|ANTHROPIC|GEMINI)/.test(name)),
);

test.each(programs.map((block) => [block.line, block] as const))(
  'the program of line %i of docs/programmatic.md prints what its comments say',
  async (line, { code }) => {
    const file = join(folder, `program-${line}.ts`);
    writeFileSync(file, ours(code));
    const { stdout } = await run(process.execPath, [file], { cwd: folder, env: environment });
    const promised = [...code.matchAll(/console\.log\(.*; \/\/ (.+)$/gm)].map((match) => match[1]!);
    expect(promised.length).toBeGreaterThan(0);
    expect(stdout.trim().split('\n')).toEqual(code.includes('miss') ? ['miss miss', 'hit hit', ...promised] : promised);
  },
);

test('the tests that docs/programmatic.md shows pass, against the mock of the global setup', async () => {
  expect(tests).toHaveLength(1);
  writeFileSync(join(folder, 'shown.test.ts'), ours(tests[0]!.code));
  writeFileSync(
    join(folder, 'vitest.config.ts'),
    ours(`export default { test: { globalSetup: 'llmproxy/vitest' } };\n`).replace('file://', ''),
  );
  const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs');
  const args = [vitest, 'run', '--root', folder, '--no-color'];
  const { stdout } = await run(process.execPath, args, { cwd: folder, env: { ...environment, NO_COLOR: '1' } });
  expect(stdout).toMatch(/Tests +2 passed/);
});
