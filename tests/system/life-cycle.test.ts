import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { startMock } from '../../mocks/index.ts';
import { App, parseConfig } from '../../proxy/index.ts';
import { childrenOf } from '../setup/children.ts';
import { startProcess } from '../setup/process.ts';
import { tempFolder } from '../setup/temp-folder.ts';
import { chat, nonce } from './ask.ts';
import { clientOf } from './bed.ts';

/** An App whose configuration this test replaces. */
interface Steered {
  readonly app: App;
  readonly log: () => string;
  write(config: object): void;
}

async function start(config: object, path?: string): Promise<Steered> {
  let current = config;
  const lines: string[] = [];
  const app = await App.start({
    load: () => parseConfig(JSON.stringify(current), 'test.yaml', { environment: {} }),
    logSink: { write: (line) => lines.push(line), flush: () => {} },
    ...(path === undefined ? {} : { path }),
  });
  return { app, log: () => lines.join(''), write: (next) => (current = next) };
}

const BUNDLED = { endpoints: [{ provider: 'mock' }] };
const UNREACHABLE = { endpoints: [{ provider: 'openai', base_url: 'http://127.0.0.1:9/v1', api_key: 'k' }] };
const server = { port: 0, drain_timeout: '200ms' };

async function names({ app }: Steered): Promise<string[]> {
  return (await clientOf(app.url).models.list()).data.map(({ id }) => id);
}

test('of two reloads at once the later configuration stays in force, however long the earlier one takes', async () => {
  const steered = await start({ server, models: { m: UNREACHABLE } });
  // The first has to start a mock before it can be applied.
  steered.write({ server, models: { m: UNREACHABLE, slow: BUNDLED } });
  const first = steered.app.reload();
  await Promise.resolve();
  await Promise.resolve();
  steered.write({ server, models: { m: UNREACHABLE, quick: UNREACHABLE } });
  expect(await Promise.all([first, steered.app.reload()])).toEqual([true, true]);
  expect(await names(steered)).toEqual(['m', 'quick', 'auto']);
  await steered.app.close();
});

test('a reload that is under way when the proxy closes applies nothing, and no mock outlives the proxy', async () => {
  const steered = await start({ server, models: { m: UNREACHABLE } });
  steered.write({ server, models: { late: BUNDLED } });
  const reload = steered.app.reload();
  await Promise.resolve();
  await Promise.resolve();
  await steered.app.close();
  expect(await reload).toBe(false);
  expect(await steered.app.reload()).toBe(false);
  expect(steered.log()).not.toContain('configuration reloaded');
  expect(steered.log()).not.toContain('refused');
});

test('a folder that cannot be watched is a warning; the proxy serves', async () => {
  const steered = await start({ server, models: { m: UNREACHABLE } }, '/no-such-folder/llmproxy.yaml');
  expect(await names(steered)).toEqual(['m', 'auto']);
  expect(steered.log()).toContain('polling');
  await steered.app.close();
});

test('a start that fails leaves nothing running: no signal handler and no mock', async () => {
  await using mock = await startMock();
  const handlers = process.listenerCount('SIGHUP');
  const taken = { server: { ...server, port: mock.port }, models: { m: BUNDLED } };
  const children = childrenOf(process.pid);
  await expect(start(taken)).rejects.toMatchObject({ code: 'EADDRINUSE' });
  expect(process.listenerCount('SIGHUP')).toBe(handlers);
  await expect.poll(() => childrenOf(process.pid)).toEqual(children);
});

test('closing twice waits for the one end', async () => {
  const steered = await start({ server, models: { m: UNREACHABLE } });
  const { url } = steered.app;
  const first = steered.app.close();
  await steered.app.close();
  await expect(fetch(`${url}/health`)).rejects.toThrow();
  await first;
});

test('a bundled mock that is killed is started again; until then requests go to another endpoint or get an error', async () => {
  await using other = await startMock();
  const second = { provider: 'openai', name: 'second', base_url: other.baseURL, api_key: 'k' };
  const steered = await start({
    server,
    log: { format: 'json' },
    models: { alone: BUNDLED, both: { strategy: 'round-robin', endpoints: [...BUNDLED.endpoints, second] } },
  });
  const ask = async (model: string): Promise<number> => {
    const body = JSON.stringify({ ...chat(nonce()), model });
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body };
    const response = await fetch(`${steered.app.url}/v1/chat/completions`, init);
    const answer = (await response.json()) as { error?: { code: string } };
    expect(answer.error?.code ?? 'none').toMatch(/^(none|upstream_failed|no_endpoint_available)$/);
    return response.status;
  };
  expect(await ask('alone')).toBe(200);
  const [mock] = childrenOf(process.pid);
  process.kill(mock!, 'SIGKILL');
  await expect.poll(() => childrenOf(process.pid)).not.toContain(mock);
  for (let turn = 0; turn < 6; turn += 1) expect(await ask('both')).toBe(200);
  await expect.poll(() => ask('alone'), { timeout: 15_000 }).toBe(200);
  expect(steered.log()).toContain('SIGKILL');
  expect(steered.log()).toContain('runs again');
  await steered.app.close();
  await expect.poll(() => childrenOf(process.pid)).toEqual([]);
});

test('with --exit-with-parent the command stays at SIGINT and ends in order when its standard input closes', async () => {
  const bin = fileURLToPath(new URL('../../proxy/bin.ts', import.meta.url));
  const args = [bin, 'start', '--json', '--port', '0', '--log-level', 'warn', '--exit-with-parent'];
  const started = await startProcess(process.execPath, args, { cwd: tempFolder('parent') });
  onTestFinished(() => started.stop());
  started.child.kill('SIGINT');
  const isLive = async (): Promise<boolean> => (await fetch(`${String(started.ready['url'])}/health/live`)).ok;
  expect(await isLive()).toBe(true);
  const ended = once(started.child, 'exit');
  started.child.stdin?.end();
  expect(await ended).toEqual([0, null]);
  await expect(isLive()).rejects.toThrow('fetch failed');
});
