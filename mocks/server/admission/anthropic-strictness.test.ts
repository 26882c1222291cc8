import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { withRealSockets } from '../../../tests/setup/mock-bed.ts';
import { BAD_MESSAGES, GOOD_MESSAGE } from '../../strictness/anthropic/catalogue.ts';
import type { Strictness } from '../../strictness/index.ts';
import { MockServer } from '../server.ts';

withRealSockets();

const LEVELS: readonly Strictness[] = ['off', 'spec', 'openai'];

let server: MockServer;

beforeAll(async () => {
  server = await MockServer.start({
    strictness: { default: 'off', keys: Object.fromEntries(LEVELS.map((level) => [level, level])) },
  });
});
afterAll(() => server.close());

interface Refused {
  readonly type: string;
  readonly error: { readonly type: string; readonly message: string };
  readonly request_id: string;
}

async function send(level: Strictness, body: unknown, over: Record<string, string> = {}) {
  const headers = {
    'x-api-key': level,
    'anthropic-version': '2023-06-01',
    'content-type': 'application/json',
    ...over,
  };
  const response = await fetch(`${server.url}/v1/messages`, { method: 'POST', headers, body: JSON.stringify(body) });
  return { response, body: (await response.json()) as Refused };
}

test('the catalogue has its requests under names of their own', () => {
  expect(BAD_MESSAGES.length).toBeGreaterThan(45);
  expect(new Set(BAD_MESSAGES.map(({ id }) => id)).size).toBe(BAD_MESSAGES.length);
});

describe('a bad request gets exactly its refusal from every level that refuses it, and from no other', () => {
  test.each(BAD_MESSAGES.map((entry) => [entry.id, entry] as const))('%s', async (_id, entry) => {
    const { level: least = 'spec', status = 400, type = 'invalid_request_error', message } = entry;
    for (const level of LEVELS) {
      const { response, body } = await send(level, { ...GOOD_MESSAGE, ...entry.with });
      if (LEVELS.indexOf(level) < LEVELS.indexOf(least)) {
        expect([level, response.status]).toEqual([level, 200]);
        continue;
      }
      expect([level, response.status, body.error]).toEqual([level, status, { type, message }]);
      expect(body.request_id).toBe(response.headers.get('request-id'));
      expect(response.headers.get('x-should-retry')).toBe('false');
    }
  });
});

test('a prompt that is too long is refused with both numbers', async () => {
  const content = 'many words '.repeat(110_000);
  const { body } = await send('openai', {
    ...GOOD_MESSAGE,
    model: 'claude-haiku-4-5',
    messages: [{ role: 'user', content }],
  });
  expect(body.error.message).toMatch(/^prompt is too long: 2\d{5} tokens > 200000 maximum$/);
});

test('a request without a version is refused where the provider would, without a key too', async () => {
  const headers = { 'content-type': 'application/json' };
  const ask = async (over: Record<string, string>): Promise<unknown> => {
    const response = await fetch(`${server.url}/v1/messages`, {
      method: 'POST',
      headers: { ...headers, ...over },
      body: JSON.stringify(GOOD_MESSAGE),
    });
    return { status: response.status, ...((await response.json()) as { error?: object }) };
  };
  expect(await ask({ 'x-api-key': 'openai' })).toMatchObject({
    status: 400,
    error: { message: 'anthropic-version: header is required' },
  });
  expect(await ask({ 'x-api-key': 'off' })).toMatchObject({ status: 200 });
  const strict = await MockServer.start({ strictness: 'openai' });
  const keyless = await fetch(`${strict.url}/v1/messages`, {
    method: 'POST',
    headers,
    body: JSON.stringify(GOOD_MESSAGE),
  });
  expect([keyless.status, await keyless.json()]).toMatchObject([
    401,
    { error: { type: 'authentication_error', message: 'x-api-key header is required' } },
  ]);
  await strict.close();
});

test('a body of more than 32 MiB is too large', async () => {
  const content = 'x'.repeat(33 * 1024 * 1024);
  const { response, body } = await send('openai', { ...GOOD_MESSAGE, messages: [{ role: 'user', content }] });
  expect([response.status, body.error]).toEqual([
    413,
    { type: 'request_too_large', message: 'Request exceeds the maximum size' },
  ]);
});

test('a body that is no JSON is told so', async () => {
  const response = await fetch(`${server.url}/v1/messages`, { method: 'POST', body: '{"model":' });
  expect([response.status, await response.json()]).toMatchObject([400, { error: { type: 'invalid_request_error' } }]);
});
