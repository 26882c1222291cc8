import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { startMock } from './index.ts';

const CLI = fileURLToPath(new URL('cli.ts', import.meta.url));
const PROXY = fileURLToPath(new URL('../proxy/bin.ts', import.meta.url));

function start(script: string, ...args: string[]): ChildProcess {
  const child = spawn(process.execPath, [script, ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

async function ready(child: ChildProcess): Promise<{ readonly url: string }> {
  const [chunk] = (await once(child.stdout!, 'data')) as [Buffer];
  return JSON.parse(chunk.toString()) as { readonly url: string };
}

async function ended(
  ...args: string[]
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  const child = start(args[0] ?? '', ...args.slice(1));
  const [out, err, [code]] = await Promise.all([text(child.stdout!), text(child.stderr!), once(child, 'exit')]);
  return { code: code as number, out, err };
}

async function ask(url: string): Promise<string> {
  const body = JSON.stringify({ model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'Hi' }], stream: true });
  const response = await fetch(`${url}/v1/chat/completions`, { method: 'POST', body });
  return response.text();
}

test('record writes a cassette, replay answers from it, both say when they are ready and end with their parent', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'llmproxy-commands-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'chat.jsonl');
  await using mock = await startMock();
  const common = ['--json', '--exit-with-parent'];
  const recorder = start(CLI, 'record', '--target', mock.url, '--out', file, '--ignore', 'user', ...common);
  const first = await ask((await ready(recorder)).url);
  recorder.stdin!.end();
  expect(await once(recorder, 'exit')).toEqual([0, null]);
  expect(readFileSync(file, 'utf8').split('\n')[0]).toBe(
    JSON.stringify({ cassette: 1, target: mock.url, ignore: ['user'] }),
  );
  const player = start(CLI, 'replay', file, '--speed', 'recorded', '--tag', ...common);
  expect(await ask((await ready(player)).url)).toBe(first);
  player.stdin!.end();
  expect(await once(player, 'exit')).toEqual([0, null]);
});

test.each([
  [['record', '--out', 'x'], '--target: expected a URL, found nothing'],
  [['record', '--target', 'x', '--out', 'y'], '--target: expected a URL, found "x"'],
  [
    ['record', '--target', 'http://a', '--out', 'y', '--port', 'z'],
    '--port: expected a port from 0 to 65535, found "z"',
  ],
  [['replay'], "missing required argument 'file'"],
  [['replay', 'x', '--speed', 'fast'], '--speed: expected recorded, instant or a number above 0, found "fast"'],
  [['replay', 'x', '--on-miss', 'guess'], '--on-miss: expected one of refuse, mock, found "guess"'],
  [['pairs', '--expect', 'all'], '--expect: expected one of miss, hit, found "all"'],
])('%j is one sentence and exit code 2, as in the whole command', async (argv, sentence) => {
  const [own, whole] = await Promise.all([ended(CLI, ...argv), ended(PROXY, 'mock', ...argv)]);
  expect([own.err, own.code]).toEqual([expect.stringContaining(`llmproxy mock: ${sentence}`), 2]);
  expect([whole.err, whole.code]).toEqual([expect.stringContaining(`llmproxy: ${sentence}`), 2]);
});

test('a cassette that is not there is a failure: exit code 1', async () => {
  const { code, err } = await ended(PROXY, 'mock', 'replay', '/no/such/file');
  expect([code, err]).toEqual([1, expect.stringContaining('llmproxy: ENOENT')]);
});

test('pairs are printed a line each, of the kind that was asked for', async () => {
  const { code, out } = await ended(CLI, 'pairs', '--expect', 'hit', '--salt', 'pepper');
  const lines = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { expect: string; first: string });
  expect(code).toBe(0);
  expect(lines.length).toBeGreaterThan(10);
  expect(lines.filter(({ expect: kind, first }) => kind !== 'hit' || !first.includes('pepper'))).toEqual([]);
});

test('llmproxy conformance scores a target and says with its exit code whether anything failed', async () => {
  await using mock = await startMock();
  const args = ['conformance', '--target', mock.url, '--only', 'shapes'];
  const good = await ended(PROXY, ...args);
  expect(good.out).toContain('shapes            16       0       0');
  expect(good.code).toBe(0);
  await mock.fault({ fault: 'no-done' });
  const bad = await ended(PROXY, ...args);
  expect(bad.out).toContain('the last event is not [DONE]');
  expect(bad.code).toBe(1);
});

test.each(['mock', 'mock check', 'mock record', 'mock replay', 'mock pairs', 'conformance'])(
  '%s --help lists its options',
  async (name) => {
    const { code, out } = await ended(PROXY, ...name.split(' '), '--help');
    expect(out.split(' [')[0]).toBe(`Usage: llmproxy ${name}`);
    expect(out).toContain('--help');
    expect(code).toBe(0);
  },
);

test('a request that the provider would refuse is named on standard error, unless strictness was chosen', async () => {
  const said = async (...args: readonly string[]): Promise<string> => {
    const child = start(CLI, '--json', '--exit-with-parent', ...args);
    const err = text(child.stderr!);
    const { url } = await ready(child);
    const body = JSON.stringify({ model: 'gpt-5', messages: [{ role: 'user', content: 'Hi' }], max_tokens: 50 });
    for (let at = 0; at < 2; at += 1)
      await (await fetch(`${url}/v1/chat/completions`, { method: 'POST', body })).text();
    child.stdin!.end();
    return err;
  };
  expect(await said()).toMatch(/^llmproxy mock: the provider would refuse this .*'max_tokens'.*\n$/);
  expect(await said('--strictness=off')).toBe('');
});
