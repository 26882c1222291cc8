import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';

import { expect, test } from 'vitest';

import { secretsOf } from './config.ts';
import { ConfigError } from './fault.ts';
import { loadConfig, parseConfig } from './load.ts';
import type { LoadOptions, Loaded } from './load.ts';

const MOCK = 'models: { m: { endpoints: [ { provider: mock } ] } }';

function parse(text: string, options: Partial<LoadOptions> = {}): Loaded {
  return parseConfig(text, 'test.yaml', { environment: {}, ...options });
}

function faults(text: string, options: Partial<LoadOptions> = {}): string[] {
  try {
    parse(text, options);
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n');
    throw error;
  }
  return [];
}

test('a file with nothing but a model gets every default', () => {
  const { config, warnings } = parse(MOCK);
  expect(warnings).toEqual([]);
  expect(config.server).toEqual({
    host: '127.0.0.1',
    port: 4000,
    cors: [],
    bodyLimit: 33_554_432,
    streamKeepaliveMs: 30_000,
    drainTimeoutMs: 600_000,
    allowPublic: false,
    responseSockets: 1_000,
    workers: 1,
    queue: { size: 1_000, timeoutMs: 30_000 },
  });
  expect(config.responses).toEqual({
    ttlMs: 2_592_000_000,
    memory: 67_108_864,
    maxEntry: 8_388_608,
    background: 100,
  });
  expect(config.auth).toEqual({ admin: 'loopback', requireKey: false });
  expect(config.redis).toEqual({ prefix: 'llmproxy', timeoutMs: 50 });
  expect(config.cache).toMatchObject({ enabled: true, ttlMs: 604_800_000, staleMs: 3_600_000, memory: 268_435_456 });
  expect(config.cache.ignore).toEqual(['user', 'metadata', 'safety_identifier', 'prompt_cache_key']);
  expect(config.routing).toEqual({
    attempts: 3,
    allowedFails: 3,
    cooldownMs: 30_000,
    retryBudget: 20,
    translation: 'lenient',
    timeouts: {
      connectMs: 5_000,
      firstByteMs: 120_000,
      firstContentMs: 300_000,
      answerMs: 600_000,
      idleMs: 120_000,
      totalMs: 900_000,
    },
  });
  expect(config.passthrough).toMatchObject({ model: 'm', replayLimit: 4 * 1024 * 1024 });
  expect(config.passthrough.allow).toContain('files');
  expect(config.passthrough.allow).not.toContain('organization');
  expect(config.passthrough.allow).not.toContain('projects');
});

test('the secret of the cache is read from its file, without the end of its line', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'llmproxy-key-'));
  try {
    const file = join(folder, 'key');
    const withFile = `cache: { key_file: ${JSON.stringify(file)} }\n${MOCK}`;
    expect(faults(withFile)).toEqual([expect.stringMatching(/cache\.key_file.*a file that can be read.*ENOENT/)]);
    await writeFile(file, `${'k'.repeat(31)}\n`);
    expect(faults(withFile)).toEqual([expect.stringMatching(/cache\.key_file.*at least 32 bytes.*found 31/)]);
    await writeFile(file, `${'k'.repeat(32)}\r\n`);
    const { config } = parse(withFile);
    expect(config.cache.key?.reveal()).toBe('k'.repeat(32));
    expect(secretsOf(config).map((secret) => secret.reveal())).toContain('k'.repeat(32));
    expect(parse(MOCK).config.cache.key).toBeUndefined();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test.each(['principal', 'shared', 'customer', 'team', 'user', 'key'])('cache.scope takes %s', (scope) => {
  expect(parse(`cache: { scope: ${scope} }\n${MOCK}`).config.models[0]?.cache.scope).toBe(scope);
});

test('the cache is scoped by principal unless the file says otherwise', () => {
  expect(parse(MOCK).config.cache.scope).toBe('principal');
  expect(faults(`cache: { scope: everyone }\n${MOCK}`)).toHaveLength(1);
});

test('a model says for itself what differs and takes the rest from the general sections', () => {
  const { config } = parse(`
cache: { ttl: 1h, namespace: general }
routing: { attempts: 5, timeouts: { idle: 10s } }
models:
  m:
    strategy: sticky
    sticky: { by: "header:X-Session" }
    cache: { enabled: false, ttl: 2h }
    routing: { timeouts: { connect: 1s } }
    endpoints: [ { provider: mock } ]
`);
  const model = config.models[0]!;
  expect(model.cache).toMatchObject({ enabled: false, ttlMs: 7_200_000, namespace: 'general' });
  expect(model.routing).toMatchObject({
    attempts: 5,
    timeouts: { connectMs: 1_000, firstByteMs: 120_000, idleMs: 10_000, answerMs: 600_000 },
  });
  expect(model.stickyBy).toEqual({ kind: 'header', name: 'x-session' });
});

test('a file that bounds the first byte and not the whole answer is told what each of them bounds', () => {
  const warnings = (routing: string, own: string): readonly string[] =>
    parse(`
routing: ${routing}
models:
  m:
    routing: ${own}
    endpoints: [ { provider: mock } ]
`).warnings;
  const advice =
    'bounds the head of a stream only; an answer that does not stream may take 10m: set timeouts.answer to bound it';
  expect(warnings('{ timeouts: { first_byte: 60s } }', '{}')).toEqual([
    `test.yaml:2:36 routing.timeouts.first_byte: ${advice}`,
  ]);
  expect(warnings('{}', '{ timeouts: { first_byte: 60s } }')).toEqual([
    `test.yaml:5:40 models.m.routing.timeouts.first_byte: ${advice}`,
  ]);
  expect(warnings('{ timeouts: { first_byte: 60s, answer: 60s } }', '{ timeouts: { first_byte: 1s } }')).toEqual([]);
  expect(warnings('{}', '{ timeouts: { first_byte: 1s, answer: 2s } }')).toEqual([]);
  expect(warnings('{ timeouts: { idle: 1s } }', '{}')).toEqual([]);
});

test.each([
  ['20%', 20],
  ['12.5 %', 12.5],
  ['0', 0],
  ['100', 100],
])('a retry budget of %s is %d percent', (text, percent) => {
  expect(parse(`routing: { retry_budget: ${text} }\n${MOCK}`).config.models[0]?.routing.retryBudget).toBe(percent);
});

test.each(['101%', '-1', 'some', '5%%'])('a retry budget of %s is refused', (text) => {
  expect(faults(`routing: { retry_budget: "${text}" }\n${MOCK}`)).toEqual([
    `test.yaml:1:26 routing.retry_budget: expected a percentage from 0% to 100%, found "${text}"`,
  ]);
});

test('every fault of a file is told at once, with its place, what was expected and what was found', () => {
  const text = `server: { prot: 4000 }
routing:
  cooldown: 30
models:
  gpt-4.1:
    strategy: wieghted
    endpoints:
      - { provider: openai, base_url: "ftp://x", weight: -1 }
`;
  expect(faults(text)).toEqual([
    'test.yaml:1:11 server.prot: unknown key; did you mean port?',
    'test.yaml:3:13 routing.cooldown: expected a duration such as 250ms, 30s, 1h30m or 7d, from 1ms to 1d, found 30',
    'test.yaml:6:15 models["gpt-4.1"].strategy: expected one of weighted, round-robin, least-busy, fastest, cheapest, sticky, random, found "wieghted"; did you mean weighted?',
    'test.yaml:8:39 models["gpt-4.1"].endpoints[0].base_url: expected an http or https address such as https://api.openai.com/v1, without credentials, query or operation path, found "ftp://x"',
    'test.yaml:8:58 models["gpt-4.1"].endpoints[0].weight: expected a whole number from 0 to 1000, found -1',
  ]);
});

test.each([
  ['server: {}', 'models: expected a mapping, found nothing'],
  ['', 'models: expected a mapping, found nothing'],
  ['just text', 'expected a mapping, found "just text"'],
  ['models: {}', 'expected at least one model, found none'],
  ['models: { m: { endpoints: [] } }', 'expected at least one entry, found an empty list'],
  ['models: { m: { endpoints: [ { provider: openai } ] } }', 'expected an api_key (a key, forward or none)'],
  ['a: 1\na: 2', 'test.yaml:2:1: not valid YAML: the same key stands twice'],
  ['a:\n\tb: 1', 'a tab cannot indent'],
  ['a: *nowhere', 'not valid YAML'],
  ['auth: { admin: token }\n' + MOCK, 'expected an auth.admin_token'],
  ['passthrough: { model: n }\n' + MOCK, 'did you mean m?'],
  [
    'models: { m: { endpoints: [ { provider: mock, name: a }, { provider: mock, name: a } ] } }',
    'found "a" a second time',
  ],
])('%j is refused', (text, sentence) => {
  expect(faults(text).join('\n')).toContain(sentence);
});

test('a fault of a single field does not hide the faults of the whole', () => {
  const text = `server: { host: 0.0.0.0 }
log: { level: loud }
models:
  broken: { strategy: 5, endpoints: [ { provider: mock } ] }
  empty: { endpoints: [ { provider: openai, api_key: "" } ] }
`;
  const found = faults(text);
  expect(found).toHaveLength(4);
  expect(found[0]).toContain('server.host: refused');
  expect(found[1]).toContain('log.level');
  expect(found[2]).toContain('models.broken.strategy');
  expect(found[3]).toContain('models.empty.endpoints');
});

test('a check says nothing of a section that is broken', () => {
  const found = faults(`server: { host: 0.0.0.0 }\nauth: { admin_token: [] }\n${MOCK}`);
  expect(found).toHaveLength(1);
  expect(found[0]).toContain('auth.admin_token');
});

test('all missing variables stand in one message, each with its lines', () => {
  const text = `redis: { url: "\${A}" }
models:
  m:
    endpoints:
      - { provider: openai, api_key: "\${B}" }
      - { provider: openai, api_key: "\${A}", base_url: "\${EMPTY:-https://x.example}" }
`;
  const [only, ...others] = faults(text, { environment: { EMPTY: '' } });
  expect(only).toContain('2 environment variables are not set: A (line 1, 6), B (line 5)');
  expect(others).toEqual([]);
});

test('variables fill in values, numbers too; a commented line needs none; $${…} stays', () => {
  const { config } = parse(
    `server: { port: "\${PORT}" } # \${COMMENTED}
models: { m: { endpoints: [ { provider: openai, api_key: "\${KEY:-none}", model: "$\${KEY}" } ] } }`,
    { environment: { PORT: '8080' } },
  );
  expect(config.server.port).toBe(8080);
  expect(config.models[0]?.endpoints[0]).toMatchObject({ credential: { kind: 'none' }, upstreamModel: '${KEY}' });
});

test('an endpoint with an empty key is left out with a warning; a model left with none is a fault', () => {
  const endpoint = '{ provider: openai, api_key: "${KEY:-}" }';
  const { config, warnings } = parse(`models: { m: { endpoints: [ ${endpoint}, { provider: mock } ] } }`);
  expect(config.models[0]?.endpoints.map(({ id }) => id)).toEqual(['m/mock-1']);
  expect(warnings).toEqual([
    'test.yaml:1:29 models.m.endpoints[0]: the endpoint m/api.openai.com is left out: its api_key is empty; set KEY',
  ]);
  expect(faults(`models: { m: { endpoints: [ ${endpoint} ] } }`).join()).toMatch(
    /every endpoint of m is left out because its api_key is empty; set KEY$/,
  );
});

test('endpoints are named by position or host, and bundled mocks of one name are one server', () => {
  const { config } = parse(`
models:
  a: { endpoints: [ { provider: mock }, { provider: openai, api_key: k }, { provider: openai, api_key: l }, { provider: mock } ] }
  b: { endpoints: [ { provider: mock }, { provider: mock, base_url: "http://127.0.0.1:9/v1" } ] }
`);
  expect(config.models.flatMap(({ endpoints }) => endpoints.map(({ id }) => id))).toEqual([
    'a/mock-1',
    'a/api.openai.com',
    'a/api.openai.com-2',
    'a/mock-2',
    'b/mock-1',
    'b/127.0.0.1',
  ]);
  expect(config.models[1]?.endpoints[0]?.target).toEqual({ kind: 'bundled', server: 'mock-1' });
  expect(config.models[1]?.endpoints[1]?.target).toEqual({
    kind: 'url',
    origin: 'http://127.0.0.1:9',
    basePath: '/v1',
  });
});

test('a public address needs a word of permission, which an admin token is not', () => {
  const on = (auth: string): string => `server: { host: 0.0.0.0 }\nauth: { ${auth} }\n${MOCK}`;
  expect(faults(on('')).join()).toContain('server.allow_public: true');
  expect(faults(on('')).join()).not.toContain('admin_token');
  expect(faults(on('admin_token: secret-token')).join()).toContain('admin_token protects only what operates the proxy');
  expect(parse(on('require_key: true')).config.auth).toEqual({ admin: 'loopback', requireKey: true });
  expect(parse(`server: { host: 0.0.0.0, allow_public: true }\n${MOCK}`).warnings).toEqual([]);
  const open = `server: { host: 0.0.0.0, allow_public: true }\nauth: { admin: open }\n${MOCK}`;
  expect(faults(open).join()).toContain('every client could operate the proxy');
});

test('a proxy that asks for virtual keys where there are none says so, and one that any page may call says so', () => {
  const warned = (text: string): string => parse(`${text}\n${MOCK}`).warnings.join();
  expect(warned('auth: { require_key: true }')).toContain('auth.require_key: there are no virtual keys');
  expect(warned('auth: { require_key: false }')).toBe('');
  expect(warned('server: { cors: ["*"] }')).toContain('server.cors: every web page');
  expect(warned('server: { cors: ["https://app.example.com"] }')).toBe('');
});

test('the command line stands above the file and is checked like it', () => {
  const { config } = parse(`server: { port: 1 }\n${MOCK}`, { overrides: { port: '0', host: '::1', logLevel: 'warn' } });
  expect(config.server).toMatchObject({ host: '::1', port: 0 });
  expect(config.log.level).toBe('warn');
  expect(faults(MOCK, { overrides: { host: '0.0.0.0' } }).join()).toContain('allow_public');
  expect(faults(MOCK, { overrides: { port: 'x' } })).toEqual([
    'test.yaml server.port: expected a whole number from 0 to 65535, found "x"',
  ]);
});

test('no rendering of a configuration and no fault shows a credential', () => {
  const text = `
auth: { admin_token: hush-admin }
redis: { url: "redis://:hush-redis@127.0.0.1" }
models: { m: { endpoints: [ { provider: openai, api_key: hush-key, headers: { X-Key: hush-header } } ] } }
`;
  const { config } = parse(text);
  expect(JSON.stringify(config) + inspect(config, { depth: 20 })).not.toContain('hush');
  expect(secretsOf(config).map((secret) => secret.reveal())).toEqual([
    'hush-admin',
    'redis://:hush-redis@127.0.0.1',
    'hush-key',
    'hush-header',
  ]);
  const bad = text
    .replaceAll('hush-', 'hush ')
    .replace('127.0.0.1"', '127 0"')
    .replace('hush header', '"hush\\nheader"');
  expect(faults(bad).length).toBe(4);
  expect(faults(bad).join('\n')).not.toContain('hush');
});

test('credentials in a base_url are refused and not repeated', () => {
  const text =
    'models: { m: { endpoints: [ { provider: openai, api_key: k, base_url: "https://u:hush@x/v1?key=hush" } ] } }';
  expect(faults(text).join()).toContain('without credentials');
  expect(faults(text).join()).not.toContain('hush');
});

test('a file that is not there is one fault that says what to do', () => {
  const load = (): Loaded => loadConfig('/nowhere/llmproxy.yaml', { environment: {} });
  expect(load).toThrow(ConfigError);
  expect(load).toThrow('there is no such file; `llmproxy init` writes one');
});

test('anchors, aliases and merge keys work', () => {
  const { config } = parse(`
models:
  a: &a { strategy: random, endpoints: [ { provider: mock } ] }
  b: { <<: *a, strategy: weighted }
  c: *a
`);
  expect(config.models.map(({ name, strategy }) => [name, strategy])).toEqual([
    ['a', 'random'],
    ['b', 'weighted'],
    ['c', 'random'],
  ]);
});
