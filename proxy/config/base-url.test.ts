import { expect, test } from 'vitest';

import { addressAt, type ApiAddress, parseBaseUrl } from './base-url.ts';

function addressOf(text: string, exact = false): ApiAddress | undefined {
  const written = parseBaseUrl(text);
  return written?.kind === 'written' ? addressAt(written, exact) : undefined;
}

test.each([
  ['https://api.openai.com', 'https://api.openai.com', '/v1'],
  ['https://api.openai.com/', 'https://api.openai.com', '/v1'],
  ['https://api.openai.com/v1', 'https://api.openai.com', '/v1'],
  ['https://api.openai.com/v1/', 'https://api.openai.com', '/v1'],
  ['http://127.0.0.1:8080//v1', 'http://127.0.0.1:8080', '/v1'],
  ['https://openrouter.ai/api/v1', 'https://openrouter.ai', '/api/v1'],
  ['https://example.com/llm', 'https://example.com', '/llm/v1'],
  [
    'https://generativelanguage.googleapis.com/v1beta/openai',
    'https://generativelanguage.googleapis.com',
    '/v1beta/openai',
  ],
  ['https://open.bigmodel.cn/api/paas/v4', 'https://open.bigmodel.cn', '/api/paas/v4'],
])('%s is %s below %s', (text, origin, basePath) => {
  expect(addressOf(text)).toEqual({ kind: 'url', origin, basePath });
});

test.each([
  ['https://api.perplexity.ai', ''],
  ['https://adb-1.2.azuredatabricks.net/serving-endpoints/', '/serving-endpoints'],
  ['https://team.cloud.databricks.com/serving-endpoints', '/serving-endpoints'],
  ['https://models.github.ai/inference', '/inference'],
])('%s has no version, so none is added', (text, basePath) => {
  expect(addressOf(text)?.basePath).toBe(basePath);
});

test('a host that merely ends like one without a version gets its /v1', () => {
  expect(addressOf('https://api.perplexity.ai.example')?.basePath).toBe('/v1');
  expect(addressOf('https://notazuredatabricks.net')?.basePath).toBe('/v1');
});

test.each([
  ['http://127.0.0.1:9000/inference', '/inference'],
  ['http://127.0.0.1:9000/', ''],
  ['http://127.0.0.1:9000/v1', '/v1'],
])('%s is used as it is written when it is said to be exact', (text, basePath) => {
  expect(addressOf(text, true)?.basePath).toBe(basePath);
});

test.each([
  'api.openai.com',
  'ftp://example.com',
  'https://user:pass@example.com/v1',
  'https://example.com/v1?api-version=1',
  'https://example.com/v1#x',
  'https://example.com/v1/chat/completions',
])('%s is no base URL', (text) => {
  expect(parseBaseUrl(text)).toBeUndefined();
});
