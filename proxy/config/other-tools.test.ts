import { expect, test } from 'vitest';

import { ConfigError } from './fault.ts';
import { type Loaded, parseConfig } from './load.ts';

const MOCK = 'models: { m: { endpoints: [ { provider: mock } ] } }';

function parse(text: string): Loaded {
  return parseConfig(text, 'test.yaml', { environment: {} });
}

function faults(text: string): string[] {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n');
    throw error;
  }
  return [];
}

test('a model whose keys are all empty names each variable once, and none for a key written empty', () => {
  const keys = ['${FIRST:-}', '${SECOND:-}', '${FIRST:-}', ''];
  const endpoints = keys.map((key, index) => `{ provider: openai, name: e${index}, api_key: "${key}" }`);
  expect(faults(`models: { m: { endpoints: [ ${endpoints.join(', ')} ] } }`).join()).toMatch(/; set FIRST, SECOND$/);
});

test.each([
  ['api_key: $OPENAI_API_KEY', 'OPENAI_API_KEY'],
  ['api_key: os.environ/OPENAI_API_KEY', 'OPENAI_API_KEY'],
  ['api_key: k, headers: { x-key: Bearer $OTHER_KEY }', 'OTHER_KEY'],
  ['api_key: k, base_url: $BASE_URL', 'BASE_URL'],
])('%s is a variable in the notation of another tool: the fault says what to write', (fields, variable) => {
  const found = faults(`models: { m: { endpoints: [ { provider: openai, ${fields} } ] } }`);
  expect(found).toHaveLength(1);
  expect(found[0]).toMatch(/^test\.yaml:1:\d+ models\.m\.endpoints\[0\]/);
  expect(found[0]).toContain(`write \${${variable}}`);
});

test('a key that merely holds a dollar sign is a key', () => {
  const { config } = parse('models: { m: { endpoints: [ { provider: openai, api_key: sk-$ABC } ] } }');
  expect(config.models[0]?.endpoints[0]?.credential.kind).toBe('key');
});

test('a LiteLLM file is recognised, section by section', () => {
  const found = faults('model_list: []\nrouter_settings: {}\n');
  expect(found.filter((fault) => fault.includes('unknown key'))).toEqual([
    expect.stringMatching(/model_list: .*LiteLLM.*models: \{ gpt-4o: /),
    expect.stringMatching(/router_settings: .*LiteLLM/),
  ]);
});

const withProvider = (provider: string): string =>
  `models: { m: { endpoints: [ { provider: ${provider}, api_key: k } ] } }`;

test.each([
  ['claude', 'anthropic'],
  ['Gemini', 'gemini'],
  ['google', 'gemini'],
  ['azure_openai', 'azure'],
  ['together_ai', 'together'],
  ['grok', 'xai'],
  ['llama_cpp', 'llama.cpp'],
  ['hosted_vllm', 'vllm'],
  ['anthropc', 'anthropic'],
])('provider: %s is called %s here, and the fault lists what there is', (written, name) => {
  const [fault] = faults(withProvider(written));
  expect(fault).toContain('expected one of openai, anthropic, gemini, azure, mistral, ');
  expect(fault).toMatch(new RegExp(`; did you mean ${name.replace('.', '\\.')}\\?$`));
});

test('a provider that is not known is answered with what any server of the OpenAI API takes', () => {
  const [fault] = faults(withProvider('unheard-of'));
  expect(fault).toContain('provider: openai with its address, base_url: https://…/v1');
});

test.each(['anthropic', 'gemini', 'groq'])('provider: %s needs no more than its key', (provider) => {
  expect(parse(withProvider(provider)).warnings).toEqual([]);
});

test.each([
  ['openai', 'anthropic/claude-sonnet-4-5', 'provider: anthropic, model: claude-sonnet-4-5'],
  ['anthropic', 'anthropic/claude-sonnet-4-5', 'provider: anthropic, model: claude-sonnet-4-5'],
  ['openai', 'mistral/mistral-large-latest', 'provider: mistral, model: mistral-large-latest'],
  ['gemini', 'google/gemini-2.5-flash', 'provider: gemini, model: gemini-2.5-flash'],
])('provider: %s with the model %s in the notation of LiteLLM is told what to write', (provider, model, advice) => {
  const endpoint = `{ provider: ${provider}, api_key: k, model: ${model} }`;
  expect(parse(`models: { m: { endpoints: [ ${endpoint} ] } }`).warnings).toEqual([
    expect.stringMatching(`^test\\.yaml:1:\\d+ models\\.m\\.endpoints\\[0\\]\\.model: .*write ${advice}$`),
  ]);
});

test.each([
  '{ provider: openrouter, api_key: k, model: anthropic/claude-sonnet-4.5 }',
  '{ provider: groq, api_key: k, model: openai/gpt-oss-120b }',
  '{ provider: openai, api_key: k, base_url: "https://llm.example/v1", model: anthropic/claude-sonnet-4-5 }',
  '{ provider: openai, api_key: k, model: ft:gpt-4o/x }',
  '{ provider: gemini, api_key: k, model: models/gemini-2.5-flash }',
])('a name with a slash may be right: %s', (endpoint) => {
  expect(parse(`models: { m: { endpoints: [ ${endpoint} ] } }`).warnings).toEqual([]);
});

test('a section with more than its name is recognised by its stem', () => {
  expect(faults(`loging: { level: info }\n${MOCK}`)).toEqual([expect.stringMatching(/loging: .*did you mean log\?/)]);
});
