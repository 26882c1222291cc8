import { spawn, spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { lastingLeftovers, leftovers } from '../setup/run-marker.ts';
import { ROOT, readSource, sourceFiles } from './sources.ts';

const SETUP = join(ROOT, 'tests/setup');
const STAYS = "process.on('SIGHUP', () => {}); setInterval(() => {}, 1000)";
const linux = process.platform === 'linux';

/** Runs a module text in a process of its own, outside this run's marker unless `id` is given. */
function script(text: string, id?: string, temp = tmpdir()): ReturnType<typeof spawnSync> {
  const { LLMPROXY_TEST_RUN: _ours, ...inherited } = process.env;
  // Writing a cache of compiled code would keep a process that ends, in an empty folder for long.
  const env = { ...inherited, TMPDIR: temp, NODE_DISABLE_COMPILE_CACHE: '1' };
  return spawnSync(process.execPath, ['--input-type=module-typescript', '--eval', text], {
    cwd: ROOT,
    env: id === undefined ? env : { ...env, LLMPROXY_TEST_RUN: id },
    encoding: 'utf8',
  });
}

test('a file that makes temporary folders removes them', () => {
  const making = sourceFiles('proxy', 'mocks', 'tests', 'tools', 'bench').filter((file) =>
    /\bmkdtemp(?:Sync)?\(/.test(readSource(file)),
  );
  expect(making.length).toBeGreaterThan(5);
  expect(making.filter((file) => !/\brm(?:Sync)?\(|\.remove\(|rmSync/.test(readSource(file)))).toEqual([]);
});

test.runIf(linux)('a process that a test leaves behind is found by the marker in its environment', async () => {
  const id = `leftover-test-${process.pid}`;
  const child = spawn(process.execPath, ['--eval', STAYS], { env: { LLMPROXY_TEST_RUN: id }, stdio: 'ignore' });
  // /proc shows the environment of the new program once it was executed.
  while (leftovers(id).length === 0) await after(5);
  expect(leftovers(id).map(({ pid }) => pid)).toEqual([child.pid]);
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await gone;
  expect(lastingLeftovers(id)).toEqual([]);
});

test.runIf(linux)('a run that leaves a process behind is red, says which, and ends it', () => {
  const result = script(`
    import { spawn } from 'node:child_process';
    import { failWhenSomethingIsLeft, runEnvironment, runId } from '${SETUP}/run-marker.ts';
    failWhenSomethingIsLeft();
    const options = { env: runEnvironment(), stdio: 'ignore', detached: true };
    spawn(process.execPath, ['--eval', ${JSON.stringify(STAYS)}], options).unref();
    process.stdout.write(runId());
  `);
  expect(result.status).toBe(1);
  expect(String(result.stderr)).toMatch(/were left running by the tests:\n {2}\d+ .*node/);
  expect(lastingLeftovers(String(result.stdout))).toEqual([]);
});

test.runIf(linux)('a run leaves nothing in the temporary folder', async () => {
  await using place = await mkdtempDisposable(join(tmpdir(), 'llmproxy-run-test-'));
  const result = script(
    `
    import { spawnSync } from 'node:child_process';
    import { mkdtempSync } from 'node:fs';
    import { tmpdir } from 'node:os';
    import { failWhenSomethingIsLeft } from '${SETUP}/run-marker.ts';
    failWhenSomethingIsLeft();
    mkdtempSync(tmpdir() + '/forgotten-');
    const made = spawnSync(process.execPath, ['--print', 'fs.mkdtempSync(os.tmpdir() + "/forgotten-")']);
    process.stdout.write(made.stdout);
  `,
    undefined,
    place.path,
  );
  expect(String(result.stdout)).toContain(`${place.path}/llmproxy-run-`);
  expect(readdirSync(place.path)).toEqual([]);
});

test.runIf(linux)('a run that cleans up is green', () => {
  const result = script(`
    import { failWhenSomethingIsLeft } from '${SETUP}/run-marker.ts';
    import { startRedis } from '${SETUP}/redis.ts';
    failWhenSomethingIsLeft();
    await (await startRedis()).stop();
  `);
  expect([result.status, String(result.stderr)]).toEqual([0, '']);
});

test.runIf(linux)('what the setup started ends with a runner that was killed', async () => {
  // A runner that was killed cannot remove its files.
  await using place = await mkdtempDisposable(join(tmpdir(), 'llmproxy-killed-test-'));
  const id = `killed-runner-${process.pid}`;
  const result = script(
    `
    import { startRedis } from '${SETUP}/redis.ts';
    import { leftovers } from '${SETUP}/run-marker.ts';
    import { startMocks, startProxy } from '${SETUP}/services.ts';
    await startRedis({ ...process.env, LLMPROXY_TEST_REDIS: 'wasm' });
    await startMocks(2);
    await startProxy({ config: '${ROOT}/llmproxy.yaml' });
    process.stdout.write(String(leftovers('${id}').length >= 3));
    process.kill(process.pid, 'SIGKILL');
  `,
    id,
    place.path,
  );
  expect([result.signal, String(result.stdout)]).toEqual(['SIGKILL', 'true']);
  // One ends after the other: the proxy with the runner, its mocks with the proxy.
  await expect.poll(() => leftovers(id), { timeout: 45_000 }).toEqual([]);
});
