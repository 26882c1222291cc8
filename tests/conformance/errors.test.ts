import OpenAI, {
  APIConnectionError,
  APIConnectionTimeoutError,
  APIError,
  AuthenticationError,
  BadRequestError,
  ConflictError,
  InternalServerError,
  NotFoundError,
  PermissionDeniedError,
  RateLimitError,
  UnprocessableEntityError,
} from 'openai';
import { expect, test } from 'vitest';
import { startMock } from '../../mocks/index.ts';
import { bedForFile } from './bed.ts';

const bed = bedForFile();
const request = { model: 'gpt-4o-mini', messages: [{ role: 'user' as const, content: 'hi' }] };

test.each([
  [400, BadRequestError],
  [401, AuthenticationError],
  [403, PermissionDeniedError],
  [404, NotFoundError],
  [409, ConflictError],
  [422, UnprocessableEntityError],
  [429, RateLimitError],
  [500, InternalServerError],
  [503, InternalServerError],
])("status %i is the SDK's own class, with the fields of the body and the request id", async (status, type) => {
  const body = { error: { message: 'no', type: 'some_type', param: 'p', code: 'c' } };
  await bed.mock.fault({ fault: { kind: 'status', status, body } });
  const error = await bed
    .client()
    .chat.completions.create(request)
    .catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(type);
  expect(error).toMatchObject({ status, type: 'some_type', param: 'p', code: 'c' });
  expect((error as APIError).requestID).toMatch(/^req_[0-9a-f]{32}$/);
});

test('the SDK retries what may be retried, and the retry succeeds', async () => {
  await bed.mock.fault({ times: 2, fault: { kind: 'status', status: 429, headers: { 'retry-after-ms': '1' } } });
  const completion = await bed.client({ maxRetries: 2 }).chat.completions.create(request);
  expect(completion.choices[0]?.message.content).toBe('Mock response to: hi');
  const retries = (await bed.mock.requests()).map(({ headers }) => headers['x-stainless-retry-count']);
  expect(retries).toEqual(['0', '1', '2']);
});

test('a connection that is cut before the head is a connection error', async () => {
  await bed.mock.fault({ fault: { kind: 'cut' } });
  await expect(bed.client().chat.completions.create(request)).rejects.toThrow(APIConnectionError);
});

test('a head that never comes is a timeout', async () => {
  await bed.mock.fault({ fault: { kind: 'hang' } });
  const answer = bed.client({ timeout: 100 }).chat.completions.create(request);
  await expect(answer).rejects.toThrow(APIConnectionTimeoutError);
});

test('an error event in a chat stream is thrown with its fields', async () => {
  const error = { message: 'overloaded', type: 'server_error', code: 'busy' };
  await bed.mock.fault({ fault: { kind: 'error-first', afterEvents: 2, error } });
  const stream = await bed.client().chat.completions.create({ ...request, stream: true });
  const seen: unknown[] = [];
  const read = async (): Promise<void> => {
    for await (const chunk of stream) seen.push(chunk);
  };
  await expect(read()).rejects.toMatchObject({ code: 'busy', type: 'server_error' });
  expect(seen).toHaveLength(2);
});

test('an error event in a Responses stream is thrown by the SDK', async () => {
  await bed.mock.fault({ fault: { kind: 'error-first', afterEvents: 3, error: { message: 'no', code: 'busy' } } });
  const stream = await bed.client().responses.create({ model: 'gpt-4o-mini', input: 'hi', stream: true });
  const read = async (): Promise<void> => {
    for await (const event of stream) void event;
  };
  await expect(read()).rejects.toThrow(APIError);
});

test('a stream that is cut in the middle is an error and not an end', async () => {
  await bed.mock.fault({ fault: { kind: 'cut', afterEvents: 3 } });
  const helper = bed.client().chat.completions.stream(request);
  await expect(helper.finalChatCompletion()).rejects.toThrow();
});

test.each([
  ['an unknown model in chat', 404, 'model_not_found', null],
  ['an unknown model in Responses', 400, 'model_not_found', 'model'],
  ['a refused key', 401, 'invalid_api_key', null],
])("%s is the provider's error", async (kind, status, code, param) => {
  await using mock = await startMock({ models: ['gpt-4o'], keys: ['sk-right'] });
  const apiKey = status === 401 ? 'sk-wrong-key-of-some-length' : 'sk-right';
  const client = new OpenAI({ baseURL: mock.baseURL, apiKey, maxRetries: 0 });
  const answer: Promise<unknown> = kind.endsWith('Responses')
    ? client.responses.create({ model: 'gpt-9', input: 'hi' })
    : client.chat.completions.create({ ...request, model: 'gpt-9' });
  await expect(answer).rejects.toMatchObject({ status, code, param, type: 'invalid_request_error' });
});

test('what is missing or of the wrong type is named', async () => {
  const { completions } = bed.client().chat;
  await expect(completions.create({ model: 'gpt-4o' } as never)).rejects.toMatchObject({
    status: 400,
    code: 'missing_required_parameter',
    param: 'messages',
  });
  await expect(completions.create({ ...request, temperature: 'hot' as never })).rejects.toMatchObject({
    status: 400,
    code: 'invalid_type',
    param: 'temperature',
  });
});
