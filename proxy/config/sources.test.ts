import { inspect } from 'node:util';
import { expect, test } from 'vitest';

import { parseConfig, type ReadConfig } from './load.ts';
import type { LoadOptions } from './origin.ts';
import { checkText, describeConfig, sourceText, type ConfigRow } from './sources.ts';

const MOCKS = 'models: {m: {endpoints: [{provider: mock}]}}';

function load(text: string, options: Partial<LoadOptions> = {}): ReadConfig {
  return parseConfig(text, 'file.yaml', { environment: {}, ...options });
}

function shown(loaded: ReadConfig): Record<string, readonly [ConfigRow['value'], string]> {
  return Object.fromEntries(
    describeConfig(loaded).map(({ path, value, source }) => [path, [value, sourceText(source)]]),
  );
}

test('each value has its source: a line, a variable, the default of a variable, an option, the proxy itself', () => {
  const text = [
    'server: {port: "${PORT}", cors: "${A:-http://a},http://b"}',
    'log: {level: debug}',
    'cache: {ttl: "${TTL:-2d}"}',
    MOCKS,
  ].join('\n');
  const rows = shown(load(text, { environment: { PORT: '4100' }, overrides: { host: 'localhost', logLevel: 'warn' } }));
  expect(rows).toMatchObject({
    'server.host': ['localhost', '--host'],
    'server.port': [4100, '${PORT} (file.yaml:1)'],
    'server.cors': [['http://a', 'http://b'], 'default of ${A} (file.yaml:1)'],
    'log.level': ['warn', '--log-level'],
    'log.format': ['auto', 'default'],
    'cache.ttl': ['2d', 'default of ${TTL} (file.yaml:3)'],
    'models.m.endpoints[0].provider': ['mock', 'file.yaml:4'],
    'auto.attempts': [3, 'default'],
  });
  expect(Object.keys(rows).filter((path) => /^(?:database|governance|gateway|credentials)\b/.test(path))).toEqual([]);
});

test('what follows from another setting names it, and where that one comes from', () => {
  const rows = shown(
    load(
      `
routing: {attempts: 2, timeouts: {idle: 5s}}
providers: {openai: {api_key: "\${KEY}"}}
models:
  m:
    health_check: {interval: 20s}
    fallbacks: [n]
    routing: {timeouts: {connect: 1s}}
    endpoints: [{provider: openai}]
  n: {endpoints: [{provider: mock}, {provider: mock, name: b}]}
`,
      { environment: { KEY: 'sk-0123456789' } },
    ),
  );
  expect(rows).toMatchObject({
    'models.m.routing.attempts': [2, 'routing.attempts (file.yaml:2)'],
    'models.m.routing.timeouts.idle': ['5s', 'routing.timeouts.idle (file.yaml:2)'],
    'models.m.routing.timeouts.connect': ['1s', 'file.yaml:8'],
    'models.m.routing.timeouts.total': ['15m', 'routing.timeouts.total (default)'],
    'models.m.cache.ttl': ['7d', 'cache.ttl (default)'],
    'models.m.context_fallbacks': [['n'], 'models.m.fallbacks (file.yaml:7)'],
    'models.m.endpoints[0].health_check.interval': ['20s', 'models.m.health_check.interval (file.yaml:6)'],
    'models.m.endpoints[0].api_key': ['***', 'providers.openai.api_key (${KEY} (file.yaml:3))'],
    'models.m.endpoints[0].base_url': ['https://api.openai.com/v1', 'models.m.endpoints[0].provider (file.yaml:9)'],
    'models.n.endpoints[0].name': ['mock-1', 'default'],
    'models.n.endpoints[1].name': ['b', 'file.yaml:10'],
    'auth.admin': ['loopback', 'default'],
    'passthrough.model': ['m', 'models'],
  });
  expect(rows['models.n.endpoints[0].api_key']).toBeUndefined();
});

test('values that come by an alias or a merged mapping have the source of what they are written as', () => {
  const rows = shown(
    load(
      `
models:
  m:
    endpoints:
      - &first {provider: openai, name: "\${NAME}", api_key: none, weight: 3}
      - {<<: *first, name: second}
  n: {endpoints: [*first]}
`,
      { environment: { NAME: 'one' } },
    ),
  );
  expect(rows).toMatchObject({
    'models.m.endpoints[1].weight': [3, 'file.yaml:5'],
    'models.m.endpoints[1].name': ['second', 'file.yaml:6'],
    'models.n.endpoints[0].name': ['one', '${NAME} (file.yaml:5)'],
  });
});

const SECRETS = {
  REDIS: 'redis://:rrrrrrrr@127.0.0.1:6379',
  TOKEN: 'tttttttttt',
  KEY: 'kkkkkkkkkkkk',
  HEADER: 'hhhhhhhhhh',
  SERVICE: 'ssssssssss',
  HOOK: 'wwwwwwwwww',
  LLMPROXY_DATABASE_URL: 'postgres://u:pppppppp@db/x',
  LLMPROXY_MASTER_KEY: 'm'.repeat(64),
};

test('no credential is shown, also not in part, nor in a setting that is none; what says that there is none is', () => {
  const loaded = load(
    `
auth: {admin_token: "\${TOKEN}"}
redis: {url: "\${REDIS}"}
cache: {namespace: "x-\${KEY}"}
governance: {webhook: {url: "https://hooks.test/T0/\${HOOK}", secret: "\${HOOK}"}}
gateway: {service_key: "\${SERVICE}"}
providers: {openai: {api_key: "\${KEY}"}}
models:
  m:
    endpoints:
      - {provider: openai, headers: {X-Mine: "\${HEADER}"}}
      - {provider: openai, name: b, api_key: forward}
      - {provider: ollama, api_key: "none"}
`,
    { environment: SECRETS },
  );
  const all = JSON.stringify(describeConfig(loaded));
  for (const value of Object.values(SECRETS)) expect(all).not.toContain(value.slice(-6));
  expect(inspect(loaded.origin) + JSON.stringify(loaded.origin)).not.toContain('admin_token');
  expect(shown(loaded)).toMatchObject({
    'auth.admin_token': ['***', '${TOKEN} (file.yaml:2)'],
    'cache.namespace': ['x-***', '${KEY} (file.yaml:4)'],
    'governance.webhook.url': ['https://hooks.test/***', '${HOOK} (file.yaml:5)'],
    'database.url': ['***', 'environment variable LLMPROXY_DATABASE_URL'],
    'models.m.endpoints[0].headers.X-Mine': ['***', '${HEADER} (file.yaml:11)'],
    'models.m.endpoints[1].api_key': ['forward', 'file.yaml:12'],
    'models.m.endpoints[2].api_key': ['none', 'file.yaml:13'],
    LLMPROXY_MASTER_KEY: ['***', 'environment variable LLMPROXY_MASTER_KEY'],
  });
});

test('a text is judged against what is in force: faults with places, else what would be another value', () => {
  const current = load(`routing: {attempts: 2, timeouts: {idle: 1m}}\nlog: {level: debug}\n${MOCKS}`);
  const broken = checkText('log: {level: loud}\nmodels: {}', current, 'pasted');
  expect(broken.faults).toMatchObject([
    { source: 'pasted', line: 1, column: 14, path: 'log.level' },
    { path: 'models' },
  ]);
  expect(broken.difference).toEqual([]);
  const text =
    'routing: {attempts: 4, timeouts: {idle: 60s}}\nserver: {cors: "*"}\nmodels: {m: {endpoints: [{provider: mock}]}, n: {endpoints: [{provider: mock, weight: 2}]}}';
  const { faults, warnings, difference } = checkText(text, current);
  expect(faults).toEqual([]);
  expect(warnings).toMatchObject([{ source: 'text', line: 2, path: 'server.cors' }]);
  expect(difference.map(({ path, change, before, after }) => [path, change, before, after])).toEqual([
    ['server.cors', 'changed', [], ['*']],
    ['routing.attempts', 'changed', 2, 4],
    ['log.level', 'changed', 'debug', 'info'],
    ['models.n.endpoints[0].provider', 'added', undefined, 'mock'],
    ['models.n.endpoints[0].weight', 'added', undefined, 2],
  ]);
  expect(checkText(MOCKS, load(text)).difference.filter(({ change }) => change === 'removed')).toHaveLength(2);
});

test('a judged text opens no file, and shows no value of a variable', () => {
  const environment = { OTHER: 'oooooooooo', NEW: 'nnnnnnnn' };
  const current = load(`auth: {admin_token: aaaaaaaa}\n${MOCKS}`, { environment });
  const text = `cache: {key_file: /etc/passwd-not-there, namespace: "\${OTHER}"}\nauth: {admin_token: "\${NEW}"}\n${MOCKS}`;
  const { faults, difference } = checkText(text, current);
  expect(faults).toEqual([]);
  expect(difference).toMatchObject([
    { path: 'auth.admin_token', change: 'changed', secret: true, before: '***', after: '***' },
    { path: 'cache.namespace', after: '${OTHER}' },
    { path: 'cache.key_file', after: '/etc/passwd-not-there' },
  ]);
  const quoted = checkText(`passthrough: {model: "\${OTHER}"}\n${MOCKS}`, current);
  expect(quoted.faults).toMatchObject([
    { path: 'passthrough.model', message: 'expected the name of a model, found ***' },
  ]);
  expect(checkText('models: [', current).faults[0]).toMatchObject({ line: 1 });
});

test('the name that an endpoint has from its address shows no value of a variable', () => {
  const environment = { HOST: 'HiddenPart-01' };
  const endpoint = (rest: string): string => `models: {m: {endpoints: [{provider: openai, ${rest}}]}}`;
  const current = load(endpoint('api_key: none, base_url: "https://known.test/v1"'), { environment });
  const judged = (rest: string) => checkText(endpoint(rest), current);
  const { faults, difference } = judged('api_key: none, base_url: "https://${HOST}.test/v1"');
  expect(faults).toEqual([]);
  expect(difference).toMatchObject([
    { path: 'models.m.endpoints[0].name', before: 'known.test', after: '***' },
    { path: 'models.m.endpoints[0].base_url', after: 'https://${HOST}.test/v1' },
  ]);
  const left = JSON.stringify(judged('api_key: "", base_url: "https://${HOST}.test/v1"'));
  expect(left).toContain('is left out');
  expect(left).not.toMatch(/hiddenpart/i);
});
