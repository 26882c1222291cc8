import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { runEnvironment } from '../setup/run-marker.ts';
import { tempFolder } from '../setup/temp-folder.ts';
import { command, PROXY } from './command.ts';
import { startWorkers } from './workers-bed.ts';

const FILE = `
server: { port: 4100 }
models:
  m: { endpoints: [{ provider: openai, api_key: "\${OWN_KEY}" }] }
`;

function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = tempFolder('command-line');
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

test('print-config shows every setting with its source and no key, as text, JSON and YAML', async () => {
  const cwd = folderWith({ 'mine.yaml': FILE });
  const env = { LLMPROXY_CONFIG: 'mine.yaml', OWN_KEY: 'sk-own-key-0000001' };
  const [text, json, yaml] = await Promise.all([
    command(['print-config', '--host', 'localhost'], { cwd, env }),
    command(['print-config', 'models.m', '--json'], { cwd, env }),
    command(['print-config', '--yaml', '--config', 'mine.yaml'], { cwd, env }),
  ]);
  expect([text.code, json.code, yaml.code, text.err + json.err + yaml.err]).toEqual([0, 0, 0, '']);
  expect(text.out).toMatch(/^server\.host +localhost +--host$/m);
  expect(text.out).toMatch(/^server\.port +4100 +mine\.yaml:2$/m);
  expect(text.out).toMatch(/^models\.m\.endpoints\[0\]\.api_key +\*\*\* +\$\{OWN_KEY\} \(mine\.yaml:4\)$/m);
  expect(JSON.parse(json.out)).toMatchObject({ file: join(cwd, 'mine.yaml') });
  expect(yaml.out).toContain('  port: 4100 # mine.yaml:2\n');
  expect(text.out + json.out + yaml.out).not.toContain('own-key');
});

test('print-config refuses a faulty file as check does, and check --json says where', async () => {
  const cwd = folderWith({ 'llmproxy.yaml': 'log: { level: loud }\n' });
  const printed = await command(['print-config'], { cwd });
  expect([printed.code, printed.out]).toEqual([1, '']);
  expect(printed.err).toContain('llmproxy.yaml:1:15 log.level: expected one of');
  const checked = await command(['check', '--json'], { cwd });
  expect([checked.code, checked.err]).toEqual([1, '']);
  expect(JSON.parse(checked.out)).toMatchObject({
    ok: false,
    files: [{ faults: [{ path: 'models' }, { line: 1, column: 15 }] }],
  });
});

test('a reader that has had enough ends a command without a complaint', () => {
  const line = `${process.execPath} ${PROXY} completion zsh | true; echo \${PIPESTATUS[0]}`;
  const { stdout, stderr } = spawnSync('bash', ['-c', line], { encoding: 'utf8', env: runEnvironment() });
  expect([stdout, stderr]).toEqual(['0\n', '']);
});

const MODELS = { m: { endpoints: [{ provider: 'mock' }, { provider: 'mock', name: 'spare', weight: 0 }] } };
const TOKEN = 'a-token-of-the-operator';

test('status shows the models, endpoints and workers of a running proxy, and cache stats and purge its cache', async () => {
  const bed = await startWorkers({ server: { workers: 2 }, auth: { admin_token: TOKEN }, models: MODELS });
  const env = { LLMPROXY_ADMIN_TOKEN: TOKEN };
  const asks = (...args: string[]) => command([...args, '--url', bed.url], { env });
  for (const content of ['a', 'b', 'b']) {
    await bed.post('/v1/chat/completions', { model: 'm', messages: [{ role: 'user', content }] });
  }
  const status = await asks('status');
  expect([status.code, status.err]).toEqual([0, '']);
  expect(status.out).toMatch(/^llmproxy \S+ at http:\S+: healthy, up \w+, 2 of 2 workers$/m);
  expect(status.out).toMatch(/^m +mock-1 +admitting +0 +\d+ +100 % +\d+ ms/m);
  expect(status.out).toMatch(/^m +spare +admitting +0 +0 +- /m);
  expect(status.out).not.toContain('\u001B');
  const json = JSON.parse((await asks('status', '--json')).out) as { health: object; stats: object };
  expect(json).toMatchObject({
    health: { workers: { configured: 2, answered: 2 } },
    stats: { requests: { requests: 3 } },
  });

  expect((await asks('cache', 'stats')).out).toMatch(/^stored since the start +[23], 0 evicted$/m);
  expect(await asks('cache', 'purge')).toMatchObject({ code: 2, out: '' });
  expect(await asks('cache', 'purge', '--model', 'other')).toMatchObject({
    code: 0,
    out: '0 stored answers were removed.\n',
  });
  expect((await asks('cache', 'purge', '--all')).out).toMatch(/^[23] stored answers were removed\.\n$/);
  expect(await asks('cache', 'purge', '--all')).toMatchObject({ out: '0 stored answers were removed.\n' });
  expect(await command(['status', '--url', bed.url], { env: { LLMPROXY_ADMIN_TOKEN: '' } })).toMatchObject({
    code: 1,
    err: expect.stringContaining('Set LLMPROXY_ADMIN_TOKEN.') as string,
  });
});

const hasScript = spawnSync('script', ['--version']).status === 0;

test.skipIf(!hasScript)(
  'on a terminal status draws a table each second until Ctrl-C (skipped without `script`)',
  async () => {
    const bed = await startWorkers({ models: MODELS });
    const line = `stty cols 70 rows 20; exec ${process.execPath} ${PROXY} status --url ${bed.url}`;
    const child = spawn('script', ['-qec', line, '/dev/null'], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...runEnvironment(), TERM: 'xterm' },
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    let shown = '';
    child.stdout.on('data', (text: Buffer) => (shown += text.toString()));
    await vi.waitFor(() => expect(shown.split('\u001B[J')).toHaveLength(3), { timeout: 20_000 });
    const ended = once(child, 'exit');
    // What the terminal makes of Ctrl-C is SIGINT.
    child.stdin.write('\u0003');
    expect(await ended).toEqual([0, null]);
    expect(shown).toContain('\u001B[32madmitting');
    expect(shown.trimEnd().endsWith('\u001B[?25h')).toBe(true);
  },
);
