import { expect, test } from 'vitest';

import { parseBaseUrl } from './base-url.ts';

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
  expect(parseBaseUrl(text)).toEqual({ kind: 'url', origin, basePath });
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
