import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { runEnvironment } from '../../tests/setup/run-marker.ts';

const OWNER = fileURLToPath(new URL('judging-owner.fixture.ts', import.meta.url));

/** Starts a program that has an answer judged, and waits for what it says. */
async function startOwner(what: 'stay' | 'leave') {
  const owner = spawn(process.execPath, [OWNER, what], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...runEnvironment(), NODE_NO_WARNINGS: '1' },
  });
  const gone = once(owner, 'exit');
  const [line] = (await once(createInterface({ input: owner.stdout }), 'line')) as [string];
  return { owner, gone, said: JSON.parse(line) as { readonly pid: number; readonly verdict: object } };
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test('the process does not keep its owner alive, and ends with it', async () => {
  const { gone, said } = await startOwner('leave');
  expect(said.verdict).toEqual({ kind: 'invalid', reason: 'the root must be number' });
  expect(await gone).toEqual([0, null]);
  await expect.poll(() => isAlive(said.pid)).toBe(false);
});

test('the process ends with an owner that is killed; a stop signal alone does not end it', async () => {
  const { owner, gone, said } = await startOwner('stay');
  process.kill(said.pid, 'SIGTERM');
  process.kill(said.pid, 'SIGINT');
  expect(isAlive(said.pid)).toBe(true);
  owner.kill('SIGKILL');
  expect(await gone).toEqual([null, 'SIGKILL']);
  await expect.poll(() => isAlive(said.pid)).toBe(false);
});
