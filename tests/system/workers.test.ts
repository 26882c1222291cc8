import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, onTestFinished, test, vi } from 'vitest';
import { startMock, type Mock } from '../../mocks/index.ts';
import { startProxy as startInProcess } from '../../proxy/index.ts';
import { alive, childrenOf } from '../setup/children.ts';
import { startProxy } from '../setup/services.ts';
import { tempFolder } from '../setup/temp-folder.ts';
import { chat, collect, nonce, sharedRedis, textOf } from './ask.ts';
import { clientOf, MODEL } from './bed.ts';
import { GOVERNED_MODEL, governedProcess, newKey } from './governed-process.ts';
import { jsonOf, send } from './http.ts';
import { metric, startWorkers, total, type WorkersBed } from './workers-bed.ts';

const WORKERS = 3;
const CHAT = '/v1/chat/completions';
const server = { workers: WORKERS };
const log = { format: 'json' };

// Each test starts four processes.
vi.setConfig({ testTimeout: 120_000 });
afterAll(() => vi.resetConfig());

async function mockOf(): Promise<Mock> {
  const mock = await startMock();
  onTestFinished(() => mock.close());
  return mock;
}

function endpointAt(mock: Mock, more: object = {}): object {
  return { provider: 'openai', base_url: mock.baseURL, api_key: 'sk-workers', ...more };
}

function configOf(mocks: readonly Mock[], more: { model?: object; endpoint?: object; server?: object } = {}): object {
  const endpoints = mocks.map((mock, index) => endpointAt(mock, { name: `mock-${index}`, ...more.endpoint }));
  return { server: { ...server, ...more.server }, log, models: { [MODEL]: { endpoints, ...more.model } } };
}

async function ask(bed: WorkersBed, count: number, content: () => string = nonce): Promise<number[]> {
  const answers = await Promise.all(Array.from({ length: count }, () => bed.post(CHAT, chat(content()))));
  return answers.map(({ status }) => status);
}

function exit(bed: WorkersBed): Promise<number | null> {
  const { child } = bed.proxy;
  if (child.exitCode !== null) return Promise.resolve(child.exitCode);
  return new Promise((resolve) => child.once('exit', (code) => resolve(code)));
}

test('all workers answer on the one port, and metrics and statistics are of all of them, whichever is asked', async () => {
  const mock = await mockOf();
  const bed = await startWorkers(configOf([mock]));
  expect(bed.workers()).toHaveLength(WORKERS);
  expect(await ask(bed, 30)).toEqual(Array.from({ length: 30 }, () => 200));
  await expect.poll(() => bed.said('request').length).toBe(30);
  expect(new Set(bed.said('request').map(({ worker }) => worker))).toEqual(new Set([0, 1, 2]));
  for (let turn = 0; turn < WORKERS; turn += 1) {
    const text = await bed.text('/metrics');
    expect(total(text, 'llmproxy_requests_total')).toBe(30);
    expect(metric(text, 'llmproxy_workers_answered')).toBe(WORKERS);
    expect(metric(text, `llmproxy_request_duration_seconds_count{operation="chat.completions",cache="miss"}`)).toBe(30);
    expect(metric(text, `llmproxy_endpoint_state{endpoint="${MODEL}/mock-0",state="admitting"}`)).toBe(1);
    expect(text.match(/^# TYPE llmproxy_requests_total /gm)).toHaveLength(1);
    const stats = await bed.get('/stats');
    expect(stats).toMatchObject({
      workers: { configured: WORKERS, answered: WORKERS, restarts: 0 },
      requests: { requests: 30 },
      cache: { misses: 30, entries: 30 },
      endpoints: { [MODEL]: [{ requests: 30, failures: 0, success_rate: 1, state: 'admitting' }] },
    });
    const [endpoint] = (stats['endpoints'] as Record<string, Record<string, unknown>[]>)[MODEL]!;
    expect(endpoint!['latency_ms']).toMatchObject({ p50: expect.any(Number) as number });
    expect(await bed.get('/health')).toMatchObject({ status: 'healthy', endpoints: { total: 1, admitting: 1 } });
  }
  const open = await send(`${bed.url}/metrics`, { method: 'GET', headers: { accept: 'application/openmetrics-text' } });
  expect(open.body.toString()).toMatch(/# TYPE llmproxy_requests counter\n[^#]*# [\s\S]*# EOF\n$/);
});

test('a worker that is killed costs its own requests alone; another takes its place, and no counter goes back', async () => {
  const mock = await mockOf();
  const bed = await startWorkers(configOf([mock]));
  await ask(bed, 6);
  await mock.pace({ firstEventMs: 1_500 });
  const before = total(await bed.text('/metrics'), 'llmproxy_requests_total');
  expect(before).toBe(6);
  const [first, victim] = bed.workers();
  const pending = Array.from({ length: 30 }, () =>
    bed.post(CHAT, chat(nonce())).then(
      ({ status }) => status,
      () => 'cut' as const,
    ),
  );
  await expect.poll(async () => (await mock.requests()).length).toBe(36);
  process.kill(victim!, 'SIGKILL');
  const ends = await Promise.all(pending);
  await mock.pace({ firstEventMs: 0 });
  const good = ends.filter((end) => end === 200).length;
  const cut = ends.filter((end) => end === 'cut').length;
  expect([good + cut, good > 0, cut > 0]).toEqual([30, true, true]);
  // Those that were cut are those of the worker that was killed: no other worker has failed or let go of one.
  expect((await mock.requests()).filter(({ aborted }) => aborted)).toHaveLength(cut);
  await expect.poll(() => bed.said('request').length).toBe(6 + good);
  expect(new Set(bed.said('request').map(({ status }) => status))).toEqual(new Set([200]));
  await expect.poll(() => bed.workers().length).toBe(WORKERS);
  expect(bed.workers()).toContain(first);
  await expect.poll(() => bed.said('another worker runs in its place')).toHaveLength(1);
  expect(bed.said('a worker has ended')).toMatchObject([
    { level: 'error', pid: victim, reason: 'SIGKILL', delayMs: 100 },
  ]);
  expect(await ask(bed, 9)).toEqual(Array.from({ length: 9 }, () => 200));
  const text = await bed.text('/metrics');
  expect(total(text, 'llmproxy_requests_total')).toBe(before + good + 9);
  expect(metric(text, 'llmproxy_worker_restarts_total')).toBe(1);
});

test('a worker that hangs holds up neither its siblings nor what is asked of the whole', async () => {
  const mock = await mockOf();
  const bed = await startWorkers(configOf([mock]));
  await ask(bed, 9);
  const [, hung] = bed.workers();
  process.kill(hung!, 'SIGSTOP');
  onTestFinished(() => void (alive(hung!) && process.kill(hung!, 'SIGCONT')));
  // One connection is given to it and waits; the others answer everything else.
  const ends = Array.from({ length: 20 }, () => bed.post(CHAT, chat(nonce())));
  let answered = 0;
  for (const end of ends) void end.then(() => (answered += 1));
  await expect.poll(() => answered).toBe(19);
  const text = await bed.text('/metrics');
  expect(metric(text, 'llmproxy_workers_answered')).toBe(WORKERS - 1);
  expect(await bed.get('/health')).toMatchObject({
    status: 'degraded',
    workers: { configured: WORKERS, answered: WORKERS - 1 },
  });
  process.kill(hung!, 'SIGCONT');
  expect((await Promise.all(ends)).map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200));
  expect(metric(await bed.text('/metrics'), 'llmproxy_workers_answered')).toBe(WORKERS);
});

test('a changed file is taken by all and reported once; a wrong one is refused by all and reported once', async () => {
  const mock = await mockOf();
  const config = configOf([mock]) as { models: Record<string, object> };
  const bed = await startWorkers(config);
  const namesOfAll = async (): Promise<string[]> => {
    const lists = await Promise.all(Array.from({ length: WORKERS }, () => bed.get('/v1/models')));
    return [...new Set(lists.map(({ data }) => (data as { id: string }[]).map(({ id }) => id).join(' ')))];
  };
  await bed.write({ ...config, models: { ...config.models, second: config.models[MODEL] } });
  await expect.poll(() => bed.said('configuration reloaded')).toHaveLength(1);
  expect(await namesOfAll()).toEqual([`${MODEL} second auto`]);
  await bed.write({ ...config, models: { third: { endpoints: [{ provider: 'no-such' }] } } });
  await expect.poll(() => bed.said('the old one stays in force')).toHaveLength(1);
  expect(await namesOfAll()).toEqual([`${MODEL} second auto`]);
  const text = await bed.text('/metrics');
  expect(metric(text, 'llmproxy_config_reloads_total{result="taken"}')).toBe(1);
  expect(metric(text, 'llmproxy_config_reloads_total{result="refused"}')).toBe(1);
  expect(metric(text, 'llmproxy_config_last_reload_successful')).toBe(0);
  await bed.write({ ...config, server: { workers: 2 } });
  await expect.poll(() => bed.said('takes effect at the next start')).toMatchObject([{ setting: 'server.workers' }]);
  await expect.poll(() => bed.said('configuration reloaded')).toHaveLength(2);
  // Who starts later begins with what is in force.
  process.kill(bed.workers()[0]!, 'SIGKILL');
  await expect.poll(() => bed.said('another worker runs in its place')).toHaveLength(1);
  expect(bed.workers()).toHaveLength(WORKERS);
  expect(await namesOfAll()).toEqual([`${MODEL} auto`]);
});

test('SIGTERM lets the streams of all workers complete, then everything ends with 0', async () => {
  const mock = await mockOf();
  await mock.pace({ tokensPerSecond: 10 });
  const bed = await startWorkers(configOf([mock]));
  const streams = await Promise.all(
    Array.from({ length: 6 }, async () => {
      return clientOf(bed.url).chat.completions.create({ ...chat('Count from 1 to 5'), stream: true, user: nonce() });
    }),
  );
  const texts = streams.map((stream) => collect(stream).then(textOf));
  const workers = bed.workers();
  process.kill(bed.proxy.pid, 'SIGTERM');
  // A service manager tells every process of the group.
  for (const pid of workers) process.kill(pid, 'SIGTERM');
  expect(new Set(await Promise.all(texts))).toEqual(new Set(['1\n2\n3\n4\n5']));
  expect(await exit(bed)).toBe(0);
  expect(workers.filter(alive)).toEqual([]);
  expect(bed.said('a worker has ended')).toEqual([]);
});

test('what still runs after the drain timeout is broken off, and the exit code is 1', async () => {
  const mock = await mockOf();
  await mock.pace({ firstEventMs: 20_000 });
  const bed = await startWorkers(configOf([mock], { server: { drain_timeout: '200ms' } }));
  const pending = bed.post(CHAT, chat(nonce()));
  await expect.poll(async () => (await mock.requests()).length).toBe(1);
  process.kill(bed.proxy.pid, 'SIGTERM');
  expect(jsonOf(await pending)).toMatchObject({ error: { code: 'shutting_down' } });
  expect(await exit(bed)).toBe(1);
});

test('the workers end with the primary, however it ends', async () => {
  const mock = await mockOf();
  const bed = await startWorkers(configOf([mock]));
  const workers = bed.workers();
  process.kill(bed.proxy.pid, 'SIGKILL');
  await expect.poll(() => workers.filter(alive)).toEqual([]);
});

test('DELETE /cache reaches the memory of every worker', async () => {
  const mock = await mockOf();
  const bed = await startWorkers(configOf([mock]));
  const content = nonce();
  // Each worker asks once for itself.
  for (let turn = 0; turn < 2 * WORKERS; turn += 1) await bed.post(CHAT, chat(content));
  expect(await mock.requests()).toHaveLength(WORKERS);
  const purged = jsonOf(await send(`${bed.url}/cache`, { method: 'DELETE' }));
  expect(purged).toMatchObject({ deleted_entries: WORKERS, status: 'success' });
  for (let turn = 0; turn < WORKERS; turn += 1) {
    const answer = await bed.post(CHAT, chat(content));
    expect(answer.headers['x-llmproxy-cache']).toBe('miss');
  }
});

test('an endpoint that one worker ejects is out for all of them, and readmitted for all', async () => {
  const mocks = [await mockOf(), await mockOf()];
  const bed = await startWorkers(
    configOf(mocks, { model: { strategy: 'round-robin', routing: { allowed_fails: 1, cooldown: '1h' } } }),
  );
  await mocks[0]!.fault({ times: 1, fault: { kind: 'status', status: 500 } });
  await expect
    .poll(async () => {
      await bed.post(CHAT, chat(nonce()));
      return bed.said('endpoint health changed').length;
    })
    .toBe(1);
  const before = (await mocks[0]!.requests()).length;
  expect(await ask(bed, 12)).toEqual(Array.from({ length: 12 }, () => 200));
  expect(await mocks[0]!.requests()).toHaveLength(before);
  expect(await bed.get('/health')).toMatchObject({ status: 'degraded', endpoints: { total: 2, admitting: 1 } });
  const text = await bed.text('/metrics');
  expect(total(text, 'llmproxy_ejections_total')).toBe(1);
  expect(bed.said('endpoint health changed')).toHaveLength(1);
  // A process that starts later knows it, too.
  process.kill(bed.workers()[0]!, 'SIGKILL');
  await expect.poll(() => bed.said('another worker runs in its place')).toHaveLength(1);
  await ask(bed, 12);
  expect(await mocks[0]!.requests()).toHaveLength(before);
});

test('equal requests of one moment cost one call, whichever workers they reach', async () => {
  const mock = await mockOf();
  const bed = await startWorkers({ ...configOf([mock]), cache: { share_generations: 'replicas' } });
  const rolesOf = async () => {
    const text = await bed.text('/metrics');
    const role = (name: string): number => metric(text, `llmproxy_shared_generations_total{role="${name}"}`);
    return { lead: role('lead'), follow: role('follow'), alone: role('alone') };
  };
  await ask(bed, 2 * WORKERS);
  await mock.pace({ firstEventMs: 1_000 });
  const before = { calls: (await mock.requests()).length, ...(await rolesOf()) };
  const content = nonce();
  const answers = await Promise.all(
    Array.from({ length: 24 }, (_, index) => bed.post(CHAT, { ...chat(content), stream: index % 2 === 0 })),
  );
  expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 24 }, () => 200));
  const calls = (await mock.requests()).length - before.calls;
  const roles = await rolesOf();
  // On a busy machine a worker may wait longer than it may, and go on alone.
  const alone = roles.alone - before.alone;
  expect([roles.lead - before.lead, roles.follow - before.follow + alone]).toEqual([1, WORKERS - 1]);
  expect(calls).toBe(1 + alone);
  const ids = new Set(answers.map(({ body }) => /chatcmpl-\w+/.exec(body.toString())?.[0]));
  expect(ids.size).toBe(calls);
});

test('there is one bundled mock, whichever worker asks it; one that is killed is found again by all', async () => {
  const bed = await startWorkers({ server, log, models: { [MODEL]: { endpoints: [{ provider: 'mock' }] } } });
  const [mock, ...others] = childrenOf(bed.proxy.pid).filter((pid) => !bed.workers().includes(pid));
  expect(others).toEqual([]);
  expect(await ask(bed, 6)).toEqual(Array.from({ length: 6 }, () => 200));
  process.kill(mock!, 'SIGKILL');
  await expect.poll(() => bed.said('the bundled mock runs again')).toHaveLength(1);
  await expect.poll(() => ask(bed, WORKERS), { timeout: 20_000 }).toEqual(Array.from({ length: WORKERS }, () => 200));
});

test('a kept response is gone on from, listed and deleted at any worker', async () => {
  const mock = await mockOf();
  const bed = await startWorkers(configOf([mock], { endpoint: { responses: 'stateless' } }));
  const first = jsonOf(await bed.post('/v1/responses', { model: MODEL, input: 'My name is Ada.' }));
  for (let turn = 0; turn < WORKERS; turn += 1) {
    const next = await bed.post('/v1/responses', { model: MODEL, input: nonce(), previous_response_id: first['id'] });
    expect(next.status).toBe(200);
    expect(await bed.get(`/v1/responses/${String(first['id'])}`)).toEqual(first);
  }
  await send(`${bed.url}/v1/responses/${String(first['id'])}`, { method: 'DELETE' });
  for (let turn = 0; turn < WORKERS; turn += 1) {
    expect(await bed.get(`/v1/responses/${String(first['id'])}`)).toMatchObject({
      error: { type: 'invalid_request_error' },
    });
  }
});

test('a response is asked for where it was made, whichever worker hears of it', async () => {
  const mocks = [await mockOf(), await mockOf()];
  const bed = await startWorkers(configOf(mocks, { model: { strategy: 'round-robin' } }));
  for (let turn = 0; turn < 4; turn += 1) {
    const made = jsonOf(await bed.post('/v1/responses', { model: MODEL, input: nonce(), store: true }));
    for (let look = 0; look < WORKERS; look += 1) {
      expect(await bed.get(`/v1/responses/${String(made['id'])}`)).toMatchObject({ id: made['id'] });
    }
  }
});

test('when all workers die at once, others listen on the same port', async () => {
  const mock = await mockOf();
  const bed = await startWorkers(configOf([mock]));
  for (const pid of bed.workers()) process.kill(pid, 'SIGKILL');
  await expect.poll(() => bed.said('another worker runs in its place'), { timeout: 20_000 }).toHaveLength(WORKERS);
  expect(await ask(bed, 6)).toEqual(Array.from({ length: 6 }, () => 200));
});

test('a port that is taken is one error, and nothing is left running', async () => {
  const mock = await mockOf();
  const port = ['--port', String(mock.port)];
  const failure = await startProxy({ config: configOf([mock]), args: port }).then(
    () => 'it started',
    (error: unknown) => String(error),
  );
  expect(failure).toContain('exit code 1');
  expect(failure.match(/llmproxy cannot listen: /g)).toHaveLength(1);
  expect(failure).toContain('EADDRINUSE');
  expect(failure).not.toContain('a worker has ended');
  expect(childrenOf(process.pid).flatMap(childrenOf)).toEqual([]);
});

test('limits that each worker would count by itself need Redis, and a program starts no workers', async () => {
  const mock = await mockOf();
  const folder = tempFolder('llmproxy-workers-');
  const file = join(folder, 'llmproxy.yaml');
  const governed = { ...configOf([mock]), database: { url: `${folder}/a.db` } };
  writeFileSync(file, JSON.stringify(governed));
  const bin = fileURLToPath(new URL('../../proxy/bin.ts', import.meta.url));
  const checked = spawnSync(process.execPath, [bin, 'check', file], { encoding: 'utf8' });
  expect(checked.status).toBe(1);
  expect(`${checked.stdout}${checked.stderr}`).toMatch(/server\.workers: .*3 workers need `redis`/);
  await expect(startInProcess(configOf([mock]) as Record<string, unknown>)).rejects.toThrow(/server\.workers/);
});

test('with Redis a limit is one limit, whichever workers count it, and one database has the rows of all', async () => {
  const sections = { server: { workers: WORKERS }, database: {}, redis: sharedRedis() };
  const proxy = await governedProcess(sections, { patienceMs: 60_000 });
  const { value } = await newKey(proxy, { rate_limit: { request_max_limit: 7, request_reset_duration: '1h' } });
  const headers = { authorization: `Bearer ${value}` };
  const asked = Array.from({ length: 20 }, () =>
    send(`${proxy.url()}${CHAT}`, { headers, body: { ...chat(nonce()), model: GOVERNED_MODEL } }),
  );
  const statuses = (await Promise.all(asked)).map(({ status }) => status);
  expect(statuses.filter((status) => status === 200)).toHaveLength(7);
  expect(statuses.filter((status) => status === 429)).toHaveLength(13);
  await expect.poll(async () => (await proxy.mock.requests()).length).toBe(7);
  const health = jsonOf(await send(`${proxy.url()}/health`, { method: 'GET' }));
  expect(health).toMatchObject({ status: 'healthy', database_connected: true, limits_local: false });
  const { child } = proxy.started();
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  expect(await ended).toBe(0);
});

test('with one worker nothing of all this is loaded, and the log names no worker', async () => {
  const mock = await mockOf();
  const folder = tempFolder('llmproxy-workers-');
  const list = join(folder, 'modules');
  const bed = await startWorkers(configOf([mock], { server: { workers: 1 } }), {
    preload: new URL('../setup/list-modules.ts', import.meta.url),
    env: { LLMPROXY_TEST_MODULES: list },
  });
  await ask(bed, 2);
  await bed.get('/stats');
  await expect.poll(() => bed.said('request').length).toBe(2);
  expect(bed.lines().filter((line) => 'worker' in line)).toEqual([]);
  const modules = readFileSync(list, 'utf8');
  expect(modules).toContain('proxy/app.ts');
  expect(modules).not.toMatch(/proxy\/worker|node:cluster/);
});
