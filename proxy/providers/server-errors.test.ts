import { expect, test } from 'vitest';
import type { OutcomeKind } from '../core/outcome.ts';
import {
  anthropicError,
  answer,
  azureError,
  classify,
  details,
  geminiError,
  PER_MINUTE,
  type Said,
} from './errors.fixture.ts';
import { PROVIDERS } from './table.ts';
import type { ProviderId } from './types.ts';

test.each<[ProviderId, number, object | string, OutcomeKind]>([
  ['groq', 400, { error: { message: 'm', type: 'invalid_request_error', code: 'tool_use_failed' } }, 'client_error'],
  [
    'groq',
    413,
    {
      error: {
        message: 'Request too large for model `m` on tokens per minute (TPM): Limit 6000, Requested 9000',
        type: 'tokens',
        code: 'rate_limit_exceeded',
      },
    },
    'too_large_for_limit',
  ],
  ['groq', 498, { error: { message: 'x', code: 'capacity_exceeded' } }, 'busy'],
  ['mistral', 401, { detail: 'Invalid API Key' }, 'unauthorized'],
  ['mistral', 422, { detail: [{ loc: ['body', 'x'], msg: 'Extra inputs are not permitted' }] }, 'client_error'],
  [
    'mistral',
    400,
    { object: 'error', message: 'Invalid model: m', type: 'invalid_model', code: '1500' },
    'model_not_here',
  ],
  [
    'deepseek',
    402,
    { error: { message: 'Insufficient Balance', type: 'unknown_error', code: 'invalid_request_error' } },
    'insufficient_quota',
  ],
  ['deepseek', 400, { error: { message: 'Model Not Exist', type: 'invalid_request_error' } }, 'model_not_here'],
  [
    'openrouter',
    429,
    {
      error: {
        message: 'Rate limit exceeded: free-models-per-day. Add 10 credits to unlock 1000 free model requests per day',
        code: 429,
      },
    },
    'insufficient_quota',
  ],
  [
    'openrouter',
    429,
    { error: { message: 'Provider returned error', code: 429, metadata: { provider_name: 'P', raw: 'x' } } },
    'rate_limited',
  ],
  ['openrouter', 402, { error: { message: 'Insufficient credits', code: 402 } }, 'insufficient_quota'],
  ['openrouter', 404, { error: { message: 'No endpoints found for vendor/m.', code: 404 } }, 'model_not_here'],
  ['openrouter', 401, { error: { message: 'User not found.', code: 401 } }, 'unauthorized'],
  [
    'xai',
    400,
    { code: 'Client specified an invalid argument', error: 'Incorrect API key provided: xa***.' },
    'unauthorized',
  ],
  [
    'xai',
    404,
    {
      code: 'Some requested entity was not found',
      error: 'The model grok-9 does not exist or your team does not have access to it.',
    },
    'model_not_here',
  ],
  [
    'together',
    404,
    { error: { message: 'Unable to access model m.', type: 'invalid_request_error', code: 'model_not_available' } },
    'model_not_here',
  ],
  [
    'fireworks',
    404,
    {
      error: {
        object: 'error',
        type: 'invalid_request_error',
        code: 'NOT_FOUND',
        message: 'Model not found, inaccessible, and/or not deployed',
      },
    },
    'model_not_here',
  ],
  [
    'fireworks',
    412,
    { error: { message: 'Account x is suspended, possibly due to reaching the monthly spending limit' } },
    'insufficient_quota',
  ],
  ['perplexity', 400, { error: { message: "Invalid model 'x'.", type: 'invalid_model', code: 400 } }, 'model_not_here'],
  ['perplexity', 401, '<html><head><title>401 Authorization Required</title></head></html>', 'unauthorized'],
  [
    'cerebras',
    404,
    {
      message: 'Model x does not exist or you do not have access to it.',
      type: 'not_found_error',
      code: 'model_not_found',
    },
    'model_not_here',
  ],
  [
    'cerebras',
    429,
    {
      message: 'Tokens per day limit exceeded - too many tokens processed.',
      type: 'too_many_tokens_error',
      code: 'token_quota_exceeded',
    },
    'rate_limited',
  ],
  ['databricks', 404, { error_code: 'ENDPOINT_NOT_FOUND', message: 'x' }, 'model_not_here'],
  [
    'databricks',
    404,
    {
      error_code: 'RESOURCE_DOES_NOT_EXIST',
      message: 'The given endpoint does not exist, please retry after checking the specified model.',
    },
    'model_not_here',
  ],
  ['databricks', 403, { error_code: '403', message: 'Invalid access token.' }, 'unauthorized'],
  ['databricks', 429, { error_code: 'REQUEST_LIMIT_EXCEEDED', message: 'x' }, 'rate_limited'],
  [
    'ollama',
    404,
    { error: { message: 'model "m" not found, try pulling it first', type: 'api_error', param: null, code: null } },
    'model_not_here',
  ],
  [
    'vllm',
    404,
    { object: 'error', message: 'The model `m` does not exist.', type: 'NotFoundError', code: 404 },
    'model_not_here',
  ],
  [
    'vllm',
    400,
    { error: { message: "This model's maximum context length is 4096 tokens.", type: 'BadRequestError', code: 400 } },
    'context_too_long',
  ],
  [
    'llama.cpp',
    400,
    { error: { code: 400, message: 'x', type: 'exceed_context_size_error', n_prompt_tokens: 9, n_ctx: 8 } },
    'context_too_long',
  ],
  ['llama.cpp', 503, { error: { code: 503, message: 'Loading model', type: 'unavailable_error' } }, 'server_error'],
  [
    'lmstudio',
    404,
    {
      error: { message: 'No models loaded. Please load a model in the developer page.', type: 'invalid_request_error' },
    },
    'model_not_here',
  ],
  ['lmstudio', 400, { error: 'Trying to keep the first 9000 tokens when context the overflows.' }, 'context_too_long'],
])('%s: status %i with %j is %s', (provider, status, body, kind) => {
  expect(classify(provider, { status, body })).toMatchObject({ kind, status });
});

/** How long each of them asks to be left alone, in milliseconds. */
test.each<[ProviderId, string, Said['headers'], object, number | undefined]>([
  ['anthropic', 'seconds', { 'retry-after': '12' }, anthropicError('rate_limit_error', 'x'), 12_000],
  [
    'anthropic',
    'the reset of the limit that is exhausted',
    {
      'anthropic-ratelimit-requests-limit': '4000',
      'anthropic-ratelimit-requests-remaining': '3999',
      'anthropic-ratelimit-requests-reset': '2026-08-19T14:34:13Z',
      'anthropic-ratelimit-input-tokens-limit': '50000',
      'anthropic-ratelimit-input-tokens-remaining': '0',
      'anthropic-ratelimit-input-tokens-reset': '2026-08-19T14:34:52Z',
    },
    anthropicError('rate_limit_error', 'x'),
    40_000,
  ],
  ['anthropic', 'nothing', {}, anthropicError('rate_limit_error', 'x'), undefined],
  ['gemini', 'RetryInfo', {}, geminiError(429, 'RESOURCE_EXHAUSTED', 'x', { details: details('a', '34.4s') }), 34_400],
  [
    'gemini',
    'the longer of two',
    {},
    geminiError(429, 'X', PER_MINUTE, { details: details('a', '48s') }),
    48_939.935699,
  ],
  ['gemini', 'RetryInfo of 0', {}, geminiError(429, 'X', 'x', { details: details('a', '0s') }), 0],
  ['gemini', 'no duration', {}, geminiError(429, 'X', 'x', { details: details('a', '1m') }), undefined],
  [
    'azure',
    'the larger of two headers',
    { 'retry-after': '1', 'retry-after-ms': '0' },
    azureError('RateLimitReached', 'x'),
    1_000,
  ],
  ['azure', 'milliseconds', { 'retry-after': '2', 'retry-after-ms': '1200' }, azureError('429', 'x'), 1_200],
  ['azure', 'its sentence', {}, azureError('429', 'x. Please retry after 24 seconds. y'), 24_000],
  [
    'azure',
    'plain numbers',
    { 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-limit-tokens': '9', 'x-ratelimit-reset-tokens': '7' },
    azureError('429', 'x'),
    7_000,
  ],
  ['groq', 'a duration', { 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-reset-tokens': '1m26.4s' }, {}, 86_400],
  [
    'cerebras',
    'seconds of a day',
    { 'x-ratelimit-remaining-tokens-day': '0', 'x-ratelimit-reset-tokens-day': '33011.5' },
    {},
    33_011_500,
  ],
])('%s: %s', (provider, _what, headers, body, expected) => {
  const { retryAfterMs } = classify(provider, { status: 429, body, ...(headers ? { headers } : {}) });
  if (expected === undefined) expect(retryAfterMs).toBeUndefined();
  else expect(retryAfterMs).toBeCloseTo(expected, 5);
});

/** What the error inside an answer of status 200 means: an event, or a chunk of Gemini's. */
test.each<[ProviderId, object, OutcomeKind]>([
  ['anthropic', anthropicError('overloaded_error', 'Overloaded'), 'bad_answer'],
  ['anthropic', anthropicError('rate_limit_error', 'x'), 'rate_limited'],
  [
    'anthropic',
    anthropicError('invalid_request_error', 'prompt is too long: 9 tokens > 8 maximum'),
    'context_too_long',
  ],
  ['anthropic', anthropicError('api_error', 'Internal server error'), 'bad_answer'],
  ['gemini', geminiError(503, 'UNAVAILABLE', 'The model is overloaded.'), 'bad_answer'],
  ['gemini', geminiError(429, 'RESOURCE_EXHAUSTED', 'x', { details: details('a', '5s') }), 'rate_limited'],
  ['gemini', geminiError(400, 'INVALID_ARGUMENT', 'x'), 'client_error'],
  ['openrouter', { error: { message: 'x', code: 400 } }, 'bad_answer'],
])('%s: %j inside an answer is %s', (provider, body, kind) => {
  expect(PROVIDERS[provider].classifyEmbedded(answer({ status: 200, body })).kind).toBe(kind);
});
