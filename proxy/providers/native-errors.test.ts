import { expect, test } from 'vitest';
import type { OutcomeKind } from '../core/outcome.ts';
import {
  anthropicError,
  answer,
  azureError,
  classify,
  details,
  errorInfo,
  geminiError,
  PER_MINUTE,
  type Said,
} from './errors.fixture.ts';
import { PROVIDERS } from './table.ts';
import type { ProviderId } from './types.ts';

test.each<[number, string, string, OutcomeKind]>([
  [401, 'authentication_error', 'x-api-key header is required', 'unauthorized'],
  [401, 'authentication_error', 'invalid x-api-key', 'unauthorized'],
  [403, 'permission_error', 'Your API key does not have permission to use the specified resource.', 'not_permitted'],
  [404, 'not_found_error', 'model: claude-does-not-exist', 'model_not_here'],
  [404, 'not_found_error', 'File not found: file_011C', 'client_error'],
  [404, 'not_found_error', 'Not found', 'client_error'],
  [400, 'invalid_request_error', 'anthropic-version: header is required', 'client_error'],
  [400, 'invalid_request_error', 'max_tokens: Field required', 'client_error'],
  [400, 'invalid_request_error', 'model: Field required', 'client_error'],
  [400, 'invalid_request_error', 'messages.0.name: Extra inputs are not permitted', 'client_error'],
  [400, 'invalid_request_error', '`temperature` is deprecated for this model.', 'client_error'],
  [
    400,
    'invalid_request_error',
    'max_tokens: 128001 > 64000, which is the maximum allowed number of output tokens for claude-opus-4-5-20251101',
    'client_error',
  ],
  [400, 'invalid_request_error', 'prompt is too long: 3333404 tokens > 200000 maximum', 'context_too_long'],
  [
    400,
    'invalid_request_error',
    'input length and `max_tokens` exceed context limit: 197201 + 21333 > 200000, decrease input length or `max_tokens` and try again',
    'context_too_long',
  ],
  [
    400,
    'invalid_request_error',
    'messages.1.content.0: Invalid `signature` in `thinking` block',
    'unknown_previous_response',
  ],
  [
    400,
    'invalid_request_error',
    'messages.12.content.3: Invalid `data` in `redacted_thinking` block',
    'unknown_previous_response',
  ],
  [
    400,
    'invalid_request_error',
    'Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.',
    'insufficient_quota',
  ],
  [400, 'invalid_request_error', 'You have reached your specified API usage limits.', 'insufficient_quota'],
  [402, 'billing_error', 'x', 'insufficient_quota'],
  [403, 'billing_error', 'x', 'insufficient_quota'],
  [413, 'request_too_large', 'Request exceeds the maximum size', 'client_error'],
  [
    429,
    'rate_limit_error',
    "This request would exceed your organization's rate limit of 50,000 input tokens per minute (org: 7c1b, model: claude-haiku-4-5-20251001). For details, refer to: https://docs.claude.com/en/api/rate-limits.",
    'rate_limited',
  ],
  [
    429,
    'rate_limit_error',
    "This request would exceed your account's rate limit. Please try again later.",
    'rate_limited',
  ],
  [500, 'api_error', 'Internal server error', 'server_error'],
  [504, 'timeout_error', 'x', 'server_error'],
  [529, 'overloaded_error', 'Overloaded', 'busy'],
])('Anthropic: status %i, %s, «%s» is %s', (status, type, message, kind) => {
  const said = { status, body: anthropicError(type, message) };
  expect(classify('anthropic', said)).toMatchObject({ kind, status });
  // A gateway at another address repeats these words.
  expect(classify('compatible', said).kind).toBe(kind);
});

test.each<[number, string, string, object, OutcomeKind]>([
  [
    403,
    'PERMISSION_DENIED',
    "Method doesn't allow unregistered callers (callers without established identity). Please use API Key or other form of API consumer identity to call this API.",
    {},
    'unauthorized',
  ],
  [
    400,
    'INVALID_ARGUMENT',
    'API key not valid. Please pass a valid API key.',
    errorInfo('API_KEY_INVALID'),
    'unauthorized',
  ],
  [400, 'INVALID_ARGUMENT', 'x', errorInfo('API_KEY_INVALID'), 'unauthorized'],
  [400, 'INVALID_ARGUMENT', 'x', errorInfo('API_KEY_SERVICE_BLOCKED'), 'client_error'],
  [401, 'UNAUTHENTICATED', 'Request had invalid authentication credentials.', {}, 'unauthorized'],
  [
    404,
    'NOT_FOUND',
    'models/nope is not found for API version v1beta, or is not supported for generateContent. Call ModelService.ListModels to see the list of available models and their supported methods.',
    {},
    'model_not_here',
  ],
  [404, 'NOT_FOUND', 'This model models/gemini-1.5-pro is no longer available to new users.', {}, 'model_not_here'],
  [404, 'NOT_FOUND', 'Requested entity was not found.', {}, 'client_error'],
  [
    400,
    'INVALID_ARGUMENT',
    'Invalid JSON payload received. Unknown name "x" at \'generation_config\': Cannot find field.',
    { details: [{ '@type': 'type.googleapis.com/google.rpc.BadRequest', fieldViolations: [{ field: 'x' }] }] },
    'client_error',
  ],
  [400, 'INVALID_ARGUMENT', 'Please use a valid role: user, model.', {}, 'client_error'],
  [
    400,
    'INVALID_ARGUMENT',
    'The input token count (1250074) exceeds the maximum number of tokens allowed (1048576).',
    {},
    'context_too_long',
  ],
  [
    400,
    'INVALID_ARGUMENT',
    'Function call is missing a thought_signature in functionCall parts. This is required for tools to work correctly.',
    {},
    'client_error',
  ],
  [400, 'INVALID_ARGUMENT', 'Corrupted thought signature.', {}, 'unknown_previous_response'],
  [403, 'PERMISSION_DENIED', 'CachedContent not found (or permission denied)', {}, 'unknown_previous_response'],
  [
    403,
    'PERMISSION_DENIED',
    'You do not have permission to access the File abc or it may not exist.',
    {},
    'unknown_previous_response',
  ],
  [400, 'FAILED_PRECONDITION', 'User location is not supported for the API use.', {}, 'not_permitted'],
  [
    429,
    'RESOURCE_EXHAUSTED',
    PER_MINUTE,
    { details: details('GenerateContentPaidTierInputTokensPerModelPerMinute', '48s') },
    'rate_limited',
  ],
  [
    429,
    'RESOURCE_EXHAUSTED',
    PER_MINUTE,
    { details: details('GenerateRequestsPerDayPerProjectPerModel-FreeTier', '48s') },
    'insufficient_quota',
  ],
  [
    429,
    'RESOURCE_EXHAUSTED',
    "Quota exceeded for quota metric 'Generate Content API requests per minute' and limit 'GenerateContent request limit per minute' of service 'generativelanguage.googleapis.com'.",
    {},
    'rate_limited',
  ],
  [
    429,
    'RESOURCE_EXHAUSTED',
    'Quota exceeded',
    { details: [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '34s' }] },
    'rate_limited',
  ],
  [429, 'RESOURCE_EXHAUSTED', 'Quota exceeded', {}, 'insufficient_quota'],
  [429, 'RESOURCE_EXHAUSTED', 'Resource has been exhausted (e.g. check quota).', {}, 'rate_limited'],
  [500, 'INTERNAL', 'An internal error has occurred. Please retry or report in the forum', {}, 'server_error'],
  [503, 'UNAVAILABLE', 'The model is overloaded. Please try again later.', {}, 'server_error'],
  [504, 'DEADLINE_EXCEEDED', 'x', {}, 'server_error'],
])('Gemini: status %i, %s, «%s» %j is %s', (status, word, message, more, kind) => {
  const error = geminiError(status, word, message, more);
  // A stream that fails at once, and the API in OpenAI's form, say it in a list.
  for (const body of [error, [error]]) {
    expect(classify('gemini', { status, body })).toMatchObject({ kind, status });
    expect(classify('compatible', { status, body }).kind).toBe(kind);
  }
});

test.each<[number, object, OutcomeKind]>([
  [
    401,
    azureError(
      '401',
      'Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an active subscription and use a correct regional API endpoint for your resource.',
    ),
    'unauthorized',
  ],
  [
    401,
    {
      statusCode: 401,
      message: 'Unauthorized. Access token is missing, invalid, audience is incorrect, or have expired.',
    },
    'unauthorized',
  ],
  [
    401,
    azureError(
      'PermissionDenied',
      'The principal `0a1b` lacks the required data action `Microsoft.CognitiveServices/accounts/OpenAI/deployments/chat/completions/action`',
    ),
    'not_permitted',
  ],
  [403, azureError('403', 'Access denied due to Virtual Network/Firewall rules.'), 'not_permitted'],
  [
    404,
    azureError(
      'DeploymentNotFound',
      'The API deployment for this resource does not exist. If you created the deployment within the last 5 minutes, please wait a moment and try again.',
      { type: 'invalid_request_error' },
    ),
    'model_not_here',
  ],
  [404, azureError('404', 'Resource not found'), 'model_not_here'],
  [
    400,
    azureError(
      'OperationNotSupported',
      'The chatCompletion operation does not work with the specified model, text-embedding-3-small.',
    ),
    'model_not_here',
  ],
  [
    400,
    azureError(
      'content_filter',
      "The response was filtered due to the prompt triggering Azure OpenAI's content management policy. Please modify your prompt and retry.",
      {
        type: null,
        param: 'prompt',
        status: 400,
        innererror: { code: 'ResponsibleAIPolicyViolation' },
      },
    ),
    'content_refused',
  ],
  [400, azureError('context_length_exceeded', 'x'), 'context_too_long'],
  [
    429,
    azureError(
      '429',
      'Requests to the ChatCompletions_Create Operation under Azure OpenAI API version 2024-02-01 have exceeded token rate limit of your current OpenAI S0 pricing tier. Please retry after 24 seconds.',
    ),
    'rate_limited',
  ],
  [
    429,
    azureError('RateLimitReached', 'Your requests to gpt-4o for gpt-4o in westeurope have exceeded rate limit.'),
    'rate_limited',
  ],
  [429, azureError('insufficient_quota', 'x'), 'insufficient_quota'],
  [408, azureError('Timeout', 'The operation was timeout.'), 'busy'],
  [503, azureError('ServiceUnavailable', 'x'), 'server_error'],
])('Azure: status %i with %j is %s', (status, body, kind) => {
  expect(classify('azure', { status, body })).toMatchObject({ kind, status });
});

test.each([
  "Invalid value: 'models/x is not found for API version v1beta'.",
  'Unknown name "User location is not supported" at \'contents\': Cannot find field.',
  'Invalid value: model: claude-x',
  "Unknown field 'CachedContent not found'",
])('what a message repeats of the request does not cost the endpoint its place: %s', (message) => {
  for (const provider of ['anthropic', 'gemini', 'azure'] as const) {
    expect(classify(provider, { status: 400, body: geminiError(400, 'INVALID_ARGUMENT', message) }).kind).toBe(
      'client_error',
    );
  }
});

test("what a caller's own credential meets concerns that caller", () => {
  const kindOf = (provider: ProviderId, said: Said) => PROVIDERS[provider].classify(answer(said, true)).kind;
  const quota = { details: details('GenerateRequestsPerDayPerProjectPerModel-FreeTier') };
  expect(kindOf('gemini', { status: 429, body: geminiError(429, 'RESOURCE_EXHAUSTED', 'x', quota) })).toBe(
    'credential_quota',
  );
  expect(kindOf('gemini', { status: 400, body: geminiError(400, 'X', 'x', errorInfo('API_KEY_INVALID')) })).toBe(
    'credential_refused',
  );
  expect(kindOf('anthropic', { status: 429, body: anthropicError('rate_limit_error', 'x') })).toBe(
    'credential_limited',
  );
  expect(kindOf('azure', { status: 401, body: azureError('401', 'x') })).toBe('credential_refused');
});
