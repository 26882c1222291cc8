import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import { fencedBlocks } from '../house/markdown.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'llmproxy-runners-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Ended {
  readonly code: number;
  readonly output: string;
}

/** A run of its own: nothing of vitest's is passed on, so that another runner does not take itself for its child. */
async function ended(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  cwd = folder,
): Promise<Ended> {
  const plain = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(?:VITEST|NODE_|OPENAI)/.test(name)),
  );
  try {
    const { stdout, stderr } = await run(command, args, { cwd, env: { ...plain, ...env }, timeout: 60_000 });
    return { code: 0, output: stdout + stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, output: `${stdout}${stderr}` };
  }
}

function module(name: string): string {
  return JSON.stringify(pathToFileURL(join(ROOT, 'mocks', name)).href);
}

const ASK = `const ask = () => fetch(process.env.OPENAI_BASE_URL + '/chat/completions', {
  method: 'POST',
  headers: { 'content-type': 'application/json', authorization: 'Bearer ' + process.env.OPENAI_API_KEY },
  body: JSON.stringify({ model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'Hello' }] }),
});`;

describe('node:test', () => {
  test('a suite has a mock of its own, reset for every test, and assertions about it', async () => {
    const file = join(folder, 'node.test.mjs');
    writeFileSync(
      file,
      `import { test } from 'node:test';
import assert from 'node:assert';
import { expectMock, useMock } from ${module('node-test.ts')};
const mock = useMock();
${ASK}
test('what came in is asserted', async () => {
  await ask();
  await expectMock(mock()).toHaveReceivedTimes(1, { operation: 'chat.completions' });
  await expectMock(mock()).not.toHaveReceived({ model: 'gpt-4o' });
});
test('every test begins with an empty journal, and a failure tells why', async () => {
  await expectMock(mock()).toHaveReceivedTimes(0);
  await assert.rejects(expectMock(mock()).toHaveReceived({ model: 'x' }), { name: 'AssertionError', message: /It received nothing/ });
  await assert.rejects(expectMock(mock()).not.toHaveReceivedTimes(0), /expected the mock not to have received 0/);
});
`,
    );
    const { code, output } = await ended(process.execPath, ['--test', '--test-reporter=tap', file]);
    expect(output).toContain('# pass 2');
    expect(code).toBe(0);
  });
});

/** The program of a fenced block of docs/mock/test-runners.md, with this repository in the package's place. */
function documented(language: string): string {
  const page = readFileSync(join(ROOT, 'docs/mock/test-runners.md'), 'utf8');
  const block = fencedBlocks(page).find((one) => one.language === language);
  return (block?.code ?? '').replaceAll(/'llmproxy\/([\w-]+)'/g, (_all, name: string) => module(`${name}.ts`));
}

describe('docs/mock/test-runners.md', () => {
  test('its program for node:test passes', async () => {
    const file = join(folder, 'documented.test.mjs');
    writeFileSync(file, documented('js'));
    const { output } = await ended(process.execPath, ['--test', '--test-reporter=tap', file]);
    expect(output).toContain('# pass 1');
  });

  test('its program for vitest passes', async () => {
    const project = join(folder, 'project');
    mkdirSync(project);
    symlinkSync(join(ROOT, 'node_modules'), join(project, 'node_modules'));
    writeFileSync(join(project, 'documented.test.ts'), documented('ts'));
    const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs');
    const { output } = await ended(process.execPath, [vitest, 'run', '--root', project, '--no-color'], {}, project);
    expect(output).toMatch(/Tests +1 passed/);
  });
});

describe('jest', () => {
  test('the global setup starts a mock that tests find, clean in every run, and that ends with jest', async () => {
    const file = join(folder, 'jest-like.mjs');
    writeFileSync(
      file,
      `import setup, { matchers, mock } from ${module('jest.ts')};
const project = { setupFiles: [] };
await setup({}, project);
const url = process.env.LLMPROXY_MOCK_URL;
const tenant = mock();
${ASK}
await ask();
const verdict = await matchers.toHaveReceived(tenant, { path: '/v1/chat/completions' });
await setup({}, project);
if (process.env.LLMPROXY_MOCK_URL !== url) throw new Error('started twice');
const { setupFiles } = project;
console.log(JSON.stringify({ pass: verdict.pass, left: (await tenant.requests()).length, setupFiles, url }));
`,
    );
    const { code, output } = await ended(process.execPath, [file]);
    expect(code).toBe(0);
    const { url, ...seen } = JSON.parse(output.trim().split('\n').at(-1) ?? '') as { readonly url: string };
    expect(seen).toEqual({ pass: true, left: 0, setupFiles: [expect.stringMatching(/jest-setup\.cjs$/)] });
    await expect
      .poll(
        () =>
          fetch(url).then(
            () => 'there',
            () => 'gone',
          ),
        { timeout: 10_000 },
      )
      .toBe('gone');
  });
});

function python(): string | undefined {
  const names = ['python3', 'python'];
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return names.flatMap((name) => folders.map((one) => join(one, name))).find((file) => existsSync(file));
}

/** What pytest does with conftest.py and the test file, for machines that have Python and no pytest. */
const WITHOUT_PYTEST = `
import os, sys
sys.path.insert(0, os.getcwd())
sys.dont_write_bytecode = True
from llmproxy_mock import Mock
with Mock() as mock:
    os.environ["OPENAI_BASE_URL"] = mock.base_url
    os.environ["OPENAI_API_KEY"] = "sk-llmproxy-mock"
    import test_travel_guide as tests
    names = [name for name in dir(tests) if name.startswith("test_")]
    for name in names:
        mock.reset()
        getattr(tests, name)(mock)
print(len(names), "passed")
`;

describe('pytest', () => {
  const found = python();
  test('the example of examples/pytest passes', async (context) => {
    if (found === undefined) context.skip('there is no Python on PATH');
    const command = `${process.execPath} ${join(ROOT, 'proxy/bin.ts')}`;
    const env = { LLMPROXY_COMMAND: command, PYTHONDONTWRITEBYTECODE: '1' };
    const example = join(ROOT, 'examples/pytest');
    const { code: missing } = await ended(found!, ['-c', 'import pytest'], env, example);
    const args = missing === 0 ? ['-m', 'pytest', '-q', '-p', 'no:cacheprovider'] : ['-c', WITHOUT_PYTEST];
    const { code, output } = await ended(found!, args, env, example);
    expect(output).toContain('3 passed');
    expect(code).toBe(0);
  });
});
