import { expect, test } from 'vitest';

import { ManualClock } from '../core/clock.ts';
import { Redactor } from '../core/redact.ts';
import type { ExchangeRecord } from './exchange-record.ts';
import type { GenerationRecord } from './generation-record.ts';
import { createLogger } from './logger.ts';
import type { LoggerOptions } from './logger.ts';
import type { EndpointReading } from './endpoint-gauges.ts';
import { Labels } from './labels.ts';
import { Metrics } from './metrics.ts';
import type { SystemReading } from './system-metrics.ts';
import { createTelemetry } from './telemetry.ts';
import type { Telemetry } from './telemetry.ts';

const RECORD: ExchangeRecord = {
  id: 'req_1',
  method: 'POST',
  path: '/chat/completions',
  operation: 'chat.completions',
  model: 'gpt-4o',
  stream: true,
  endpoint: 'gpt-4o/mock-1',
  attempts: 1,
  cache: 'miss',
  status: 200,
  termination: { by: 'upstream', phase: 'done' },
  startedAt: 0,
  ms: 1_500.123_456,
  ttftMs: 30.5,
  tokens: { input: 10, output: 20, cachedInput: 4 },
};

const GENERATION: GenerationRecord = {
  id: 'req_1',
  operation: 'chat.completions',
  model: 'gpt-4o',
  endpoint: 'gpt-4o/mock-1',
  attempts: 1,
  outcome: 'ok',
  status: 200,
  ms: 1_500.123_456,
  ttftMs: 30.5,
  stated: { input: 10, output: 20, cachedInput: 4 },
  estimated: undefined,
};

interface Bench {
  readonly telemetry: Telemetry;
  readonly clock: ManualClock;
  readonly lines: string[];
  readonly urgent: boolean[];
  readonly system: () => SystemReading;
}

function bench(options: Partial<LoggerOptions> = {}, models = ['gpt-4o']): Bench {
  const lines: string[] = [];
  const urgent: boolean[] = [];
  const clock = new ManualClock(1_750_000_000_000);
  const sink = {
    write: (line: string, now: boolean): void => {
      lines.push(line);
      urgent.push(now);
    },
    flush: (): void => undefined,
  };
  const redactor = new Redactor();
  const logger = createLogger({ level: 'info', format: 'json', clock, redactor, sink, ...options });
  const catalog = { models, endpoints: [{ id: 'gpt-4o/mock-1', provider: 'mock' }] };
  const readings = (): EndpointReading[] => [
    { id: 'gpt-4o/mock-1', state: 'ejected', in_flight: 3, operations_out: [{ name: 'images', state: 'probing' }] },
  ];
  const system = (): SystemReading => ({
    version: '1.2.3',
    cache: { entries: 2, bytes: 300, evictions: 5 },
    redisUp: true,
    flights: 4,
    queues: [{ queue: 'server', waiting: 2 }],
  });
  return { telemetry: createTelemetry({ logger, clock, catalog, readings, system }), clock, lines, urgent, system };
}

test('a request leaves one line that tells its whole story', () => {
  const { telemetry, lines } = bench();
  telemetry.exchange({ ...RECORD, path: '/chat/completions?key=hush' });
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0]!)).toEqual({
    level: 'info',
    time: '2025-06-15T15:06:40.000Z',
    msg: 'request',
    id: 'req_1',
    method: 'POST',
    path: '/chat/completions',
    operation: 'chat.completions',
    model: 'gpt-4o',
    stream: true,
    endpoint: 'gpt-4o/mock-1',
    attempts: 1,
    cache: 'miss',
    status: 200,
    termination: { by: 'upstream', phase: 'done' },
    ms: 1_500.123,
    ttft: 30.5,
    tokens: { input: 10, output: 20, cached: 4 },
  });
});

test('a line is JSON whatever a client and a provider wrote into it', () => {
  const { telemetry, lines } = bench();
  const odd = { id: 'a"b', model: 'x"\n\\', path: '/a"b?c', endpoint: 'e"f', method: 'M"' };
  telemetry.exchange({ ...RECORD, ...odd, tokens: { input: Infinity, output: 1 } });
  const { model, endpoint, path } = { ...odd, path: '/a"b' };
  expect(JSON.parse(lines[0]!)).toMatchObject({ id: 'a"b', model, endpoint, path, tokens: { input: null, output: 1 } });
});

test('a secret that becomes known later is taken out of names that were seen before', () => {
  const redactor = new Redactor();
  const { telemetry, lines } = bench({ redactor });
  telemetry.exchange({ ...RECORD, model: 'plainword-key' });
  redactor.know(['plainword-key']);
  telemetry.exchange({ ...RECORD, model: 'plainword-key' });
  expect(lines.map((line) => line.includes('plainword-key'))).toEqual([true, false]);
});

test('nothing that looks like a credential, and no known one, gets into a line', () => {
  const redactor = new Redactor();
  redactor.know(['plainword-key']);
  const { telemetry, lines } = bench({ redactor });
  telemetry.exchange({ ...RECORD, model: 'sk-abcdefghijkl', path: '/models/plainword-key' });
  telemetry.fault('broke', 'req_1', new Error('Bearer abcdefgh', { cause: new Error('sk-abcdefghijkl') }));
  expect(lines).toHaveLength(2);
  expect(lines.join('')).not.toMatch(/abcdefgh|plainword/);
});

test('an error is logged with type, code, stack and cause, never with its other members', () => {
  const { telemetry, lines, urgent } = bench();
  const error = Object.assign(new TypeError('no'), { code: 'E_NO', request: { prompt: 'private words' } });
  telemetry.fault('broke', 'req_1', error);
  const line = JSON.parse(lines[0]!) as { err: object };
  expect(line.err).toMatchObject({ type: 'TypeError', message: 'no', code: 'E_NO' });
  expect(lines[0]).not.toContain('private words');
  expect(urgent).toEqual([true]);
});

test('text lines are for people', () => {
  const { telemetry, lines } = bench({ format: 'text' });
  telemetry.exchange({ ...RECORD, model: 'two words' });
  expect(lines[0]).toMatch(/^15:06:40\.000 INFO {2}request id=req_1 method=POST /);
  expect(lines[0]).toContain('model="two words"');
  expect(lines[0]).toContain('tokens.input=10');
});

test('no text of a client can forge a line or steer the terminal; only a stack has lines of its own', () => {
  const { telemetry, lines } = bench({ format: 'text' });
  telemetry.exchange({ ...RECORD, model: 'x\n15:06:40.000 INFO forged \u001b[2J' });
  expect(lines[0]!.trimEnd()).not.toMatch(/[\n\p{Cc}]/u);
  telemetry.fault('broke', 'req_1', new Error('no'));
  expect(lines[1]!.split('\n').length).toBeGreaterThan(3);
});

test('a failed attempt is a warning, once a minute for each endpoint and kind; what no endpoint is blamed for is none', () => {
  const { telemetry, clock, lines } = bench();
  const refuse = (): void => telemetry.attempt('gpt-4o/mock-1', { kind: 'unauthorized', status: 401 });
  refuse();
  refuse();
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0]!)).toMatchObject({ level: 'warn', endpoint: 'gpt-4o/mock-1', outcome: 'unauthorized' });
  clock.advance(60_000);
  refuse();
  telemetry.attempt('gpt-4o/mock-1', { kind: 'server_error' });
  telemetry.attempt('gpt-4o/mock-1', { kind: 'client_left' });
  expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([
    { outcome: 'unauthorized' },
    { outcome: 'unauthorized' },
    {
      level: 'warn',
      endpoint: 'gpt-4o/mock-1',
      outcome: 'server_error',
      msg: expect.stringMatching(/^attempt failed: /),
    },
  ]);
});

test.each([
  [
    'an answer of the proxy with a status of 500 and more',
    { status: 502, termination: { by: 'proxy', phase: 'respond' } },
    'warn',
  ],
  ['an answer that broke off at the endpoint', { termination: { by: 'upstream', phase: 'respond' } }, 'warn'],
  ['a refused request', { status: 404, termination: { by: 'proxy', phase: 'resolve' } }, 'info'],
  ['a client that left', { status: 499, termination: { by: 'client', phase: 'respond' } }, 'info'],
] as const)('the line of %s has its level', (_what, fields, level) => {
  const { telemetry, lines } = bench();
  telemetry.exchange({ ...RECORD, ...fields });
  expect(JSON.parse(lines[0]!)).toMatchObject({ level, msg: 'request' });
});

test('at the level warn only failed requests leave a line', () => {
  const { telemetry, lines } = bench({ level: 'warn' });
  telemetry.exchange(RECORD);
  telemetry.exchange({ ...RECORD, status: 503, termination: { by: 'proxy', phase: 'forward' } });
  expect(lines).toHaveLength(1);
});

test('metrics tell what runs, what memory holds, whether Redis is up and what was ejected or reloaded', async () => {
  const { telemetry } = bench();
  telemetry.configured(true, false);
  telemetry.ejected('gpt-4o/mock-1', 'server_error', 'local');
  const first = await textOf(telemetry.metricsPieces());
  telemetry.configured(false, true);
  const text = await textOf(telemetry.metricsPieces());
  expect(first).toContain('llmproxy_config_last_reload_successful 1');
  for (const line of [
    `llmproxy_build_info{version="1.2.3",node="${process.version}"} 1`,
    'llmproxy_cache_entries 2',
    'llmproxy_cache_bytes 300',
    'llmproxy_cache_evictions_total 5',
    'llmproxy_redis_up 1',
    'llmproxy_flights 4',
    'llmproxy_ejections_total{endpoint="gpt-4o/mock-1",outcome="server_error",origin="local"} 1',
    'llmproxy_endpoint_operation_out{endpoint="gpt-4o/mock-1",operation="images",state="probing"} 1',
    'llmproxy_config_reloads_total{result="refused"} 1',
    'llmproxy_config_last_reload_successful 0',
    'llmproxy_config_last_reload_success_timestamp_seconds 1750000000',
  ]) {
    expect(text.split('\n')).toContain(line);
  }
  expect(text).toMatch(/^nodejs_eventloop_lag_seconds\{quantile="0\.99"\} [\d.e-]+$/m);
});

test('metrics have the names of OpenTelemetry, in seconds, and those of the proxy', async () => {
  const { telemetry } = bench();
  telemetry.exchange(RECORD);
  telemetry.exchange({ ...RECORD, cache: 'hit', attempts: 0 });
  telemetry.generation(GENERATION);
  telemetry.attempt('gpt-4o/mock-1', { kind: 'ok' });
  const text = await textOf(telemetry.metricsPieces());
  const common = 'gen_ai_operation_name="chat",gen_ai_request_model="gpt-4o",gen_ai_provider_name="mock"';
  expect(text).toContain(`gen_ai_client_operation_duration_seconds_sum{${common},error_type=""} 1.500123456`);
  expect(text).toContain(`gen_ai_client_operation_duration_seconds_count{${common},error_type=""} 1`);
  expect(text).toContain(`gen_ai_server_time_to_first_token_seconds_sum{${common}} 0.0305`);
  expect(text).toContain(`gen_ai_client_token_usage_sum{${common},gen_ai_token_type="input"} 10`);
  expect(text).toContain(`gen_ai_client_token_usage_sum{${common},gen_ai_token_type="output"} 20`);
  expect(text).toContain(
    'llmproxy_requests_total{operation="chat.completions",model="gpt-4o",status="200",cache="hit"} 1',
  );
  expect(text).toContain('llmproxy_cache_total{result="miss"} 1');
  expect(text).toContain('llmproxy_attempts_total{endpoint="gpt-4o/mock-1",outcome="ok"} 1');
  expect(text).toContain('llmproxy_endpoint_state{endpoint="gpt-4o/mock-1",state="ejected"} 1');
  expect(text).toContain('llmproxy_endpoint_state{endpoint="gpt-4o/mock-1",state="admitting"} 0');
  expect(text).toContain('llmproxy_in_flight{endpoint="gpt-4o/mock-1"} 3');
  expect(text).toMatch(/^process_cpu_user_seconds_total \d/m);
  expect(text).toMatch(/^process_resident_memory_bytes \d/m);
});

test('no text of a client becomes a label', async () => {
  const { telemetry } = bench();
  for (let i = 0; i < 50; i += 1) telemetry.exchange({ ...RECORD, model: `made-up-${i}`, status: 404 });
  const { model: _model, ...nameless } = RECORD;
  telemetry.exchange({ ...nameless, operation: 'models', cache: 'none' });
  const text = await textOf(telemetry.metricsPieces());
  expect(text).not.toContain('made-up');
  expect(text).toContain('model="other",status="404",cache="miss"} 50');
  expect(text).toContain('operation="models",model="none"');
});

test('a wildcard model takes the names that are not configured, and a new configuration brings new names', async () => {
  const { telemetry } = bench({}, ['*']);
  telemetry.exchange({ ...RECORD, model: 'made-up' });
  telemetry.configure({ models: ['made-up', '*'], endpoints: [] });
  telemetry.exchange({ ...RECORD, model: 'made-up' });
  const text = await textOf(telemetry.metricsPieces());
  expect(text).toContain('model="*",status="200",cache="miss"} 1');
  expect(text).toContain('model="made-up",status="200",cache="miss"} 1');
});

test('two instances in one process count for themselves', async () => {
  const one = bench();
  const other = bench();
  one.telemetry.exchange(RECORD);
  expect(one.telemetry.counters().requests).toBe(1);
  expect(other.telemetry.counters().requests).toBe(0);
  expect(await textOf(other.telemetry.metricsPieces())).not.toContain('llmproxy_requests_total{');
});

test('counters tell who is at fault and what the cache did', () => {
  const { telemetry } = bench();
  telemetry.exchange(RECORD);
  telemetry.exchange({ ...RECORD, cache: 'joined', status: 503 });
  telemetry.exchange({ ...RECORD, cache: 'bypass', status: 404 });
  telemetry.exchange({ ...RECORD, status: 499, termination: { by: 'client', phase: 'forward' } });
  expect(telemetry.counters()).toEqual({
    requests: 4,
    client_errors: 1,
    server_errors: 1,
    client_left: 1,
    cache: { hit: 0, miss: 2, joined: 1, stale: 0, bypass: 1, none: 0 },
    tokens: { input: 40, output: 80, cached: 16 },
    generations: {
      total: 0,
      tokens: { input: 0, output: 0, cached: 0 },
      estimated_tokens: { input: 0, output: 0 },
    },
  });
});

test('a generation is counted once, and estimated tokens stand apart from those that the provider said', async () => {
  const { telemetry } = bench();
  telemetry.generation(GENERATION);
  // A failover after a billed attempt: one part was stated, the other was not.
  telemetry.generation({ ...GENERATION, outcome: 'cut', estimated: { input: 7, output: 3 } });
  telemetry.generation({ ...GENERATION, outcome: 'server_error', status: 503, ttftMs: undefined, stated: undefined });
  expect(telemetry.counters()).toMatchObject({
    requests: 0,
    generations: {
      total: 3,
      tokens: { input: 20, output: 40, cached: 8 },
      estimated_tokens: { input: 7, output: 3 },
    },
  });
  const text = await textOf(telemetry.metricsPieces());
  const common = 'gen_ai_operation_name="chat",gen_ai_request_model="gpt-4o",gen_ai_provider_name="mock"';
  expect(text).toContain(`gen_ai_client_token_usage_count{${common},gen_ai_token_type="input"} 2`);
  expect(text).toContain('llmproxy_estimated_tokens_total{model="gpt-4o",type="input"} 7');
  expect(text).toContain('llmproxy_estimated_tokens_total{model="gpt-4o",type="output"} 3');
  for (const error of ['', 'cut', '503']) {
    expect(text).toContain(`gen_ai_client_operation_duration_seconds_count{${common},error_type="${error}"} 1`);
  }
});

test('an operation that generates nothing leaves no series of generations', async () => {
  const { telemetry } = bench();
  telemetry.generation({ ...GENERATION, operation: 'passthrough' });
  expect(await textOf(telemetry.metricsPieces())).not.toContain('gen_ai_client_operation_duration_seconds_count');
});

async function textOf(pieces: AsyncIterable<string>): Promise<string> {
  let text = '';
  for await (const piece of pieces) text += piece;
  return text;
}

test('the text of thousands of models comes in pieces, with a turn between them', async () => {
  const names = Array.from({ length: 5_000 }, (_, index) => `m${index}`);
  const readings = (): EndpointReading[] =>
    names.map((id) => ({ id, state: 'admitting', in_flight: 1, operations_out: [] }));
  const metrics = new Metrics(readings, bench().system);
  const labels = new Labels({ models: names, endpoints: names.map((id) => ({ id, provider: 'mock' })) });
  for (const model of names) {
    metrics.exchange({ ...RECORD, model, endpoint: model }, labels);
    metrics.generation({ ...GENERATION, model, endpoint: model }, labels);
    metrics.attempt(model, 'ok');
  }
  let turns = 0;
  const pieces: string[] = [];
  const turn = (): Promise<void> => Promise.resolve(void (turns += 1));
  for await (const piece of metrics.pieces(turn)) {
    pieces.push(piece);
    expect(turns).toBe(pieces.length - 1);
  }
  const text = pieces.join('');
  expect(text.length).toBeGreaterThan(20_000_000);
  expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThan(80_000);
  expect(text.match(/^llmproxy_requests_total\{/gm)).toHaveLength(5_000);
  expect(text.match(/^llmproxy_in_flight\{.*\} 1$/gm)).toHaveLength(5_000);
  expect(text.match(/^llmproxy_endpoint_state\{/gm)).toHaveLength(15_000);
  for (const piece of pieces) {
    expect(piece.endsWith('\n')).toBe(true);
    expect(piece.match(/^# HELP /gm)?.length).toBe(piece.match(/^# TYPE /gm)?.length);
  }
});

test('second attempts are counted by whose answer was taken', async () => {
  const { telemetry } = bench();
  telemetry.generation(GENERATION);
  telemetry.generation({ ...GENERATION, hedge: 'second' });
  telemetry.generation({ ...GENERATION, hedge: 'second' });
  telemetry.generation({ ...GENERATION, hedge: 'none', outcome: 'server_error' });
  const text = await textOf(telemetry.metricsPieces());
  expect(text).toContain('llmproxy_hedges_total{model="gpt-4o",answer="second"} 2');
  expect(text).toContain('llmproxy_hedges_total{model="gpt-4o",answer="none"} 1');
  expect(text).not.toContain('answer="first"');
});

test('the access line says that an attempt was made beside another', () => {
  const { telemetry, lines } = bench();
  telemetry.exchange({ ...RECORD, attempts: 2, hedged: true });
  telemetry.exchange({ ...RECORD, hedged: false });
  expect(lines.map((line) => (JSON.parse(line) as { hedged?: boolean }).hedged)).toEqual([true, undefined]);
});
