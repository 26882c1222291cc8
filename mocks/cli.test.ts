import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';

const CLI = fileURLToPath(new URL('cli.ts', import.meta.url));

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

function run(...args: string[]): Child {
  const child = spawn(process.execPath, [CLI, ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

async function firstOutput(child: Child): Promise<string> {
  const [chunk] = (await once(child.stdout, 'data')) as [Buffer];
  return chunk.toString();
}

test('with --json one line says where every server listens', async () => {
  const child = run('--json', '--count', '2');
  const line = await firstOutput(child);
  const ready = JSON.parse(line) as {
    url: string;
    port: number;
    pid: number;
    servers: { url: string; port: number }[];
  };
  expect(line.endsWith('}\n')).toBe(true);
  expect(ready.pid).toBe(child.pid);
  expect(ready.servers[0]).toEqual({ url: ready.url, port: ready.port });
  const answers = await Promise.all(ready.servers.map(({ url }) => fetch(`${url}/v1/models`)));
  expect(answers.map(({ status }) => status)).toEqual([200, 200]);
});

test('without --json a sentence names the base URL', async () => {
  const line = await firstOutput(run());
  expect(line).toMatch(/^llmproxy mock listens on (http:\/\/127\.0\.0\.1:\d+) \(OpenAI base URL: \1\/v1\)\n$/);
});

test.each(['SIGINT', 'SIGTERM'] as const)('%s ends it at once, with an answer still under way', async (signal) => {
  const child = run('--json', '--pace-first-ms', '60000');
  const { url } = JSON.parse(await firstOutput(child)) as { url: string };
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    body: JSON.stringify({ model: 'm', stream: true, messages: [{ role: 'user', content: 'hi' }] }),
  });
  child.kill(signal);
  expect(await once(child, 'exit')).toEqual([0, null]);
  await expect(response.text()).rejects.toThrow('terminated');
});

test('with --exit-with-parent it ends when standard input closes', async () => {
  const child = run('--json', '--exit-with-parent');
  await firstOutput(child);
  child.stdin.end();
  expect(await once(child, 'exit')).toEqual([0, null]);
});

test('with --exit-with-parent an interrupt of the process group leaves it to the parent', async () => {
  const child = run('--json', '--exit-with-parent');
  const { url } = JSON.parse(await firstOutput(child)) as { url: string };
  child.kill('SIGINT');
  expect((await fetch(`${url}/v1/models`)).status).toBe(200);
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
});

test('a wrong option is one sentence and exit code 2', async () => {
  const child = run('--port', 'x');
  const [complaint, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  expect(complaint).toBe('llmproxy mock: --port: expected a port from 0 to 65535, found "x"\n');
  expect(code).toBe(2);
});

test('a port that is taken is one sentence and exit code 1', async () => {
  const { port } = JSON.parse(await firstOutput(run('--json'))) as { port: number };
  const child = run('--port', String(port));
  const [complaint, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  expect(complaint).toContain(`EADDRINUSE: address already in use 127.0.0.1:${port}`);
  expect(code).toBe(1);
});

test('--help lists the options and starts nothing', async () => {
  const child = run('--help');
  const [usage, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  expect(usage).toContain('--exit-with-parent');
  expect(code).toBe(0);
});

test('check lists the faults of scripts with their places, and its exit code tells whether there are any', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'llmproxy-check-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const [good, bad] = [join(folder, 'good.yaml'), join(folder, 'bad.json')];
  await Promise.all([writeFile(good, '- answer: hi'), writeFile(bad, '[{"anser": "hi"}]')]);
  const check = async (...files: string[]): Promise<unknown> => {
    const child = run('check', ...files);
    const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
    return [output, code];
  };
  expect(await check(good)).toEqual([`${good}: 1 rule, no error\n`, 0]);
  const found = expect.stringMatching(
    /^\S+bad\.json:1:3: error: rules\[0\]\.anser: .*did you mean "answer"\?$/m,
  ) as string;
  expect(await check(good, bad)).toEqual([found, 1]);
});
