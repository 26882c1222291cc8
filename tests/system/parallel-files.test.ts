import { execFile } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { packPackage } from '../setup/package.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const run = promisify(execFile);
let folder = '';

/** A project in which the packed product and the repository's packages are installed. */
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'llmproxy-parallel-'));
  const packages = join(folder, 'node_modules');
  mkdirSync(join(packages, 'llmproxy'), { recursive: true });
  for (const name of readdirSync(join(ROOT, 'node_modules'))) {
    if (!name.startsWith('.') && name !== 'llmproxy')
      symlinkSync(join(ROOT, 'node_modules', name), join(packages, name));
  }
  const packed = await packPackage();
  for (const part of ['package.json', 'dist']) {
    cpSync(join(packed.folder, part), join(packages, 'llmproxy', part), { recursive: true });
  }
  await packed.remove();
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** How the test files of a runner are written. */
interface Style {
  readonly extension: string;
  /** Brings `test`, `equal`, `OpenAI`, `fs`; with `mock` where it is asked for. */
  readonly head: (withMock: boolean) => string;
}

const esm = (helper: string, runner: string): Style => ({
  extension: 'test.mjs',
  head: (withMock) => `import fs from 'node:fs'; import OpenAI from 'openai'; ${runner}
${withMock ? `import { mock } from '${helper}';` : ''}`,
});
const EXPECT = 'const equal = (a, b) => expect(a).toEqual(b);';
const VITEST = esm('llmproxy/vitest', `import { expect, test } from 'vitest'; ${EXPECT}`);
const NODE_TEST = esm(
  'llmproxy/node-test',
  "import { test } from 'node:test'; import { deepEqual as equal } from 'node:assert/strict';",
);
const JEST: Style = {
  extension: 'test.js',
  head: (withMock) => `const fs = require('node:fs'); const OpenAI = require('openai'); ${EXPECT}
${withMock ? "const { mock } = require('llmproxy/jest'); expect.extend(require('llmproxy/matchers').matchers);" : ''}`,
};

/** Files that run at the same moment: none goes on before all of them have come so far. */
const MEET = `
const meet = async (name) => {
  fs.writeFileSync(name + '.here', '');
  while (!['a', 'b', 'c'].every((one) => fs.existsSync(one + '.here'))) await new Promise((turn) => setTimeout(turn, 5));
};
const say = async () => {
  const messages = [{ role: 'user', content: 'hello' }];
  const answer = await new OpenAI({ maxRetries: 0 }).chat.completions.create({ model: 'gpt-4o-mini', messages });
  return answer.choices[0].message.content;
};`;

/** Two files that script the mock, and one that never hears of it. */
function writeFiles(name: string, { extension, head }: Style): string {
  const project = join(folder, name);
  mkdirSync(project);
  for (const own of ['a', 'b']) {
    const steps = `test('${own} gets its own answers', async () => {
  equal(await say(), 'Mock response to: hello');
  await mock().answer({ reply: { text: 'for ${own}' } });
  await meet('${own}');
  equal([await say(), await say()], ['for ${own}', 'for ${own}']);
  equal((await mock().requests()).length, 3);
});`;
    writeFileSync(join(project, `${own}.${extension}`), `${head(true)}\n${MEET}\n${steps}\n`);
  }
  const untouched = `test('c gets what nothing was said about', async () => {
  await meet('c');
  equal(await say(), 'Mock response to: hello');
  equal(new URL(process.env.OPENAI_BASE_URL).pathname.startsWith('/t/'), true);
});`;
  writeFileSync(join(project, `c.${extension}`), `${head(false)}\n${MEET}\n${untouched}\n`);
  return project;
}

async function ended(cwd: string, ...args: string[]): Promise<string> {
  const plain = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(?:VITEST|NODE_|OPENAI|LLMPROXY_MOCK)/.test(name)),
  );
  const env = { ...plain, NO_COLOR: '1', PATH: `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}` };
  const result = await run(process.execPath, args, { cwd, env, timeout: 60_000 }).catch((error: unknown) => error);
  const { stdout, stderr } = result as { stdout: string; stderr: string };
  return stdout + stderr;
}

test('three vitest files on three workers are tenants of their own, also the one that never imports the helper', async () => {
  const project = writeFiles('vitest', VITEST);
  writeFileSync(join(project, 'vitest.config.mjs'), "export default { test: { globalSetup: 'llmproxy/vitest' } };");
  const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs');
  expect(await ended(project, vitest, 'run', '--root', project, '--maxWorkers=3')).toMatch(/Tests +3 passed/);
}, 90_000);

test('three jest files on three workers are tenants of their own, in CommonJS without flags', async () => {
  const project = writeFiles('jest', JEST);
  const more = `test('matchers and patterns of this realm are understood', async () => {
  await mock().answer({ match: { text: /^he(l+)o$/ }, answer: 'by pattern' });
  equal(await say(), 'by pattern');
  await expect(mock()).toHaveReceived({ path: /completions$/, body: { model: 'gpt-4o-mini' } });
  await require('llmproxy/mock').startMock().then((own) => own.close());
});`;
  appendFileSync(join(project, 'a.test.js'), more);
  writeFileSync(join(project, 'jest.config.json'), '{ "globalSetup": "llmproxy/jest", "rootDir": "." }');
  const jest = join(ROOT, 'node_modules/jest/bin/jest.js');
  expect(await ended(project, jest, '--config', 'jest.config.json', '--maxWorkers=3')).toMatch(/Tests: +4 passed/);
}, 90_000);

test('three files of node:test at once are tenants of their own', async () => {
  const project = writeFiles('node', NODE_TEST);
  const flags = ['--import', 'llmproxy/node-test/setup', '--test', '--test-concurrency=3', '--test-reporter=tap'];
  expect(await ended(project, ...flags)).toContain('# pass 3');
}, 90_000);

test('a rerun of vitest in watch mode begins with a clean mock', async () => {
  const project = join(folder, 'watch');
  mkdirSync(project);
  writeFileSync(join(project, 'vitest.config.mjs'), "export default { test: { globalSetup: 'llmproxy/vitest' } };");
  writeFileSync(
    join(project, 'a.test.mjs'),
    `${VITEST.head(true)}\n${MEET}
import { connectMock } from 'llmproxy/mock';
import { inject } from 'vitest';
test('nothing is left of the run before', async () => {
  const common = connectMock(inject('llmproxyMock'));
  equal([await say(), (await mock().requests()).length], ['Mock response to: hello', 1]);
  equal((await common.requests()).length, 0);
  await mock().answer({ reply: { text: 'scripted' } });
  await fetch(common.baseURL + '/models');
});`,
  );
  writeFileSync(
    join(project, 'twice.mjs'),
    `import { startVitest } from 'vitest/node';
const vitest = await startVitest('test', [], { watch: true, root: process.cwd(), reporters: [{}] });
const failed = () => vitest.state.getFiles().map(({ result }) => result?.state);
const first = failed();
await vitest.rerunFiles(vitest.state.getFilepaths());
console.log(JSON.stringify([first, failed()]));
await vitest.close();
process.exit(0);`,
  );
  expect(await ended(project, 'twice.mjs')).toContain('[["pass"],["pass"]]');
}, 90_000);
