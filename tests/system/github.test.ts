import { execFile } from 'node:child_process';
import { accessSync, constants, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const run = promisify(execFile);
const read = (file: string): unknown => parse(readFileSync(join(ROOT, file), 'utf8'));
const folder = mkdtempSync(join(tmpdir(), 'llmproxy-action-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Step {
  readonly id?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
}

const action = read('action.yml') as {
  readonly inputs: Readonly<Record<string, { readonly description: string; readonly default: string }>>;
  readonly outputs: Readonly<Record<string, { readonly value: string }>>;
  readonly runs: { readonly using: string; readonly steps: readonly Step[] };
};
const [step] = action.runs.steps;
const workflow = read('.github/workflows/ci.yml') as {
  readonly permissions: object;
  readonly jobs: Readonly<Record<string, { readonly steps: readonly Step[] }>>;
};

/** Runs what the action runs, as a runner would. */
async function act(inputs: Readonly<Record<string, string>>): Promise<Map<string, string>> {
  const given = { command: `${process.execPath} ${join(ROOT, 'proxy/bin.ts')}`, ...inputs };
  const values = Object.entries(action.inputs).map(([name, input]) => [
    `INPUT_${name.toUpperCase()}`,
    (given as Readonly<Record<string, string>>)[name] ?? input.default,
  ]);
  const [output, environment] = ['output', 'environment'].map((name) => join(folder, name));
  for (const file of [output!, environment!]) writeFileSync(file, '');
  const env = {
    ...process.env,
    ...Object.fromEntries(values),
    GITHUB_ACTION_PATH: ROOT.replace(/\/$/, ''),
    GITHUB_OUTPUT: output,
    GITHUB_ENV: environment,
    RUNNER_TEMP: folder,
  };
  await run('bash', ['-c', step!.run!], { cwd: folder, env });
  const lines = [output!, environment!].flatMap((file) => readFileSync(file, 'utf8').trim().split('\n'));
  const set = new Map(lines.filter((line) => line !== '').map((line) => line.split('=', 2) as [string, string]));
  onTestFinished(() => void process.kill(Number(set.get('pid'))));
  return set;
}

describe('action.yml', () => {
  test('every input reaches the script, and every output comes from it', () => {
    const passed = Object.keys(action.inputs).map((name) => [`INPUT_${name.toUpperCase()}`, `\${{ inputs.${name} }}`]);
    expect(step?.env).toEqual(Object.fromEntries(passed));
    expect(step?.run).not.toContain('${{');
    const script = readFileSync(join(ROOT, 'deploy/github-action/start.sh'), 'utf8');
    for (const name of Object.keys(action.outputs)) expect(script).toContain(`"${name}=`);
    for (const [name] of passed) expect(script).toContain(name);
  });

  test('it starts a mock, whose address is its output, and points the SDKs at it', async () => {
    const set = await act({ options: '--tag-as ACTION --seed 7' });
    expect(set.get('base-url')).toBe(`${set.get('url')}/v1`);
    expect(set.get('OPENAI_BASE_URL')).toBe(set.get('base-url'));
    const body = JSON.stringify({ model: 'gpt-4o', messages: [{ role: 'user', content: 'Hello' }] });
    const answer = await fetch(`${set.get('base-url')}/chat/completions`, { method: 'POST', body });
    expect(await answer.text()).toContain('[ACTION]');
  });

  test('it starts the proxy with a configuration, and leaves the environment alone where asked to', async () => {
    const config = join(folder, 'llmproxy.yaml');
    writeFileSync(config, 'models: { only-here: { endpoints: [ { provider: mock } ] } }');
    const set = await act({ run: 'proxy', config, environment: 'false' });
    expect(await (await fetch(`${set.get('base-url')}/models`)).text()).toContain('only-here');
    expect(set.has('OPENAI_BASE_URL')).toBe(false);
  });

  test.each([
    [{ run: 'gateway' }, /::error::run: expected mock or proxy, found gateway/],
    [{ options: '--no-such-option' }, /::error::llmproxy ended before it was ready/],
  ])('%j fails with a sentence', async (inputs, sentence) => {
    await expect(act(inputs)).rejects.toMatchObject({ stdout: expect.stringMatching(sentence) });
  });
});

describe('.github/workflows/ci.yml', () => {
  test('it runs the whole check and the action of the repository, with no right but to read', () => {
    expect(workflow.permissions).toEqual({ contents: 'read' });
    const steps = Object.values(workflow.jobs).flatMap((job) => job.steps);
    expect(steps.map((one) => one.run)).toContain('.ci/run');
    expect(() => accessSync(join(ROOT, '.ci/run'), constants.X_OK)).not.toThrow();
    const own = steps.find(({ uses }) => uses === './');
    expect(Object.keys(own?.with ?? {}).filter((name) => !(name in action.inputs))).toEqual([]);
  });
});

describe('.pre-commit-hooks.yaml', () => {
  const [hook] = read('.pre-commit-hooks.yaml') as readonly { readonly entry: string; readonly files: string }[];

  test('it is about files that are called as a configuration is', () => {
    const files = new RegExp(hook!.files);
    const names = ['llmproxy.yaml', 'deploy/config/llmproxy.yaml', 'llmproxy.test.yml', 'docker-compose.yml', 'a.yaml'];
    expect(names.filter((name) => files.test(name))).toEqual(names.slice(0, 3));
  });

  test('its command takes all files of a commit, without their variables, and fails for one that is wrong', async () => {
    const [command, ...args] = hook!.entry.split(' ');
    expect(command).toBe('llmproxy');
    const bin = join(ROOT, 'proxy/bin.ts');
    const config = (name: string, members: string): string => {
      const file = join(folder, name);
      writeFileSync(file, `models: { m: { endpoints: [ { provider: openai, ${members} } ] } }`);
      return file;
    };
    const good = config('llmproxy.good.yaml', 'api_key: "${A_KEY_THAT_IS_NOT_SET}"');
    const { stdout } = await run(process.execPath, [bin, ...args, good, good]);
    expect(stdout.match(/^OK as far as/gm)).toHaveLength(2);
    const wrong = config('llmproxy.wrong.yaml', 'wieght: 1');
    await expect(run(process.execPath, [bin, ...args, good, wrong])).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('did you mean weight?'),
    });
  });
});
