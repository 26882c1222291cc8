import { expect, test } from 'vitest';
import type { Reply } from './reply.ts';
import { call, testContext } from './testing.ts';

const messages = [{ role: 'user', content: 'hello' }];
const headersOf = (reply: Reply) => new Headers(reply.headers.map(([name, value]): [string, string] => [name, value]));

test.each([
  ['chat.completions', { model: 'gpt-4o', messages }, 'application/json'],
  ['chat.completions', { model: 'gpt-4o', messages, stream: true }, 'text/event-stream; charset=utf-8'],
  ['responses', { model: 'gpt-4o', input: 'x' }, 'application/json'],
  ['responses', { model: 'gpt-4o', input: 'x', stream: true }, 'text/event-stream; charset=utf-8'],
  ['completions', { model: 'gpt-3.5-turbo-instruct', stream: true }, 'text/event-stream'],
  ['embeddings', { model: 'text-embedding-3-small', input: 'x' }, 'application/json'],
])('%s answers with the provider’s headers', (operation, body, contentType) => {
  const headers = headersOf(call(operation, { body }));
  expect(headers.get('content-type')).toBe(contentType);
  expect(headers.get('content-length')).toBeNull();
  expect(headers.get('openai-version')).toBe('2020-10-01');
  expect(headers.get('openai-organization')).toBe('org-mock');
  expect(headers.get('openai-processing-ms')).toMatch(/^\d+$/);
  expect(headers.get('x-request-id')).toMatch(/^req_[0-9a-f]{32}$/);
  expect(headers.get('cf-ray')).toMatch(/^[0-9a-f]{16}-[A-Z]{3}$/);
  expect(headers.getSetCookie()).toHaveLength(2);
  expect(headers.get('x-ratelimit-reset-requests')).toBe('6ms');
});

test('remaining tokens are the limit less prompt and reserved answer', () => {
  const body = { model: 'gpt-4o', messages, max_tokens: 1000 };
  const headers = headersOf(call('chat.completions', { body }));
  const left = Number(headers.get('x-ratelimit-limit-tokens')) - Number(headers.get('x-ratelimit-remaining-tokens'));
  expect(left).toBe(1000 + 3 + 3 + 1 + 1);
});

test('every answer has its own request id', () => {
  const context = testContext();
  const id = () => headersOf(call('models.list', {}, context)).get('x-request-id');
  expect(id()).not.toBe(id());
});
