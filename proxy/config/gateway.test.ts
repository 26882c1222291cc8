import { expect, test } from 'vitest';
import { secretsOf, type Config } from './config.ts';
import { ConfigError } from './fault.ts';
import { parseConfig, type Loaded } from './load.ts';

const MOCK = 'models: { m: { endpoints: [ { provider: mock } ] } }';

function load(text: string): Loaded {
  return parseConfig(`${text}\n${MOCK}`, 'test.yaml', { environment: {} });
}

function parse(text: string): Config {
  return load(text).config;
}

function faults(text: string): string {
  try {
    load(text);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return '';
}

test('without the sections there are defaults for keys of users, and no gateway', () => {
  const { providers, credentials, gateway } = parse('database: {}');
  expect(providers).toEqual([]);
  expect(gateway).toBeUndefined();
  expect(credentials).toEqual({
    unique: 'provider',
    perMinute: 200,
    perHour: 5_000,
    validateTimeoutMs: 10_000,
    fallbackOnReject: false,
    systemDefault: 'openai',
  });
});

test.each([
  ['openai: {}', 'openai', 'https://api.openai.com', '/v1'],
  ['OpenAI: {}', 'openai', 'https://api.openai.com', '/v1'],
  ['claude: {}', 'anthropic', 'https://api.anthropic.com', '/v1'],
  ['anthropic: {}', 'anthropic', 'https://api.anthropic.com', '/v1'],
  ['gemini: {}', 'gemini', 'https://generativelanguage.googleapis.com', '/v1beta'],
  ['google: {}', 'gemini', 'https://generativelanguage.googleapis.com', '/v1beta'],
  ['llama: {}', 'openai', 'https://api.together.xyz', '/v1'],
  ['mistral: {}', 'openai', 'https://api.mistral.ai', '/v1'],
  ['house: { base_url: "http://10.0.0.1:8000" }', 'openai', 'http://10.0.0.1:8000', '/v1'],
  ['house: { base_url: "http://10.0.0.1:8000", dialect: gemini }', 'gemini', 'http://10.0.0.1:8000', '/v1beta'],
  ['google: { base_url: "http://127.0.0.1:9/v1alpha" }', 'gemini', 'http://127.0.0.1:9', '/v1alpha'],
])('the provider %s speaks %s at %s%s', (text, dialect, origin, basePath) => {
  const [provider] = parse(`providers: { ${text} }`).providers;
  expect(provider).toMatchObject({ dialect, address: { kind: 'url', origin, basePath } });
});

test('a provider without an address of its own has none until one is written', () => {
  expect(parse('providers: { custom: { default_model: m-1 } }').providers).toEqual([
    { name: 'custom', dialect: 'openai', defaultModel: 'm-1' },
  ]);
});

test('all of the gateway is read, and its secrets are known to the redactor', () => {
  const config = parse(`
database: {}
providers: { openai: { api_key: key-of-openai } }
gateway:
  service_key: key-of-services
  default_provider: openai
  default_model: gpt-4o-mini
  cache_ttl: 0
  prompt_preview: true`);
  expect(config.gateway).toMatchObject({
    defaultProvider: 'openai',
    defaultModel: 'gpt-4o-mini',
    cacheTtlMs: 0,
    promptPreview: true,
  });
  const secrets = secretsOf(config).map((secret) => secret.reveal());
  expect(secrets).toEqual(expect.arrayContaining(['key-of-openai', 'key-of-services']));
  expect(JSON.stringify(config)).not.toContain('key-of-');
});

test('an empty section has the defaults, and no key for services', () => {
  expect(parse('database: {}\ngateway: {}').gateway).toEqual({
    defaultProvider: 'claude',
    defaultModel: 'claude-sonnet-4-5-20250929',
    cacheTtlMs: 3_600_000,
    promptPreview: false,
  });
});

test.each([
  ['credentials: { unique: model }', 'credentials.unique'],
  ['credentials: { rate_limit: { per_minute: 0 } }', 'credentials.rate_limit.per_minute'],
  ['credentials: { validate_timeout: 0 }', 'credentials.validate_timeout'],
  ['providers: { "a b": {} }', 'providers'],
  ['providers: { openai: { base_url: "ftp://h" } }', 'providers.openai.base_url'],
  ['providers: { openai: { api_key: "two words" } }', 'providers.openai.api_key'],
  ['gateway: { default_model: "" }', 'gateway.default_model'],
])('%s is refused, and no secret of it is shown', (text, place) => {
  const message = faults(text);
  expect(message).toContain(place);
  expect(message).not.toContain('two words');
});

test.each(['credentials: {}', 'gateway: {}', 'plans: { free: {} }'])('%s without a database is warned of', (text) => {
  expect(load(text).warnings.join()).toContain('means nothing without `database` or `governance`');
  expect(load(`database: {}\n${text}`).warnings).toEqual([]);
});
