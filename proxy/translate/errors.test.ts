import { expect, it } from 'vitest';
import type { JsonObject } from '../core/json.ts';
import type { Family } from './conversation.ts';
import { failureOfStep, readFailure, writeFailure } from './errors.ts';

const anthropic = (type: string, message = 'M'): JsonObject => ({ type: 'error', error: { type, message } });
const google = (status: string, message = 'M', details: JsonObject[] = []): JsonObject => ({
  error: { code: 0, message, status, details },
});
const openai = (code: string | null, message = 'M'): JsonObject => ({
  error: { message, type: 'invalid_request_error', param: 'p', code },
});

interface Words {
  readonly error: { readonly type?: string; readonly code?: string | number | null; readonly status?: string };
}

/** Status and words of an endpoint's error in each family. */
function inEachFamily(family: Family, status: number, body: JsonObject | undefined): string[] {
  const failure = readFailure(family, status, body);
  const [chat, messages, gemini] = (['chat', 'messages', 'gemini'] as const).map((client) => {
    const written = writeFailure(client, failure);
    return { status: written.status, ...(written.body as unknown as Words).error, http: written.status };
  });
  const responses = writeFailure('responses', failure);
  expect(responses).toEqual(writeFailure('chat', failure));
  expect(gemini?.code).toBe(gemini?.http);
  return [
    `${chat?.http} ${chat?.type} ${chat?.code}`,
    `${messages?.http} ${messages?.type}`,
    `${gemini?.http} ${gemini?.status}`,
  ];
}

const BAD = ['400 invalid_request_error null', '400 invalid_request_error', '400 INVALID_ARGUMENT'];
const LONG = ['400 invalid_request_error context_length_exceeded', '400 invalid_request_error', '400 INVALID_ARGUMENT'];
const KEY = ['401 invalid_request_error invalid_api_key', '401 authentication_error', '401 UNAUTHENTICATED'];
const DENIED = ['403 invalid_request_error null', '403 permission_error', '403 PERMISSION_DENIED'];
const UNKNOWN = ['404 invalid_request_error model_not_found', '404 not_found_error', '404 NOT_FOUND'];
const RATE = ['429 requests rate_limit_exceeded', '429 rate_limit_error', '429 RESOURCE_EXHAUSTED'];
const CREDIT = ['429 insufficient_quota insufficient_quota', '429 rate_limit_error', '429 RESOURCE_EXHAUSTED'];
const BUSY = ['503 server_error null', '529 overloaded_error', '503 UNAVAILABLE'];
const BROKEN = ['500 server_error null', '500 api_error', '500 INTERNAL'];

it.each<[Family, number, JsonObject | undefined, string[]]>([
  ['messages', 400, anthropic('invalid_request_error'), BAD],
  ['messages', 400, anthropic('invalid_request_error', 'prompt is too long: 9 tokens > 8 maximum'), LONG],
  ['messages', 400, anthropic('invalid_request_error', 'Your credit balance is too low to access the API.'), CREDIT],
  ['messages', 401, anthropic('authentication_error'), KEY],
  ['messages', 403, anthropic('permission_error'), DENIED],
  ['messages', 404, anthropic('not_found_error'), UNKNOWN],
  ['messages', 429, anthropic('rate_limit_error'), RATE],
  [
    'messages',
    429,
    anthropic('rate_limit_error', '50,000 input tokens per minute'),
    ['429 tokens rate_limit_exceeded', ...RATE.slice(1)],
  ],
  ['messages', 529, anthropic('overloaded_error'), BUSY],
  ['messages', 503, anthropic('api_error'), BUSY],
  ['chat', 500, openai('server_is_overloaded'), BUSY],
  ['chat', 500, openai(null, 'That model is currently overloaded with other requests.'), BUSY],
  ['messages', 500, anthropic('api_error'), BROKEN],
  ['gemini', 400, google('INVALID_ARGUMENT'), BAD],
  [
    'gemini',
    400,
    google('INVALID_ARGUMENT', 'The input token count (9) exceeds the maximum number of tokens allowed (8).'),
    LONG,
  ],
  ['gemini', 400, google('INVALID_ARGUMENT', 'API key not valid.', [{ '@type': 't', reason: 'API_KEY_INVALID' }]), KEY],
  ['gemini', 403, google('PERMISSION_DENIED', "Method doesn't allow unregistered callers (…)."), KEY],
  ['gemini', 403, google('PERMISSION_DENIED'), DENIED],
  ['gemini', 404, google('NOT_FOUND'), UNKNOWN],
  ['gemini', 429, google('RESOURCE_EXHAUSTED'), RATE],
  ['gemini', 503, google('UNAVAILABLE'), BUSY],
  ['gemini', 500, google('INTERNAL'), BROKEN],
  ['gemini', 504, google('DEADLINE_EXCEEDED'), ['504 server_error null', '504 timeout_error', '504 DEADLINE_EXCEEDED']],
  ['chat', 400, openai(null), BAD],
  ['chat', 422, openai(null), ['422 invalid_request_error null', '422 invalid_request_error', '422 INVALID_ARGUMENT']],
  ['chat', 400, openai('context_length_exceeded'), LONG],
  ['chat', 400, openai(null, "This model's maximum context length is 8 tokens."), LONG],
  ['chat', 401, openai('invalid_api_key'), KEY],
  ['responses', 404, openai('model_not_found'), UNKNOWN],
  ['chat', 429, openai('rate_limit_exceeded'), RATE],
  ['chat', 429, openai('insufficient_quota'), CREDIT],
  ['chat', 503, openai(null), BUSY],
  ['chat', 502, undefined, ['502 server_error null', '502 api_error', '502 INTERNAL']],
  ['chat', 413, undefined, ['413 invalid_request_error null', '413 request_too_large', '413 INVALID_ARGUMENT']],
  ['chat', 402, undefined, CREDIT],
])('%s %i %j', (family, status, body, expected) => {
  expect(inEachFamily(family, status, body)).toEqual(expected);
});

it('an overflow is told to clients of Anthropic in the sentence that they know', () => {
  const message = (family: Family, text: string) =>
    (
      writeFailure('messages', readFailure(family, 400, { error: { message: text, status: '' } })).body[
        'error'
      ] as JsonObject
    )['message'];
  expect(
    message('gemini', 'The input token count (1250074) exceeds the maximum number of tokens allowed (1048576).'),
  ).toBe('prompt is too long: 1250074 tokens > 1048576 maximum');
  expect(
    message(
      'chat',
      "This model's maximum context length is 128,000 tokens. However, your messages resulted in 130,001 tokens.",
    ),
  ).toBe('prompt is too long: 130001 tokens > 128000 maximum');
  expect(message('chat', 'The context window was exceeded.')).toBe(
    'prompt is too long: The context window was exceeded.',
  );
});

it('the wait that Google asks for is whole seconds, rounded up, and told to its own clients', () => {
  const info = { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '34.4s' };
  const failure = readFailure('gemini', 429, google('RESOURCE_EXHAUSTED', 'M', [info]));
  expect(failure.retryAfter).toBe(35);
  expect(readFailure('gemini', 429, google('RESOURCE_EXHAUSTED', 'Please retry in 48.93s.')).retryAfter).toBe(49);
  expect(writeFailure('gemini', failure).body).toMatchObject({ error: { details: [{ retryDelay: '35s' }] } });
  expect(writeFailure('chat', failure).body).not.toHaveProperty('error.details');
});

it('a body may be an array, a text or no object at all', () => {
  expect(readFailure('gemini', 404, [google('NOT_FOUND', 'gone')])).toMatchObject({
    kind: 'not_found',
    message: 'gone',
  });
  expect(readFailure('chat', 500, { error: 'plain' })).toMatchObject({ kind: 'server', message: 'plain' });
  expect(readFailure('chat', 500, 'text').message).toContain('500');
  expect(writeFailure('chat', readFailure('chat', 400, openai(null))).body).toMatchObject({ error: { param: 'p' } });
});

it.each([
  [{ type: 'overloaded_error' }, 'overload'],
  [{ type: 'UNAVAILABLE' }, 'overload'],
  [{ code: 'rate_limit_exceeded' }, 'rate'],
  [{ code: 'insufficient_quota' }, 'quota'],
  [{ status: 404 }, 'not_found'],
  [{}, 'server'],
])('the failure of a step with %j is %s', (words, kind) => {
  expect(failureOfStep({ kind: 'error', message: 'M', ...words }).kind).toBe(kind);
});
