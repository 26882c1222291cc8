import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { ConfigError } from '../../proxy/config/fault.ts';
import { parseConfig } from '../../proxy/config/load.ts';
import { configSchema } from '../../proxy/config/schema/index.ts';
import { TEMPLATE } from '../../proxy/config/template.ts';
import { renderConfigSchema } from '../../tools/config-schema.ts';
import { documents, fencedBlocks } from './markdown.ts';
import { readSource, repositoryFiles } from './sources.ts';

const schema = JSON.parse(readSource('llmproxy.schema.json')) as object;
const ajv = new Ajv({ strict: false });
const judge = ajv.compile(schema);
/** Excerpts show the part they speak of; `models` may be elsewhere. */
const judgePart = ajv.compile({ ...schema, required: [] });

const read = (text: string): unknown => parse(text, { merge: true });

/** YAML that is no configuration has another name at the top, or none. */
function isConfiguration(value: unknown): boolean {
  const names = typeof value === 'object' && value !== null ? Object.keys(value) : [];
  return names.some((name) => name in configSchema.shape);
}

const blocks = documents().flatMap((file) =>
  fencedBlocks(readSource(file))
    .filter(({ language, code }) => /^ya?ml$/.test(language) && isConfiguration(read(code)))
    .map(({ code, line }) => ({ place: `${file}:${line}`, code })),
);
const files = repositoryFiles()
  .filter(
    (file) => /\.ya?ml$/.test(file) && !file.startsWith('deploy/helm/') && isConfiguration(read(readSource(file))),
  )
  .map((file) => ({ place: file, code: readSource(file) }));

test('llmproxy.schema.json is what the schema of the configuration says today', () => {
  expect(readSource('llmproxy.schema.json'), 'run `npm run docs`').toBe(renderConfigSchema());
});

test('most YAML of the repository is configuration, and is judged', () => {
  expect(blocks.length).toBeGreaterThan(35);
  expect(files.map(({ place }) => place)).toEqual([
    'deploy/config/llmproxy.yaml',
    'llmproxy.integration.yaml',
    'llmproxy.test.yaml',
    'llmproxy.yaml',
  ]);
});

describe.each([...blocks, ...files, { place: 'llmproxy init', code: TEMPLATE }])('$place', ({ code }) => {
  test('fits the JSON Schema', () => {
    judgePart(read(code));
    expect(judgePart.errors ?? []).toEqual([]);
  });
});

const endpoints = (members: string): string => `models: { m: { endpoints: [ { ${members} } ] } }`;
const MODELS = endpoints('provider: mock');

function isRefused(text: string): boolean {
  try {
    parseConfig(text, 'test.yaml', { environment: { KEY: 'sk-1', PORT: '8080' } });
    return false;
  } catch (error) {
    if (error instanceof ConfigError) return true;
    throw error;
  }
}

test.each([
  `prot: 1\n${MODELS}`,
  'server: { port: 4000 }',
  'models: []',
  'models: { m: { endpoints: [] } }',
  'models: { m: {} }',
  endpoints('provider: openia, api_key: k'),
  endpoints('provider: mock, weight: -1'),
  endpoints('provider: mock, weight: heavy'),
  endpoints('provider: mock, wieght: 1'),
  endpoints('provider: mock, price: { input: 1 }'),
  endpoints('provider: mock, health_check: { path: health }'),
  `server: { port: 70000 }\n${MODELS}`,
  `server: { allow_public: yes-please }\n${MODELS}`,
  `cache: { ttl: 7 days }\n${MODELS}`,
  `cache: { ttl: 0 }\n${MODELS}`,
  `cache: { memory: 64 megabytes }\n${MODELS}`,
  `cache: { ignore: [ seed ] }\n${MODELS}`,
  `log: { level: loud }\n${MODELS}`,
  `routing: { retry_budget: 120 }\n${MODELS}`,
  `redis: { url: localhost }\n${MODELS}`,
  `prices: { m: { batch: 0.5 } }\n${MODELS}`,
  `plans: { default: { models: all } }\ndatabase: {}\n${MODELS}`,
])('both the schema and the proxy refuse %j', (text) => {
  expect({ schema: judge(read(text)), refused: isRefused(text) }).toEqual({ schema: false, refused: true });
});

test.each([
  MODELS,
  `server:\ncache:\n${MODELS}`,
  `server: { port: "\${PORT}", allow_public: "true" }\n${MODELS}`,
  `server: { port: "8080", trusted_hosts: "a.example, b.example" }\n${MODELS}`,
  `log: { level: "\${LEVEL:-info}" }\n${MODELS}`,
  `cache: { ttl: 1h30m, stale: 0, memory: 1048576 }\n${MODELS}`,
  `routing: { retry_budget: 12.5% }\n${MODELS}`,
  `prices: { m: { request: 0.01 } }\n${MODELS}`,
  endpoints('provider: openai, api_key: "${KEY}", headers: { x-team: "${KEY}" }'),
])('both the schema and the proxy take %j', (text) => {
  expect({ schema: judge(read(text)), refused: isRefused(text) }).toEqual({ schema: true, refused: false });
});
