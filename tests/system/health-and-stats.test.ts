import { expect, inject, test } from 'vitest';
import { needsMock } from '../setup/needs.ts';
import { chat, collect, nonce, sharedClient } from './ask.ts';
import { startBed, type Bed } from './bed.ts';
import { errorOf, jsonOf, openSocket, postText, send } from './http.ts';

async function get(bed: Pick<Bed, 'url'>, path: string): Promise<Record<string, unknown>> {
  return (await (await fetch(`${bed.url}${path}`)).json()) as Record<string, unknown>;
}

test('health tells what a load balancer wants to know', async (context) => {
  needsMock(context);
  const health = await get({ url: inject('proxyUrl') }, '/health');
  expect(health).toMatchObject({
    status: expect.stringMatching(/^(?:healthy|degraded)$/) as string,
    version: expect.stringMatching(/^\d+\.\d+\.\d+/) as string,
    redis_connected: true,
    redis_refuses: null,
    models: expect.arrayContaining(['gpt-4o-mini', 'text-embedding-3-small']) as string[],
  });
  expect(await get({ url: inject('proxyUrl') }, '/health/live')).toEqual({ status: 'live' });
  expect(await get({ url: inject('proxyUrl') }, '/health/ready')).toEqual({ status: 'ready' });
});

test('health is degraded while an endpoint is out', async () => {
  await using bed = await startBed({ mocks: 2, model: { routing: { allowed_fails: 1, cooldown: '1h' } } });
  expect(await get(bed, '/health')).toMatchObject({ status: 'healthy', endpoints: { total: 2, admitting: 2 } });
  await bed.mocks[0]!.fault({ fault: { kind: 'status', status: 500 } });
  await bed.client().chat.completions.create(chat('hi'));
  expect(await get(bed, '/health')).toMatchObject({
    status: 'degraded',
    endpoints: { total: 2, admitting: 1 },
    models_down: [],
  });
});

test('health names a model that no endpoint serves, and goes on answering 200', async () => {
  await using bed = await startBed({
    model: { routing: { allowed_fails: 1, cooldown: '1h', attempts: 1 } },
    moreModels: ([mock]) => ({ other: { endpoints: [{ provider: 'openai', base_url: mock!.baseURL, api_key: 'x' }] } }),
  });
  await bed.mock.fault({ times: 1, fault: { kind: 'status', status: 500 } });
  await expect(bed.client().chat.completions.create(chat('hi'))).rejects.toThrow();
  expect(await get(bed, '/health')).toMatchObject({ status: 'degraded', models_down: ['gpt-4o-mini'] });
});

test('stats list the endpoints of each model, with a rate of success before the first request', async () => {
  await using bed = await startBed();
  const { endpoints } = await get(bed, '/stats');
  const [endpoint] = (endpoints as Record<string, Record<string, unknown>[]>)['gpt-4o-mini']!;
  expect(endpoint).toMatchObject({ base_url: bed.mock.baseURL, total_requests: 0, success_rate: 1 });
  await bed.client().chat.completions.create(chat('hi'));
  expect((await bed.stats()).endpoints[0]).toMatchObject({ total_requests: 1, requests: 1, success_rate: 1 });
});

test('stats count requests, tokens, hits and what each endpoint did', async () => {
  await using bed = await startBed({ mocks: 2, endpoints: [{ weight: 1 }, { weight: 0 }] });
  const client = bed.client();
  const first = await client.chat.completions.create(chat('one'));
  await client.chat.completions.create(chat('one'));
  await collect(await client.chat.completions.create({ ...chat('two'), stream: true }));
  await bed.mocks[0]!.fault({ times: 1, fault: { kind: 'status', status: 503 } });
  await client.chat.completions.create(chat('three'));
  await expect(client.chat.completions.create({ model: 'no-such-model', messages: [] })).rejects.toThrow();
  const stats = await bed.stats();
  expect(stats.requests).toMatchObject({ requests: 5, client_errors: 1, server_errors: 0, client_left: 0 });
  expect(stats.cache).toMatchObject({ hits: 1, misses: 3, joined: 0, entries: 3, stored: 3 });
  expect(stats.cache['bytes']).toBeGreaterThan(0);
  const [a, b] = stats.endpoints;
  expect(a).toMatchObject({ id: 'gpt-4o-mini/a', requests: 3, failures: 1, in_flight: 0, state: 'admitting' });
  expect(a!['success_rate']).toBeCloseTo(2 / 3);
  expect(a!['latency_ms']).toMatchObject({ p50: expect.any(Number) as number, p99: expect.any(Number) as number });
  expect(a!['ttft_ms']).toMatchObject({ p50: expect.any(Number) as number });
  expect(a!['last_error']).toMatchObject({ kind: 'server_error' });
  expect(b).toMatchObject({ requests: 1, failures: 0, success_rate: 1, last_error: null, ejected_until: null });
  const tokens = (stats as unknown as { tokens: { input: number; output: number } }).tokens;
  expect(tokens.input).toBeGreaterThan(first.usage!.prompt_tokens);
});

test('a request in flight is seen', async () => {
  await using bed = await startBed();
  await bed.mock.fault({ fault: { kind: 'hang', afterEvents: 4 } });
  const socket = openSocket(bed.url);
  socket.write(postText('/v1/chat/completions', { ...chat('Count from 1 to 5'), stream: true }));
  await socket.until('"content":"1"');
  expect((await bed.stats()).endpoints[0]).toMatchObject({ in_flight: 1 });
  socket.leave();
  await expect.poll(async () => (await bed.stats()).endpoints[0]!['in_flight']).toBe(0);
});

test('every request leaves one access line with what it was', async () => {
  await using bed = await startBed();
  const ask = () =>
    bed
      .client()
      .chat.completions.create({ ...chat('hi'), stream: true })
      .withResponse();
  const miss = await ask();
  await collect(miss.data);
  const hit = await ask();
  await collect(hit.data);
  const line = (id: string | null) => bed.accessLine(id!);
  await expect.poll(() => line(hit.request_id)).toBeDefined();
  expect(line(miss.request_id)).toMatchObject({
    level: 'info',
    method: 'POST',
    path: '/v1/chat/completions',
    operation: 'chat.completions',
    model: 'gpt-4o-mini',
    stream: true,
    endpoint: 'gpt-4o-mini/a',
    attempts: 1,
    cache: 'miss',
    status: 200,
    termination: { by: 'upstream', phase: 'done' },
    ms: expect.any(Number) as number,
    ttft: expect.any(Number) as number,
    tokens: { input: 8, output: expect.any(Number) as number },
  });
  expect(line(hit.request_id)).toMatchObject({ cache: 'hit', attempts: 0, status: 200, endpoint: 'gpt-4o-mini/a' });
});

test.each([
  ['an unknown model', '/v1/chat/completions', { model: 'no-such-model', messages: [] }, 404, 'model_not_found'],
  ['a body that is no JSON', '/v1/chat/completions', 'nothing', 400, 'invalid_json'],
  ['an unknown address', '/nowhere?key=secret-word', undefined, 404, 'unknown_url'],
  ['an unknown response', '/v1/models/no-such-model', undefined, 404, 'model_not_found'],
] as const)('%s leaves its line, too', async (_what, path, body, status, error) => {
  await using bed = await startBed();
  const answer = await send(`${bed.url}${path}`, { method: body === undefined ? 'GET' : 'POST', body });
  expect(answer.status).toBe(status);
  const id = String(answer.headers['x-request-id']);
  await expect.poll(() => bed.accessLine(id)).toMatchObject({ status, error, termination: { by: 'proxy' } });
});

test.each(['/v1/models?a=b', '/models', '/%76%31/models', '//v1//models'])(
  'the access line has the path %s as the client wrote it, without its query',
  async (path) => {
    await using bed = await startBed();
    const answer = await send(`${bed.url}${path}`, { method: 'GET' });
    const id = String(answer.headers['x-request-id']);
    await expect.poll(() => bed.accessLine(id)?.['path']).toBe(path.split('?')[0]);
  },
);

test('a request that fails upstream is a warning in the log, and so are its attempts', async () => {
  await using bed = await startBed();
  await bed.mock.fault({ fault: { kind: 'status', status: 500 } });
  await expect(bed.client().chat.completions.create(chat('hi'))).rejects.toThrow();
  const lines = bed
    .log()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { level: string; msg: string });
  expect(lines).toContainEqual(expect.objectContaining({ level: 'warn', msg: 'request' }));
  expect(lines).toContainEqual(expect.objectContaining({ level: 'warn', outcome: 'server_error' }));
});

test('metrics speak Prometheus, with the names of OpenTelemetry where there are any', async () => {
  await using bed = await startBed();
  await bed.client().chat.completions.create(chat('hi'));
  await bed.client().chat.completions.create(chat('hi'));
  const answer = await fetch(`${bed.url}/metrics`);
  const text = await answer.text();
  expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
  expect(text).toMatch(/^gen_ai_[a-z_]+_count\{.*gpt-4o-mini.*\} \d+$/m);
  expect(text).toMatch(/^llmproxy_[a-z_]*cache[a-z_]*\{.*hit.*\} 1$/m);
  for (const line of text.split('\n').filter((one) => one !== '')) {
    expect(line).toMatch(
      /^(?:# (?:HELP|TYPE) |[a-zA-Z_:][\w:]*(?:\{.*\})? -?[\d.eE+-]+|[a-zA-Z_:][\w:]*(?:\{.*\})? (?:NaN|[+-]Inf))/,
    );
  }
});

test('metrics speak OpenMetrics with a scraper that prefers it', async () => {
  await using bed = await startBed();
  const accept = 'application/openmetrics-text;version=1.0.0;q=0.6,text/plain;version=0.0.4;q=0.5';
  const answer = await fetch(`${bed.url}/metrics`, { headers: { accept } });
  const text = await answer.text();
  expect(answer.headers.get('content-type')).toMatch(/^application\/openmetrics-text; version=1\.0\.0/);
  expect(text).toMatch(/^# TYPE llmproxy_config_reloads counter$/m);
  expect(text).not.toMatch(/^# (?:TYPE|HELP) \w+_total /m);
  expect(text).not.toContain('\n\n');
  expect(text.endsWith('# EOF\n')).toBe(true);
});

test('an ejection is counted, and without Redis there is no line of it', async () => {
  await using bed = await startBed({ mocks: 2, model: { routing: { allowed_fails: 1, cooldown: '1h' } } });
  await bed.mocks[0]!.fault({ fault: { kind: 'status', status: 500 } });
  await bed.client().chat.completions.create(chat('hi'));
  const text = await (await fetch(`${bed.url}/metrics`)).text();
  expect(text).toMatch(
    /^llmproxy_ejections_total\{endpoint="gpt-4o-mini\/a",outcome="server_error",origin="local"\} 1$/m,
  );
  expect(text).toMatch(/^llmproxy_config_last_reload_successful 1$/m);
  expect(text).not.toMatch(/^llmproxy_redis_up /m);
});

test('statistics and metrics want the admin token where there is one, health does not', async () => {
  await using bed = await startBed({ config: { auth: { admin_token: 'open-sesame' } } });
  for (const path of ['/stats', '/metrics']) {
    const refused = await send(`${bed.url}${path}`, { method: 'GET' });
    expect(refused.status).toBe(401);
    expect(errorOf(refused)).toMatchObject({ code: 'unauthorized' });
    const headers = { authorization: 'Bearer open-sesame' };
    expect((await send(`${bed.url}${path}`, { method: 'GET', headers })).status).toBe(200);
  }
  expect(jsonOf(await send(`${bed.url}/health`, { method: 'GET' }))).toMatchObject({ status: 'healthy' });
});

test('a request id of the client is kept when it is a plain one', async () => {
  const id = `mine-${nonce()}`;
  const options = { headers: { 'x-request-id': id } };
  const { response } = await sharedClient().models.list(options).withResponse();
  expect(response.headers.get('x-request-id')).toBe(id);
  const odd = await sharedClient()
    .models.list({ headers: { 'x-request-id': 'a b"c' } })
    .withResponse();
  expect(odd.response.headers.get('x-request-id')).toMatch(/^req_/);
});
