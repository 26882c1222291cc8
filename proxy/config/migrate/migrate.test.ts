import { expect, test } from 'vitest';

import { parseConfig } from '../load.ts';
import { migrate } from './migrate.ts';
import type { OtherTool } from './migrate.ts';

/** The configuration that the proxy reads out of the translation; every variable in it is set. */
function read(tool: OtherTool, text: string) {
  const { text: yaml, remarks } = migrate(tool, text);
  const names = [...yaml.matchAll(/\$\{(\w+)/g)].map((match) => [
    match[1] ?? '',
    match[1] === 'REDIS_URL' ? 'redis://r' : 'a-value',
  ]);
  const { config } = parseConfig(yaml, 'llmproxy.yaml', { environment: Object.fromEntries(names) });
  const model = (name: string) => config.models.find((one) => one.name === name);
  const places = remarks.map(({ path }) => path).toSorted();
  return { yaml, config, model, places, remarks: remarks.map(({ path, message }) => `${path}: ${message}`) };
}

const LITELLM = `
model_list:
  - model_name: gpt-4o
    litellm_params:
      { model: azure/my-4o, api_base: https://r.openai.azure.com, api_key: os.environ/AZURE_API_KEY, api_version: 2024-10-21, weight: 2, order: 1 }
    model_info: { id: eu-1, mode: chat, max_input_tokens: 128000 }
  - model_name: gpt-4o
    litellm_params: { model: openai/gpt-4o, api_key: os.environ/OPENAI_API_KEY, order: 2, max_parallel_requests: 50 }
  - model_name: claude
    litellm_params: { model: anthropic/claude-sonnet-4-5, input_cost_per_token: 0.000003, output_cost_per_token: 0.000015 }
  - model_name: local
    litellm_params: { model: hosted_vllm/qwen3, api_base: http://10.0.0.7:8000/v1, extra_headers: { x-team: search } }
  - model_name: "openai/*"
    litellm_params: { model: "openai/*" }
router_settings:
  routing_strategy: latency-based-routing
  model_group_alias: { gpt-4: gpt-4o }
  num_retries: 2
  allowed_fails: 5
  cooldown_time: 30
  timeout: 45.5
  redis_host: cache.internal
  redis_port: 6380
  redis_password: os.environ/REDIS_PASSWORD
litellm_settings:
  fallbacks: [ { gpt-4o: [ claude ] } ]
  context_window_fallbacks: [ { claude: [ local ] } ]
  cache: true
  cache_params: { type: redis, ttl: 600, namespace: team-a }
  drop_params: true
general_settings: { master_key: os.environ/MASTER_KEY }
`;

test('a LiteLLM file: models, endpoints, routing, fallbacks, cache, Redis', () => {
  const { config, model, remarks, yaml } = read('litellm', LITELLM);
  expect(remarks).toEqual([]);
  expect(config.models.map(({ name }) => name)).toEqual(['gpt-4o', 'claude', 'local', '*', 'gpt-4']);
  expect(model('gpt-4o')).toMatchObject({
    strategy: 'fastest',
    fallbacks: { failed: ['claude'] },
    endpoints: [
      { id: 'gpt-4o/eu-1', provider: 'azure', upstreamModel: 'my-4o', weight: 2, contextWindow: 128_000 },
      { provider: 'openai', priority: 2, maxConcurrency: 50 },
    ],
  });
  expect(model('claude')).toMatchObject({
    endpoints: [{ provider: 'anthropic', upstreamModel: 'claude-sonnet-4-5', price: { input: 3, output: 15 } }],
    fallbacks: { contextTooLong: ['local'] },
  });
  expect(model('local')?.endpoints[0]).toMatchObject({
    provider: 'vllm',
    upstreamModel: 'qwen3',
    credential: { kind: 'none' },
  });
  expect(model('gpt-4')?.endpoints.map((endpoint) => endpoint.upstreamModel)).toEqual(['my-4o', 'gpt-4o']);
  expect(config.routing).toMatchObject({
    attempts: 3,
    allowedFails: 5,
    cooldownMs: 30_000,
    timeouts: { totalMs: 45_500 },
  });
  expect(config.cache).toMatchObject({ enabled: true, ttlMs: 600_000, namespace: 'team-a' });
  expect(yaml).toContain('redis://:${REDIS_PASSWORD}@cache.internal:6380');
  expect(yaml).toContain('admin_token: ${MASTER_KEY}');
});

test('what has no equal is listed with its place, also members that are not known', () => {
  const { remarks, places } = read(
    'litellm',
    `
model_list:
  - { model_name: a, litellm_params: { model: gpt-4o, api_key: os.environ/K, tpm: 10, temperature: 0.2 }, model_info: { base_model: x } }
  - { model_name: b, litellm_params: { model: bedrock/anthropic.claude, aws_region_name: eu } }
  - { litellm_params: { model: gpt-4o } }
router_settings: { routing_strategy: usage-based-routing-v2, retry_policy: {} }
litellm_settings: { callbacks: [ langfuse ], fallbacks: [ { a: [ nowhere ] } ], num_retries: many }
general_settings: { alerting: [ slack ], database_url: os.environ/DATABASE_URL }
environment_variables: { OPENAI_API_KEY: sk-never-shown }
something_new: 1
`,
  );
  expect(places).toEqual([
    'environment_variables',
    'general_settings.alerting',
    'general_settings.database_url',
    'litellm_settings.callbacks',
    'litellm_settings.fallbacks[0].a',
    'litellm_settings.num_retries',
    'model_list[0].litellm_params.temperature',
    'model_list[0].litellm_params.tpm',
    'model_list[0].model_info.base_model',
    'model_list[1].litellm_params.model',
    'model_list[2]',
    'model_list[2].litellm_params',
    'router_settings.retry_policy',
    'router_settings.routing_strategy',
    'something_new',
  ]);
  expect(remarks.join('\n')).not.toContain('sk-never-shown');
});

test('secrets of the file become variables, one for each secret, and are nowhere in what is written or said', () => {
  const secret = (text: string): string => `sk-${text}`;
  const { yaml, remarks } = read(
    'litellm',
    `
model_list:
  - { model_name: a, litellm_params: { model: gpt-4o, api_key: ${secret('one')} } }
  - { model_name: b, litellm_params: { model: gpt-4o, api_key: ${secret('one')} } }
  - { model_name: b, litellm_params: { model: gpt-4o, api_key: ${secret('two')}, extra_headers: { x-api-key: ${secret('three')} } } }
litellm_settings: { cache: true, cache_params: { type: redis, url: "redis://:${secret('four')}@r:6379" } }
general_settings: { master_key: ${secret('five')} }
`,
  );
  expect(yaml).not.toMatch(/sk-(?:one|two|three|four|five)/);
  expect(remarks.join('\n')).not.toMatch(/sk-(?:one|two|three|four|five)/);
  const variables = [...yaml.matchAll(/\$\{(\w+)\}/g)].map((match) => match[1]);
  expect(variables).toEqual([
    'LLMPROXY_ADMIN_TOKEN',
    'REDIS_URL',
    'OPENAI_API_KEY',
    'OPENAI_API_KEY',
    'OPENAI_API_KEY_2',
    'HEADER_X_API_KEY',
  ]);
});

test('of models that are fallbacks of each other the second one keeps none, and is named', () => {
  const row = (name: string): string => `{ model_name: ${name}, litellm_params: { model: gpt-4o } }`;
  const { config, remarks } = read(
    'litellm',
    `
model_list: [ ${row('a')}, ${row('b')}, ${row('c')} ]
router_settings: { fallbacks: [ { a: [ b ] }, { b: [ c, a ] } ], default_fallbacks: [ b ] }
`,
  );
  expect(config.models.map(({ fallbacks }) => fallbacks?.failed)).toEqual([['b'], ['c'], undefined]);
  expect(remarks).toEqual([
    'router_settings.fallbacks[1].b: names a, whose own fallbacks lead back to the model; it is left out',
    'router_settings.default_fallbacks: names b, whose own fallbacks lead back to the model; it is left out (of c)',
  ]);
});

test('LiteLLM keeps no answers unless it is told to, and the translation neither', () => {
  const { config } = read('litellm', 'model_list: [ { model_name: a, litellm_params: { model: gpt-4o } } ]');
  expect(config.cache.enabled).toBe(false);
});

test('a Portkey config with fallbacks: the targets are tiers, every name goes to them', () => {
  const { config, model, places } = read(
    'portkey',
    JSON.stringify({
      strategy: { mode: 'fallback', on_status_codes: [429] },
      targets: [
        { virtual_key: 'openai-prod', override_params: { model: 'gpt-4o', temperature: 0 } },
        { provider: 'anthropic', api_key: 'sk-ant', override_params: { model: 'claude-sonnet-4-5' } },
      ],
      cache: { mode: 'simple', max_age: 60 },
      retry: { attempts: 4 },
      request_timeout: 10_000,
      input_guardrails: [],
    }),
  );
  expect(model('*')?.endpoints).toMatchObject([
    { id: '*/openai-prod', provider: 'openai', upstreamModel: 'gpt-4o' },
    { provider: 'anthropic', upstreamModel: 'claude-sonnet-4-5', priority: 2 },
  ]);
  expect(config.cache.ttlMs).toBe(60_000);
  expect(config.routing).toMatchObject({ attempts: 5, timeouts: { totalMs: 10_000 } });
  expect(places).toEqual([
    'input_guardrails',
    'strategy.on_status_codes',
    'targets[0]',
    'targets[0].override_params.temperature',
    'targets[1].api_key',
  ]);
});

test('a Portkey config that balances: shares of one are whole weights; nested targets and unknown providers are named', () => {
  const { model, remarks } = read(
    'portkey',
    JSON.stringify({
      strategy: { mode: 'loadbalance' },
      targets: [
        { provider: '@openai-eu', weight: 0.7 },
        {
          provider: 'azure-openai',
          azure_resource_name: 'r',
          azure_deployment_id: 'd',
          azure_api_version: '2024-10-21',
          weight: 0.3,
        },
        { provider: 'unheard-of', weight: 1 },
        { strategy: { mode: 'fallback' }, targets: [{ provider: 'openai' }] },
      ],
      cache: { mode: 'semantic' },
    }),
  );
  expect(model('*')?.endpoints).toMatchObject([
    { provider: 'openai', weight: 70 },
    { provider: 'azure', weight: 30, upstreamModel: 'd' },
  ]);
  expect(remarks.join('\n')).toMatch(/targets\[2\].*left out[\s\S]*targets\[3\].*fallbacks/);
  expect(remarks.join('\n')).toMatch(/cache\.mode: has no equal/);
});

test('a text that is no YAML is refused with its line', () => {
  expect(() => migrate('litellm', 'model_list: [\n')).toThrow(/line/);
});
