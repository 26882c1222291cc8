import { execFile, execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { npmEnvironment, packPackage, type PackedPackage } from '../setup/package.ts';
import { startProcess } from '../setup/process.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const run = promisify(execFile);

let packed: PackedPackage;
const folders: string[] = [];

beforeAll(async () => {
  packed = await packPackage();
}, 120_000);
afterAll(async () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  await packed?.remove();
});

function emptyFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'llmproxy-user-')));
  folders.push(folder);
  return folder;
}

/** npm's cache holds everything after `npm ci`; the registry is asked only where it was emptied. */
async function install(folder: string, ...names: string[]): Promise<void> {
  const options = { cwd: folder, env: npmEnvironment() };
  const quiet = ['install', '--no-audit', '--no-fund', '--no-package-lock', ...names];
  await run('npm', [...quiet, '--offline'], options).catch(() =>
    run('npm', [...quiet, '--prefer-offline', '--fetch-retries=1'], options),
  );
}

describe('installed into an empty folder', () => {
  let folder: string;
  beforeAll(async () => {
    folder = emptyFolder();
    writeFileSync(join(folder, 'package.json'), '{"private":true,"type":"module"}');
    await install(folder, packed.tarball);
  }, 120_000);

  test('the package brings neither a Node nor anything for development', () => {
    const installed = readdirSync(join(folder, 'node_modules'));
    expect(installed.filter((name) => /^(?:node-|@llmproxy|vitest|typescript|openai|nock)/.test(name))).toEqual([]);
  });

  test('what judges answers against schemas runs out of the package', async () => {
    const source = `
      import { SchemaChecker } from './node_modules/llmproxy/dist/proxy/schema-check/checker.js';
      import { schemaCheckOf } from './node_modules/llmproxy/dist/proxy/schema-check/request-schema.js';
      const stays = setInterval(() => undefined, 1_000);
      const format = { type: 'json_schema', schema: { type: 'number' } };
      const body = { content: [{ type: 'text', text: '"x"' }] };
      const question = schemaCheckOf('messages', { output_config: { format } });
      console.log(JSON.stringify(await new SchemaChecker().check(question, Buffer.from(JSON.stringify(body)))));
      clearInterval(stays);`;
    const options = { cwd: folder, env: asStrings(npmEnvironment()) };
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', source], options);
    expect(JSON.parse(stdout)).toEqual({ kind: 'invalid', reason: 'the root must be number' });
  });

  test('npx llmproxy without any file answers from the built-in mock models and ends with Ctrl-C', async () => {
    const started = await startProcess('npx', ['--no-install', 'llmproxy', '--port', '0', '--json'], {
      cwd: folder,
      env: asStrings(npmEnvironment()),
    });
    try {
      const answer = await fetch(`${String(started.ready['url'])}/v1/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'Hello from LLMProxy' }] }),
      });
      expect(answer.status).toBe(200);
      expect(answer.headers.get('x-llmproxy-cache')).toBe('miss');
      const { choices } = (await answer.json()) as { choices: { message: { content: string } }[] };
      expect(choices[0]?.message.content).toBe('Hello from LLMProxy!');
      await expectDashboard(String(started.ready['url']));
      const gone = new Promise((resolve) => started.child.once('exit', resolve));
      process.kill(Number(started.ready['pid']), 'SIGINT');
      await gone;
      await expect(fetch(String(started.ready['url']))).rejects.toThrow();
    } finally {
      await started.stop();
    }
  });

  test('llmproxy/mock starts a mock in a script of the user', async () => {
    const script = join(folder, 'script.js');
    writeFileSync(
      script,
      `import { startMock } from 'llmproxy/mock';
       const mock = await startMock();
       const models = await (await fetch(mock.baseURL + '/models')).json();
       console.log(models.object, (await mock.requests()).length);
       await mock.close();`,
    );
    const { stdout } = await run(process.execPath, [script], { cwd: folder });
    expect(stdout.trim()).toBe('list 1');
  });

  const old = olderNode();
  test('with an older Node the command says in one sentence what it needs', async (context) => {
    if (old === undefined) context.skip('there is no Node older than 22.20 on PATH');
    const failure = await run(old!, [join(folder, 'node_modules/llmproxy/dist/proxy/bin.js'), '--json']).catch(
      (error: unknown) => error as { code: number; stdout: string; stderr: string },
    );
    expect(failure).toMatchObject({ code: 1, stdout: '' });
    expect(failure.stderr).toMatch(/^[^\n]*22\.20[^\n]*\n$/);
  });
});

/** In compiled and in minified modules. */
const IMPORTED = /(?:^|[;}])(?:import|export)\b[^'"();]*?\bfrom ?["']([^"']+)["']/gm;

/** The page, and every module and style sheet that it leads to, as the package has compiled them. */
async function expectDashboard(url: string): Promise<void> {
  const fetched = new Set<string>();
  const text = async (path: string, type: RegExp): Promise<string> => {
    const answer = await fetch(`${url}${path}`);
    expect([path, answer.status, answer.headers.get('content-type')]).toEqual([path, 200, expect.stringMatching(type)]);
    fetched.add(path);
    return answer.text();
  };
  const page = await text('/admin', /^text\/html/);
  const { imports } = JSON.parse(/<script type="importmap">(.*?)<\/script>/.exec(page)![1]!) as {
    readonly imports: Readonly<Record<string, string>>;
  };
  for (const [, path] of page.matchAll(/<link rel="stylesheet" href="([^"]+)">/g)) await text(path!, /^text\/css/);
  const modules = [/<script type="module" src="([^"]+)">/.exec(page)![1]!];
  // The list grows while it is gone through.
  for (const path of modules) {
    if (fetched.has(path)) continue;
    for (const [, name] of (await text(path, /^text\/javascript/)).matchAll(IMPORTED)) {
      modules.push(name!.startsWith('.') ? new URL(name!, `${url}${path}`).pathname : imports[name!]!);
    }
  }
  expect([...fetched]).toEqual(
    expect.arrayContaining(['/admin/assets/main.js', '/admin/assets/pages/live.js', '/admin/assets/style.css']),
  );
  expect([...fetched].filter((path) => path.startsWith('/admin/assets/vendor/')).length).toBe(
    Object.keys(imports).length,
  );
  const live = await fetch(`${url}/api/admin/live`);
  expect(await live.json()).toEqual({ figures: expect.any(Array) as unknown[] });
}

const EXAMPLES = [
  ['vitest', 9, ['src/travel-guide', 'src/support-desk']],
  ['anthropic', 4, ['src/weather-desk']],
  ['gemini', 4, ['src/place-finder']],
] as const;

test.each(EXAMPLES)(
  'the tests of examples/%s are green against the package and compile against its types',
  { timeout: 180_000 },
  expectGreen,
);

async function expectGreen(example: string, tests: number, names: readonly string[]): Promise<void> {
  const folder = emptyFolder();
  cpSync(join(ROOT, 'examples', example), folder, {
    recursive: true,
    filter: (source) => !source.includes('node_modules'),
  });
  const manifest = join(folder, 'package.json');
  writeFileSync(
    manifest,
    readFileSync(manifest, 'utf8').replace(/"llmproxy": "[^"]+"/, `"llmproxy": "file:${packed.tarball}"`),
  );
  await install(folder);
  const env = { ...npmEnvironment(), NO_COLOR: '1' };
  await run('npm', ['test', '--', '--reporter=json', '--outputFile=report.json'], { cwd: folder, env });
  const report = JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8')) as Record<string, unknown>;
  expect(report).toMatchObject({ success: true, numPassedTests: tests, numFailedTests: 0 });
  const options = [
    '--noEmit',
    '--strict',
    '--module',
    'nodenext',
    '--target',
    'es2024',
    '--allowImportingTsExtensions',
  ];
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  const files = [...names.flatMap((name) => [`${name}.ts`, `${name}.test.ts`]), 'vitest.config.ts'];
  const compiled = await run(process.execPath, [tsc, ...options, '--skipLibCheck', ...files], { cwd: folder }).catch(
    (error: unknown) => error as { stdout: string },
  );
  expect(compiled.stdout).toBe('');
}

/** A Node below 22.20 on this machine, outside the repository's own runtime. */
function olderNode(): string | undefined {
  const candidates = (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'node'))
    .filter((file) => existsSync(file) && !dirname(file).includes('node_modules'));
  return candidates.find((file) => {
    const [major = 0, minor = 0] = execFileSync(file, ['--version'], { encoding: 'utf8' })
      .slice(1)
      .split('.')
      .map(Number);
    return major < 22 || (major === 22 && minor < 20);
  });
}

function asStrings(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined));
}
