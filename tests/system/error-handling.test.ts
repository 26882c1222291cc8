import OpenAI from 'openai';
import type { APIError } from 'openai';
import { describe, expect, inject, test } from 'vitest';
import { chat, nonce, sharedClient } from './ask.ts';
import { startBed } from './bed.ts';
import { errorOf, openSocket, send } from './http.ts';

const url = (path: string): string => `${inject('proxyUrl')}${path}`;

async function failureOf(call: Promise<unknown>): Promise<APIError> {
  return call.then(
    () => {
      throw new Error('the call succeeded');
    },
    (error: unknown) => error as APIError,
  );
}

interface ErrorFields {
  readonly status: number;
  readonly code: string;
  readonly param: string | null;
}

const messages = [{ role: 'user', content: 'hi' }];

describe('what the client did wrong is told in the SDK’s classes, with code and parameter', () => {
  test.each<[string, string, object, ErrorFields]>([
    [
      'no model',
      '/chat/completions',
      { messages },
      { status: 400, code: 'missing_required_parameter', param: 'model' },
    ],
    [
      'an empty model',
      '/chat/completions',
      { model: '', messages },
      { status: 400, code: 'missing_required_parameter', param: 'model' },
    ],
    [
      'a model that is a number',
      '/chat/completions',
      { model: 4, messages },
      { status: 400, code: 'invalid_type', param: 'model' },
    ],
    [
      'no messages',
      '/chat/completions',
      { model: 'gpt-4o' },
      { status: 400, code: 'missing_required_parameter', param: 'messages' },
    ],
    [
      'messages as text',
      '/chat/completions',
      { model: 'gpt-4o', messages: 'hi' },
      { status: 400, code: 'invalid_type', param: 'messages' },
    ],
    [
      'a message as text',
      '/chat/completions',
      { model: 'gpt-4o', messages: ['hi'] },
      { status: 400, code: 'invalid_type', param: 'messages[0]' },
    ],
    [
      'stream as text',
      '/chat/completions',
      { model: 'gpt-4o', messages, stream: 'yes' },
      { status: 400, code: 'invalid_type', param: 'stream' },
    ],
    [
      'no input',
      '/responses',
      { model: 'gpt-4o' },
      { status: 400, code: 'missing_required_parameter', param: 'input' },
    ],
    [
      'input as a number',
      '/responses',
      { model: 'gpt-4o', input: 4 },
      { status: 400, code: 'invalid_type', param: 'input' },
    ],
    [
      'background as text',
      '/responses',
      { model: 'gpt-4o', input: 'x', background: '1' },
      { status: 400, code: 'invalid_type', param: 'background' },
    ],
    [
      'no input to embed',
      '/embeddings',
      { model: 'text-embedding-3-small' },
      { status: 400, code: 'missing_required_parameter', param: 'input' },
    ],
    [
      'a cache that is text',
      '/chat/completions',
      { model: 'gpt-4o', messages, cache: 'no' },
      { status: 400, code: 'invalid_type', param: 'cache' },
    ],
    [
      'an unknown word about the cache',
      '/chat/completions',
      { model: 'gpt-4o', messages, cache: { nostore: true } },
      { status: 400, code: 'invalid_value', param: 'cache.nostore' },
    ],
    [
      'a model that is not configured',
      '/chat/completions',
      { model: 'no-such-model', messages },
      { status: 404, code: 'model_not_found', param: null },
    ],
    [
      'a model that is not configured',
      '/embeddings',
      { model: 'no-such-model', input: 'x' },
      { status: 404, code: 'model_not_found', param: null },
    ],
    [
      'a model that is not configured',
      '/responses',
      { model: 'no-such-model', input: 'x' },
      { status: 404, code: 'model_not_found', param: null },
    ],
  ])('%s at %s', async (_what, path, body, expected) => {
    const error = await failureOf(sharedClient().post(path, { body }));
    expect(error).toBeInstanceOf(expected.status === 404 ? OpenAI.NotFoundError : OpenAI.BadRequestError);
    expect(error).toMatchObject({ ...expected, type: 'invalid_request_error' });
    expect(error.requestID).toMatch(/^req_[0-9a-f]{32}$/);
    if (expected.code === 'model_not_found') expect(error.message).toContain('no-such-model');
  });

  test('the retrieval of a model that is not configured', async () => {
    const error = await failureOf(sharedClient().models.retrieve('no-such-model'));
    expect(error).toBeInstanceOf(OpenAI.NotFoundError);
    expect(error).toMatchObject({ code: 'model_not_found', param: 'model' });
  });

  test.each([
    ['cut off', '{"model": "gpt-4o", "messages": ['],
    ['empty', ''],
    ['an array', '[]'],
    ['text', '"hello"'],
    ['null', 'null'],
    ['two objects', '{}{}'],
    ['no UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31])],
  ])('a body that is %s', async (_what, body) => {
    const answer = await send(url('/v1/chat/completions'), { body });
    expect(answer.status).toBe(400);
    expect(errorOf(answer)).toMatchObject({ type: 'invalid_request_error', code: 'invalid_json', param: null });
  });

  test('a header that makes no sense', async () => {
    const call = sharedClient().chat.completions.create(chat('hi'), { headers: { 'cache-control': 'max-age=soon' } });
    expect(await failureOf(call)).toMatchObject({ status: 400, code: 'invalid_value', param: 'Cache-Control' });
  });

  test('a body that is compressed', async () => {
    const answer = await send(url('/v1/chat/completions'), { body: '{}', headers: { 'content-encoding': 'gzip' } });
    expect(answer.status).toBe(400);
    expect(errorOf(answer)).toMatchObject({ code: 'invalid_value', param: 'content-encoding' });
  });

  test('a path that no route answers to', async () => {
    const answer = await send(url('/nothing/here'), { body: {} });
    expect(answer.status).toBe(404);
    expect(errorOf(answer)).toMatchObject({ type: 'invalid_request_error', code: 'unknown_url' });
  });

  test('something that is not HTTP', async () => {
    const socket = openSocket(inject('proxyUrl'));
    socket.write('BLAH\r\n\r\n');
    const answer = (await socket.ended()).toString();
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain('"code": "invalid_request"');
  });

  test('only what is cached, and nothing is', async () => {
    const options = { headers: { 'cache-control': 'only-if-cached' } };
    const error = await failureOf(sharedClient().chat.completions.create(chat(nonce()), options));
    expect(error).toBeInstanceOf(OpenAI.InternalServerError);
    expect(error).toMatchObject({ status: 504, code: 'only_if_cached' });
  });
});

test('an unknown response is an error of the endpoint that was asked', async () => {
  await using bed = await startBed({ mocks: 2 });
  const error = await failureOf(bed.client().responses.retrieve('resp_0123456789'));
  expect(error).toBeInstanceOf(OpenAI.NotFoundError);
  expect(error.message).toContain('resp_0123456789');
  expect(await bed.sequence()).toHaveLength(2);
});

test('an error that an endpoint gives is relayed as it is, with its headers', async () => {
  await using bed = await startBed();
  const body = { error: { message: 'No such thing.', type: 'some_type', param: 'p', code: 'c', more: 1 } };
  await bed.mock.fault({ fault: { kind: 'status', status: 422, body, headers: { 'x-ratelimit-limit-tokens': '7' } } });
  const error = await failureOf(bed.client().chat.completions.create(chat('hi')));
  expect(error).toBeInstanceOf(OpenAI.UnprocessableEntityError);
  expect(error).toMatchObject({ status: 422, type: 'some_type', param: 'p', code: 'c' });
  expect(error.error).toEqual(body.error);
  expect(error.headers?.get('x-ratelimit-limit-tokens')).toBe('7');
  expect(error.headers?.get('x-llmproxy-endpoint')).toBe('gpt-4o-mini/a');
  expect(error.headers?.get('x-upstream-request-id')).toMatch(/^req_/);
});

test('a body larger than the limit is refused with 413, told beforehand or not', async () => {
  await using bed = await startBed({ config: { server: { body_limit: '4KiB' } } });
  const error = await failureOf(bed.client().chat.completions.create(chat('x'.repeat(5000))));
  expect(error).toMatchObject({ status: 413, code: 'request_too_large' });
  const socket = openSocket(bed.url);
  socket.write(
    'POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n',
  );
  socket.write(`1388\r\n${'x'.repeat(5000)}\r\n`);
  const answer = (await socket.ended()).toString();
  expect(answer).toMatch(/^HTTP\/1\.1 413 /);
  expect(answer).toContain('"code": "request_too_large"');
  expect(await bed.requests()).toEqual([]);
});
