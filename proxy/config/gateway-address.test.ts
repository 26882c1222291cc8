import { expect, test } from 'vitest';
import { gatewayAddress } from './gateway-address.ts';

test.each([
  ['openai', null, 'https://api.openai.com/v1'],
  ['claude', null, 'https://api.anthropic.com/v1'],
  ['gemini', null, 'https://generativelanguage.googleapis.com/v1beta'],
  ['llama', null, 'https://api.together.xyz/v1'],
  ['mistral', null, 'https://api.mistral.ai/v1'],
  ['custom', null, undefined],
  ['openai', 'http://127.0.0.1:1', 'http://127.0.0.1:1/v1'],
  ['custom', 'http://127.0.0.1:1/v1/', 'http://127.0.0.1:1/v1'],
  ['custom', 'http://127.0.0.1:1/v1/chat/completions', 'http://127.0.0.1:1/v1'],
  ['llama', 'http://127.0.0.1:1/chat/completions/', 'http://127.0.0.1:1/v1'],
  ['claude', 'http://127.0.0.1:1/v1/messages', 'http://127.0.0.1:1/v1'],
  ['gemini', 'http://127.0.0.1:1/v1beta/models', 'http://127.0.0.1:1/v1beta'],
  ['gemini', 'http://127.0.0.1:1/v1/models/gemini-2.5-flash:generateContent', 'http://127.0.0.1:1/v1'],
  ['openai', 'ftp://127.0.0.1', undefined],
  ['openai', 'http://user:word@127.0.0.1', undefined],
  ['openai', 'http://127.0.0.1/v1?key=x', undefined],
  ['openai', 'nonsense', undefined],
])('%s at %s is %s', (name, baseUrl, expected) => {
  const address = gatewayAddress(name, baseUrl);
  expect(address && address.origin + address.basePath).toBe(expected);
});
