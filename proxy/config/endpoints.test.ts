import { expect, test } from 'vitest';

import { CONFIGURED_PROVIDERS, providerRow } from '../core/provider-rows.ts';
import type { EndpointConfig } from './config.ts';
import { ConfigError } from './fault.ts';
import { parseConfig } from './load.ts';

function endpointOf(fields: string): EndpointConfig {
  const text = `models: { m: { endpoints: [ { ${fields} } ] } }`;
  return parseConfig(text, 'test.yaml', { environment: {} }).config.models[0]!.endpoints[0]!;
}

function faults(fields: string): string[] {
  try {
    endpointOf(fields);
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n');
    throw error;
  }
  return [];
}

function urlOf(fields: string): string {
  const { target } = endpointOf(fields);
  return target.kind === 'url' ? `${target.origin}${target.basePath}` : target.kind;
}

test.each([
  ['openai', 'https://api.openai.com/v1'],
  ['anthropic', 'https://api.anthropic.com/v1'],
  ['gemini', 'https://generativelanguage.googleapis.com/v1beta'],
  ['mistral', 'https://api.mistral.ai/v1'],
  ['deepseek', 'https://api.deepseek.com/v1'],
  ['groq', 'https://api.groq.com/openai/v1'],
  ['xai', 'https://api.x.ai/v1'],
  ['openrouter', 'https://openrouter.ai/api/v1'],
  ['together', 'https://api.together.xyz/v1'],
  ['fireworks', 'https://api.fireworks.ai/inference/v1'],
  ['perplexity', 'https://api.perplexity.ai'],
  ['cerebras', 'https://api.cerebras.ai/v1'],
  ['ollama', 'http://127.0.0.1:11434/v1'],
  ['vllm', 'http://127.0.0.1:8000/v1'],
  ['llama.cpp', 'http://127.0.0.1:8080/v1'],
  ['lmstudio', 'http://127.0.0.1:1234/v1'],
  ['mock', 'bundled'],
])('provider: %s is at %s', (provider, url) => {
  expect(urlOf(`provider: ${provider}, api_key: k`)).toBe(url);
});

test.each([
  ['azure', 'https://RESOURCE.openai.azure.com'],
  ['databricks', 'https://WORKSPACE.cloud.databricks.com/serving-endpoints'],
])('provider: %s needs a base_url', (provider, example) => {
  expect(faults(`provider: ${provider}, api_key: k`)).toEqual([
    `test.yaml:1:29 models.m.endpoints[0]: expected a base_url for provider: ${provider}, such as ${example}, found none`,
  ]);
});

test.each(CONFIGURED_PROVIDERS)(
  'provider: %s is asked for its key, with the usual variable, if it has any',
  (provider) => {
    const { needsKey, keyVariable } = providerRow(provider);
    const found = faults(`provider: ${provider}, base_url: "https://llm.example/v1"`);
    const usual = `models.m.endpoints[0]: expected an api_key (a key, forward or none), found nothing; its usual place is api_key: "\${${keyVariable}}"`;
    expect(found).toEqual(needsKey ? [`test.yaml:1:29 ${usual}`] : []);
  },
);

test.each([
  ['https://r.openai.azure.com', 'https://r.openai.azure.com/openai/v1'],
  ['https://r.openai.azure.com/openai', 'https://r.openai.azure.com/openai/v1'],
  ['https://r.openai.azure.com/openai/v1/', 'https://r.openai.azure.com/openai/v1'],
  ['https://r.services.ai.azure.com', 'https://r.services.ai.azure.com/openai/v1'],
  ['https://gateway.example/team', 'https://gateway.example/team/openai/v1'],
])('an Azure address may end anywhere: %s', (written, url) => {
  expect(urlOf(`provider: azure, api_key: k, base_url: "${written}"`)).toBe(url);
  const dated = `provider: azure, api_key: k, base_url: "${written}", api_version: 2024-10-21`;
  expect(urlOf(dated)).toBe(url.replace(/\/v1$/, ''));
  expect(endpointOf(dated).query).toEqual({ 'api-version': '2024-10-21' });
});

test.each([
  ['v1', '/openai/v1', undefined],
  ['preview', '/openai/v1', { 'api-version': 'preview' }],
  ['2025-03-01-preview', '/openai', { 'api-version': '2025-03-01-preview' }],
])('api_version: %s leads to %s', (version, path, query) => {
  const fields = `provider: azure, api_key: k, base_url: "https://r.example", api_version: ${version}`;
  expect(urlOf(fields)).toBe(`https://r.example${path}`);
  expect(endpointOf(fields).query).toEqual(query);
});

test.each([
  ['gemini', 'https://proxy.example', 'https://proxy.example/v1beta'],
  ['gemini', 'https://proxy.example/v1', 'https://proxy.example/v1'],
  ['gemini', 'https://g.example/v1/projects/p/locations/l/publishers/google', undefined],
  ['anthropic', 'https://r.services.ai.azure.com/anthropic', 'https://r.services.ai.azure.com/anthropic/v1'],
  ['databricks', 'https://w.example/serving-endpoints', undefined],
])('%s at %s has the version of its own API', (provider, written, url = written) => {
  expect(urlOf(`provider: ${provider}, api_key: k, base_url: "${written}"`)).toBe(url);
});

test('an address that is to be used as it is written is, for every provider', () => {
  for (const provider of CONFIGURED_PROVIDERS) {
    const fields = `provider: ${provider}, api_key: k, base_url: "https://x.example/models", base_url_exact: true`;
    expect(urlOf(fields)).toBe('https://x.example/models');
  }
});

test('query, auth_header and api are taken as they are', () => {
  const fields = 'provider: openai, api_key: k, query: { api-version: "2024-05-01" }, auth_header: API-Key, api: chat';
  expect(endpointOf(fields)).toMatchObject({
    query: { 'api-version': '2024-05-01' },
    authHeader: 'api-key',
    api: 'chat',
  });
  const plain = endpointOf('provider: openai, api_key: k');
  expect(plain).not.toHaveProperty('query');
  expect(plain).not.toHaveProperty('authHeader');
  expect(plain).not.toHaveProperty('api');
});

test.each([
  [
    'provider: openai, api_key: k, api_version: 2024-10-21',
    'api_version: expected no api_version for provider: openai: only azure has one',
  ],
  [
    'provider: azure, api_key: k, base_url: "https://r.example", api_version: new',
    'expected a date such as 2024-10-21',
  ],
  ['provider: openai, api_key: k, query: { api-key: hush }', 'query.api-key: expected no credential in a query'],
  ['provider: openai, api_key: k, query: { a: "x\\ny" }', 'query.a: expected up to 256 characters'],
  ['provider: openai, api_key: k, auth_header: connection', 'auth_header: expected the name of a header'],
  ['provider: openai, api_key: k, base_url: "https://x.example/v1/models"', 'write base_url_exact: true'],
  [
    'provider: openai, api_key: k, base_url: "https://x.example/v1/messages"',
    'base_url: expected an http or https address',
  ],
  ['provider: openai, api_key: k, api: messages', 'api: expected one of chat, responses'],
  [
    'provider: gemini, api_key: k, base_url: "https://generativelanguage.googleapis.com/v1beta/openai"',
    'base_url: expected the address of the Gemini API, found that of its OpenAI form',
  ],
])('%s is refused', (fields, sentence) => {
  const found = faults(fields);
  expect(found).toHaveLength(1);
  expect(found[0]).toContain(sentence);
  expect(found[0]).not.toContain('hush');
});

test.each([
  ['at the provider’s own address', 'provider: openai', 'openai', 'sk-p'],
  ['under another name of the provider', 'provider: gemini', 'Google', 'sk-p'],
  [
    'at an address that is named by provider_name',
    'provider: openai, provider_name: openai, base_url: "http://other/v1"',
    'openai',
    'sk-p',
  ],
  ['at the address under providers', 'provider: openai, base_url: "http://gateway/v1"', 'openai', 'sk-p'],
  ['for a provider without an address of its own', 'provider: azure, base_url: "http://r.azure/"', 'azure', 'sk-p'],
  ['but its own key first', 'provider: openai, api_key: sk-e', 'openai', 'sk-e'],
  ['and none where none is asked for', 'provider: vllm', 'openai', undefined],
])('an endpoint without a key has that of its provider %s', (_name, fields, provider, key) => {
  const text = `providers: { ${provider}: { api_key: sk-p, base_url: "http://gateway/v1" } }
models: { m: { endpoints: [ { ${fields} } ] } }`;
  const { credential } = parseConfig(text, 'test.yaml', { environment: {} }).config.models[0]!.endpoints[0]!;
  expect(credential.kind === 'key' ? credential.key.reveal() : undefined).toBe(key);
});

test('no key of a provider goes to an address that only its model’s name connects with it', () => {
  const text = `providers: { openai: { api_key: sk-p } }
models: { m: { endpoints: [ { provider: openai, base_url: "http://other/v1" } ] } }`;
  expect(() => parseConfig(text, 'test.yaml', { environment: {} })).toThrow('expected an api_key');
});

test('HTTP/2 is for https addresses alone', () => {
  const at = (url: string) => `provider: openai, api_key: k, base_url: '${url}', http2: true`;
  expect(endpointOf(at('https://llm.test/v1')).http2).toBe(true);
  expect(endpointOf('provider: openai, api_key: k')).not.toHaveProperty('http2');
  expect(faults(at('http://llm.test/v1'))).toEqual([expect.stringContaining('an https address')]);
  expect(faults('provider: mock, http2: true')).toEqual([expect.stringContaining('an https address')]);
});
