import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, expect, test } from 'vitest';
import { fencedBlocks } from '../house/markdown.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PYTHON = process.env['PYTHON'] ?? 'python3';
const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'llmproxy-pytest-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const unable = await run(PYTHON, ['-c', 'import sys, pytest; assert sys.version_info >= (3, 9)']).then(
  () => undefined,
  () => `${PYTHON} is not there, is older than 3.9 or has no pytest`,
);

/** What pytest prints; the plugin is taken from python/ as it stands there. */
async function pytest(...paths: readonly string[]): Promise<string> {
  const plain = Object.entries(process.env).filter(([name]) => !/^(?:VITEST|NODE_|OPENAI|PYTEST)/.test(name));
  const env = {
    ...Object.fromEntries(plain),
    LLMPROXY_COMMAND: `'${process.execPath}' '${join(ROOT, 'proxy/bin.ts')}'`,
    PYTHONPATH: [join(ROOT, 'python/src'), process.env['PYTHONPATH'] ?? '']
      .filter((path) => path !== '')
      .join(delimiter),
    PYTHONDONTWRITEBYTECODE: '1',
  };
  const args = ['-m', 'pytest', '-q', '-rfE', '-p', 'no:cacheprovider', '-p', 'pytest_llmproxy.plugin', ...paths];
  return run(PYTHON, args, { cwd: folder, env, timeout: 110_000 }).then(
    ({ stdout }) => stdout,
    (error: unknown) => (error as { readonly stdout: string }).stdout,
  );
}

test('the tests of python/ pass', { timeout: 120_000 }, async (context) => {
  if (unable !== undefined) context.skip(unable);
  const output = await pytest(join(ROOT, 'python/tests'), '--rootdir', join(ROOT, 'python'));
  expect(output).toMatch(/^1[67] passed(?:, 1 skipped)? in/m);
});

test.for([
  ['docs/mock/pytest.md', 2],
  ['python/README.md', 1],
] as const)('the tests that %s shows pass', async ([page, count], context) => {
  if (unable !== undefined) context.skip(unable);
  const [block] = fencedBlocks(readFileSync(join(ROOT, page), 'utf8')).filter(({ language }) => language === 'python');
  const file = join(folder, `test_${page.replaceAll(/\W/g, '_')}.py`);
  writeFileSync(file, block!.code);
  expect(await pytest(file)).toContain(`${count} passed in`);
});

test('the package names the plugin, needs no other package and has the version of llmproxy', () => {
  const project = readFileSync(join(ROOT, 'python/pyproject.toml'), 'utf8');
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { readonly version: string };
  expect(project).toContain('[project.entry-points.pytest11]\nllmproxy = "pytest_llmproxy.plugin"\n');
  expect(project).toContain('\ndependencies = []\n');
  expect(project).toContain(`\nversion = "${version}"\n`);
});
