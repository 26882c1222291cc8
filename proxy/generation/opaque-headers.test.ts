import { expect, test } from 'vitest';
import type { Endpoint } from '../routing/types.ts';
import { opaqueAnswerHeaders } from './opaque-headers.ts';

const endpoint: Endpoint = {
  id: 'm/a',
  provider: 'openai',
  origin: 'https://llm.example',
  basePath: '/openai/v1',
  credential: { kind: 'key', value: 'sk-our-own-key' },
  weight: 1,
  headers: {},
};

const relayed = (headers: Record<string, string | string[]>): Record<string, string> =>
  Object.fromEntries(opaqueAnswerHeaders(headers, endpoint));

test('all headers that speak of the answer are relayed, those of the hop and of the endpoint’s own front are not', () => {
  expect(
    relayed({
      'content-type': 'audio/mpeg',
      'content-length': '3',
      'content-encoding': 'br',
      'content-range': 'bytes 0-2/3',
      'x-ratelimit-remaining-requests': '1',
      'x-request-id': 'req_up',
      connection: 'close, x-hop',
      'x-hop': '1',
      'keep-alive': 'timeout=5',
      'transfer-encoding': 'chunked',
      'set-cookie': ['a=b'],
      server: 'cloudflare',
      date: 'today',
      'cf-ray': '1',
      'access-control-allow-origin': '*',
      'x-llmproxy-endpoint': 'other/b',
    }),
  ).toEqual({
    'content-type': 'audio/mpeg',
    'content-length': '3',
    'content-encoding': 'br',
    'content-range': 'bytes 0-2/3',
    'x-ratelimit-remaining-requests': '1',
    'x-upstream-request-id': 'req_up',
  });
});

test('a key of ours is hidden in every header', () => {
  expect(relayed({ 'x-echo': 'Bearer sk-our-own-key' })).toEqual({ 'x-echo': 'Bearer ***' });
});

test.each([
  ['https://llm.example/openai/v1/realtime/calls/rtc_1', '/v1/realtime/calls/rtc_1'],
  ['/openai/v1/files/1?a=b', '/v1/files/1?a=b'],
  ['/v1/realtime/calls/rtc_1', '/v1/realtime/calls/rtc_1'],
  ['https://llm.example/login', undefined],
  ['https://elsewhere.example/openai/v1/files/1', undefined],
  ['//elsewhere.example/v1/x', undefined],
  ['https://llm.example.evil.example/openai/v1/x', undefined],
])('the location %s is shown as %s', (location, shown) => {
  expect(relayed({ location })).toEqual(shown === undefined ? {} : { location: shown });
});

test('the address to which a file is to be sent is one of the proxy', () => {
  const address = (url: string): unknown => relayed({ 'x-goog-upload-url': url })['x-goog-upload-url'];
  expect(address(`${endpoint.origin}/upload/v1beta/files?upload_id=u`)).toBe('/upload/v1beta/files?upload_id=u');
  expect(address('https://elsewhere.example/upload/x')).toBe('https://elsewhere.example/upload/x');
});
