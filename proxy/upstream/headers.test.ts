import { expect, test } from 'vitest';
import { buildRequestHeaders, relayedAnswerHeaders, withTraceContext } from './headers.ts';

function build(options: Partial<Parameters<typeof buildRequestHeaders>[0]>): Record<string, string> {
  const flat = buildRequestHeaders({
    client: {},
    provider: [],
    extra: {},
    requestId: 'req_1',
    bodyBytes: undefined,
    ...options,
  });
  const headers: Record<string, string> = {};
  for (let i = 0; i < flat.length; i += 2) {
    expect(headers).not.toHaveProperty(flat[i]!);
    headers[flat[i]!] = flat[i + 1]!;
  }
  return headers;
}

test('only headers of the allow-list travel on', () => {
  const headers = build({
    client: {
      'user-agent': 'OpenAI/JS 7',
      cookie: 'a=b',
      'x-api-key': 'secret',
      'x-forwarded-for': '10.0.0.1',
      host: 'proxy',
      connection: 'keep-alive',
      'openai-beta': 'x',
    },
  });
  expect(headers).toEqual({
    'accept-encoding': 'identity',
    'x-request-id': 'req_1',
    'user-agent': 'OpenAI/JS 7',
    'openai-beta': 'x',
  });
});

test('what the provider adds goes upstream, and the caller’s own credential does not', () => {
  const client = { authorization: 'Bearer caller', 'openai-organization': 'org-caller' };
  expect(build({ client })).toEqual({ 'accept-encoding': 'identity', 'x-request-id': 'req_1' });
  expect(build({ client, provider: [['authorization', 'Bearer sk-endpoint']] })).toMatchObject({
    authorization: 'Bearer sk-endpoint',
  });
});

test('a configured header replaces every other of its name, and compression is never asked for', () => {
  const extra = {
    authorization: 'Basic x',
    'content-type': 'application/json; charset=utf-8',
    'x-request-id': 'fixed',
    'accept-encoding': 'gzip',
  };
  expect(build({ extra, provider: [['authorization', 'Bearer sk-endpoint']], bodyBytes: 2 })).toEqual({
    ...extra,
    'accept-encoding': 'identity',
    'content-length': '2',
  });
});

test('configured headers win over the client’s', () => {
  const headers = build({ client: { 'user-agent': 'client' }, extra: { 'user-agent': 'ours', 'x-team': 'a' } });
  expect(headers).toMatchObject({ 'user-agent': 'ours', 'x-team': 'a' });
});

test('a body is announced as JSON of its length', () => {
  expect(build({ bodyBytes: 12 })).toMatchObject({ 'content-type': 'application/json', 'content-length': '12' });
});

test('of an answer the client sees rate limits, openai headers and the upstream request id, and no cookie', () => {
  expect(
    relayedAnswerHeaders({
      'content-type': 'application/json',
      'x-ratelimit-remaining-requests': '3',
      'openai-version': '2020-10-01',
      'x-request-id': 'req_up',
      'set-cookie': ['a=b'],
      'content-length': '3',
      server: 'cloudflare',
    }),
  ).toEqual([
    ['content-type', 'application/json'],
    ['x-ratelimit-remaining-requests', '3'],
    ['openai-version', '2020-10-01'],
    ['x-upstream-request-id', 'req_up'],
  ]);
});

test('a trace context takes the place of the client’s, but for what the configuration says', () => {
  const flat = ['accept', 'a', 'traceparent', 'theirs', 'tracestate', 'theirs', 'x-note', 'traceparent'];
  const own = [['traceparent', 'ours']] as const;
  expect(withTraceContext(flat, own, {})).toEqual(['accept', 'a', 'x-note', 'traceparent', 'traceparent', 'ours']);
  expect(withTraceContext(flat, own, { traceparent: 'theirs' })).toEqual([
    'accept',
    'a',
    'traceparent',
    'theirs',
    'x-note',
    'traceparent',
  ]);
});
