import { expect, test } from 'vitest';
import { PROTOCOLS } from './table.ts';
import type { ErrorFields, ProtocolFamily, StreamFailure } from './types.ts';

const ERROR: ErrorFields = { message: 'm', type: 't', param: 'p', code: 'c' };
const parse = (bytes: Buffer): unknown => JSON.parse(bytes.toString());
const info = { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'C', domain: 'llmproxy' };

const BODIES: Readonly<Record<ProtocolFamily, object>> = {
  openai: { error: { message: 'm', type: 't', param: 'p', code: 'c' } },
  anthropic: { type: 'error', error: { type: 'api_error', message: 'm', code: 'c' } },
  gemini: { error: { code: 500, message: 'm', status: 'INTERNAL', details: [info] } },
};

test('an error of the OpenAI family is written as the real API writes it', () => {
  const error = { message: 'No "m"', type: 'invalid_request_error', param: null, code: 'model_not_found' };
  expect(PROTOCOLS.responses.errorBody(error).toString()).toBe(
    '{\n  "error": {\n    "message": "No \\"m\\"",\n    "type": "invalid_request_error",\n    "param": null,\n    "code": "model_not_found"\n  }\n}',
  );
});

test.each(Object.values(PROTOCOLS))('$id writes errors as its family does', (protocol) => {
  expect(parse(protocol.errorBody(ERROR))).toEqual(BODIES[protocol.family]);
});

test.each([
  [400, 'invalid_request_error', 'INVALID_ARGUMENT'],
  [401, 'authentication_error', 'UNAUTHENTICATED'],
  [403, 'permission_error', 'PERMISSION_DENIED'],
  [404, 'not_found_error', 'NOT_FOUND'],
  [405, 'invalid_request_error', 'INVALID_ARGUMENT'],
  [413, 'request_too_large', 'INVALID_ARGUMENT'],
  [429, 'rate_limit_error', 'RESOURCE_EXHAUSTED'],
  [500, 'api_error', 'INTERNAL'],
  [502, 'api_error', 'UNAVAILABLE'],
  [503, 'overloaded_error', 'UNAVAILABLE'],
  [504, 'timeout_error', 'DEADLINE_EXCEEDED'],
])('status %s is %s and %s', (status, anthropic, gemini) => {
  const error = { ...ERROR, code: null, status };
  expect(parse(PROTOCOLS.messages.errorBody(error))).toEqual({
    type: 'error',
    error: { type: anthropic, message: 'm' },
  });
  expect(parse(PROTOCOLS['gemini.generate'].errorBody(error))).toEqual({
    error: { code: status, message: 'm', status: gemini },
  });
});

test('without a status the type of the error tells it', () => {
  const types = ['rate_limit_error', 'invalid_request_error', 'authentication_error', 'server_error'];
  const said = types.map((type) => PROTOCOLS.messages.errorBody({ ...ERROR, type }).toString());
  expect(said.map((text) => /"type":"(\w+)","m/.exec(text)?.[1])).toEqual([...types.slice(0, 3), 'api_error']);
});

test('the pause that a header asks for stands in the body of a Gemini error', () => {
  const body = PROTOCOLS['gemini.generate'].errorBody({ ...ERROR, status: 429, headers: { 'retry-after': '12' } });
  expect(parse(body)).toMatchObject({
    error: { details: [info, { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '12s' }] },
  });
});

const FAILURE: StreamFailure = { message: 'm', type: 'server_error', code: 'c', retry_after: 3 };

test('a failure in the middle of a stream is an event that the SDKs throw on', () => {
  expect(PROTOCOLS.messages.errorEvent(FAILURE).toString()).toBe(
    'event: error\ndata: {"type":"error","error":{"type":"api_error","message":"m","code":"c","retry_after":3}}\n\n',
  );
  const gemini = PROTOCOLS['gemini.generate'].errorEvent({ ...FAILURE, status: 503 }).toString();
  expect(gemini).toMatch(/^data: \{"error":\{"code":503,"message":"m","status":"UNAVAILABLE",.*"3s"\}\]\}\}\r\n\r\n$/);
});
