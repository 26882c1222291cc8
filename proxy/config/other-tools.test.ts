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

test.each([
  ['anthropic', 'base_url: https://api.anthropic.com/v1'],
  ['Gemini', 'base_url: https://generativelanguage.googleapis.com/v1beta/openai'],
  ['together_ai', 'base_url: https://api.together.xyz/v1'],
  ['unheard-of', 'base_url: https://…/v1'],
])('provider: %s is answered with the address that speaks the OpenAI API', (provider, address) => {
  const [fault] = faults(`models: { m: { endpoints: [ { provider: ${provider}, api_key: k } ] } }`);
  expect(fault).toContain('expected one of openai, mock');
  expect(fault).toContain(`provider: openai with its address, ${address}`);
});

test('a section with more than its name is recognised by its stem', () => {
  expect(faults(`loging: { level: info }\n${MOCK}`)).toEqual([expect.stringMatching(/loging: .*did you mean log\?/)]);
});
