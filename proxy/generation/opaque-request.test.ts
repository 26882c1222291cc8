import type { IncomingHttpHeaders } from 'node:http';
import { expect, test } from 'vitest';
import type { Endpoint } from '../routing/types.ts';
import type { HeldBody, RequestHead } from '../wire/http.ts';
import { mentionsInQuery, patched, growth } from '../wire/model-mention.ts';
import { opaqueEndpointRequest, type OpaqueRequest } from './opaque-request.ts';

const TIMEOUTS = { connectMs: 1, firstByteMs: 2, idleMs: 3 };

const endpoint: Endpoint = {
  id: 'm/a',
  provider: 'openai',
  origin: 'http://127.0.0.1:1',
  basePath: '/base',
  credential: { kind: 'key', value: 'sk-endpoint' },
  upstreamModel: 'at/endpoint',
  weight: 1,
  headers: { 'api-key': 'k', 'x-team': 't' },
};

function held(text: string, model: string): HeldBody {
  const body = Buffer.from(text);
  const start = body.indexOf(model);
  const mentions = [{ model, start, end: start + model.length, syntax: 'text' }] as const;
  return {
    findings: { mentions },
    inMemory: true,
    bytes: body.length,
    outgoing: (patches) => ({ body: patched(body, patches), bytes: body.length + growth(patches) }),
    close: async () => undefined,
  };
}

function build(opaque: Partial<OpaqueRequest>, head: Partial<RequestHead> = {}, at: Endpoint = endpoint) {
  const whole: RequestHead = { method: 'POST', path: '/audio/speech', query: '', headers: {}, ...head };
  const request = {
    family: 'audio',
    api: 'openai' as const,
    model: undefined,
    inQuery: [],
    body: undefined,
    fresh: false,
    ...opaque,
  };
  const { headers, body, ...rest } = opaqueEndpointRequest('req_1', whole, request, at, TIMEOUTS);
  const named: Record<string, string> = {};
  for (let i = 0; i < headers.length; i += 2) {
    expect(named).not.toHaveProperty(headers[i]!);
    named[headers[i]!] = headers[i + 1]!;
  }
  return { ...rest, headers: named, body: Buffer.isBuffer(body) ? body.toString() : body };
}

test('body and query get the name that the endpoint knows, and the length is true', () => {
  const query = 'a=1&model=m';
  const built = build(
    { model: 'm', inQuery: mentionsInQuery(query), body: held('x=m.', 'm') },
    { query, headers: { 'content-type': 'x/y', 'content-length': '4' } },
  );
  expect(built).toMatchObject({
    origin: 'http://127.0.0.1:1',
    path: '/base/audio/speech?a=1&model=at%2Fendpoint',
    method: 'POST',
    body: 'x=at/endpoint.',
    timeouts: TIMEOUTS,
  });
  expect(built.headers).toMatchObject({
    'content-type': 'x/y',
    'content-length': '14',
    authorization: 'Bearer sk-endpoint',
  });
  expect(built).not.toHaveProperty('fresh');
});

test('an endpoint without a name of its own gets the client’s', () => {
  const { upstreamModel: _none, ...plain } = endpoint;
  expect(build({ model: 'm', body: held('x=m.', 'm') }, {}, plain)).toMatchObject({ body: 'x=m.' });
});

test('a request without a model passes as it is', () => {
  const built = build({ fresh: true, body: held('x=m.', 'm') }, { method: 'PUT', query: 'x=%20' });
  expect(built).toMatchObject({ method: 'PUT', path: '/base/audio/speech?x=%20', body: 'x=m.', fresh: true });
});

test('without a body there is no length', () => {
  const built = build({}, { method: 'GET' });
  expect(built.headers).not.toHaveProperty('content-length');
  expect(built.body).toBeUndefined();
});

test('of the client’s headers an endpoint sees what such routes need, and no credential', () => {
  const headers: IncomingHttpHeaders = {
    authorization: 'Bearer sk-caller',
    'x-api-key': 'sk-caller',
    cookie: 'a=b',
    range: 'bytes=0-1',
    'anthropic-version': '2023-06-01',
    'anthropic-beta': 'x',
    connection: 'close',
  };
  const forwards = ['anthropic-version', 'anthropic-beta'];
  expect(build({}, { headers }).headers).not.toHaveProperty('anthropic-beta');
  expect(build({ forwards }, { headers }).headers).toEqual({
    'accept-encoding': 'identity',
    'x-request-id': 'req_1',
    authorization: 'Bearer sk-endpoint',
    'api-key': 'k',
    'x-team': 't',
    range: 'bytes=0-1',
    'anthropic-version': '2023-06-01',
    'anthropic-beta': 'x',
  });
});

test('a configured header stands above the client’s', () => {
  const at = { ...endpoint, headers: { range: 'ours' } };
  expect(build({}, { headers: { range: 'theirs' } }, at).headers['range']).toBe('ours');
});

test('a client’s secret goes in place of every credential of ours', () => {
  const built = build({ clientSecret: 'ek_1' });
  expect(built.headers).toMatchObject({ authorization: 'Bearer ek_1', 'x-team': 't' });
  expect(built.headers).not.toHaveProperty('api-key');
});
