import { expect, test } from 'vitest';
import type { OutcomeKind } from '../core/outcome.ts';
import { PROVIDERS } from './table.ts';
import type { ProviderId } from './types.ts';

const NOW = 1_750_000_000_000;

interface Circumstances {
  readonly provider?: ProviderId;
  readonly headers?: Readonly<Record<string, string>>;
  readonly callersCredential?: boolean;
}

function classify(status: number, body: object | string = {}, circumstances: Circumstances = {}) {
  const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  const { provider = 'openai', headers = {}, callersCredential = false } = circumstances;
  return PROVIDERS[provider].classify({ status, headers, body: bytes, callersCredential, now: NOW });
}

const error = (code: string | null, message = 'no', type = 'x') => ({ error: { message, type, param: null, code } });

const REQUEST_TOO_LARGE =
  'Request too large for gpt-4o in organization org-x on tokens per min (TPM): Limit 30000, Requested 36278. The input or output tokens must be reduced in order to run successfully.';

/** What OpenAI says, and what every server of the same API is taken at its word for as well. */
const COMMON: readonly [number, object | string, OutcomeKind][] = [
  [500, error(null), 'server_error'],
  [500, error('insufficient_quota'), 'server_error'],
  [503, '<html>overloaded</html>', 'server_error'],
  [429, error('rate_limit_exceeded'), 'rate_limited'],
  [429, '', 'rate_limited'],
  [429, error('insufficient_quota'), 'insufficient_quota'],
  [429, error(null, 'no', 'insufficient_quota'), 'insufficient_quota'],
  [429, error(null, 'You exceeded your current quota, please check your plan.'), 'insufficient_quota'],
  [429, error('rate_limit_exceeded', REQUEST_TOO_LARGE, 'tokens'), 'too_large_for_limit'],
  [
    429,
    error(
      'rate_limit_exceeded',
      'Rate limit reached on tokens per min (TPM): Limit 30000, Used 29000, Requested 2000.',
    ),
    'rate_limited',
  ],
  [
    413,
    error('rate_limit_exceeded', 'Tokens per minute (TPM): Limit 6000, Requested 10000, please reduce your message.'),
    'too_large_for_limit',
  ],
  [402, error('invalid_request_error', 'Insufficient Balance'), 'insufficient_quota'],
  [402, '', 'insufficient_quota'],
  [403, error('insufficient_quota'), 'insufficient_quota'],
  [408, {}, 'busy'],
  [424, {}, 'busy'],
  [425, {}, 'busy'],
  [498, error('capacity_exceeded'), 'busy'],
  [529, error('overloaded_error'), 'busy'],
  [401, error('invalid_api_key'), 'unauthorized'],
  [401, '<html>no</html>', 'unauthorized'],
  [403, error(null), 'unauthorized'],
  [403, error('model_not_found', 'Project `proj_x` does not have access to model `gpt-x`'), 'model_not_here'],
  [403, error('content_policy_violation'), 'content_refused'],
  [
    401,
    error(null, 'You have insufficient permissions for this operation. Missing scopes: api.files.read.'),
    'not_permitted',
  ],
  [403, error(null, 'Your key was refused. Missing scopes: model.request'), 'not_permitted'],
  [403, error('insufficient_permissions'), 'not_permitted'],
  [403, error(null, 'You are not allowed to sample from this model'), 'model_not_here'],
  [403, error(null, 'You are not allowed to generate embeddings from this model'), 'model_not_here'],
  [400, error('invalid_api_key'), 'unauthorized'],
  [400, error(null, 'Incorrect API key provided: xa***. You can obtain one from the console.'), 'unauthorized'],
  [404, error('model_not_found', 'The model `m` does not exist or you do not have access to it.'), 'model_not_here'],
  [400, error('model_not_found', "The requested model 'm' does not exist."), 'model_not_here'],
  [404, error(null, 'The model `m` does not exist.'), 'model_not_here'],
  [404, error(null, 'No such File object: file-x'), 'client_error'],
  [404, error(null, "Response with id 'resp_x' not found."), 'client_error'],
  [400, error('previous_response_not_found'), 'unknown_previous_response'],
  [404, error(null, "Previous response with id 'resp_x' not found."), 'unknown_previous_response'],
  [404, error(null, "Conversation with id 'conv_x' not found."), 'unknown_previous_response'],
  [400, error('invalid_encrypted_content'), 'unknown_previous_response'],
  [400, error('context_length_exceeded'), 'context_too_long'],
  [400, error(null, "This model's maximum context length is 8192 tokens."), 'context_too_long'],
  [400, error(null, 'Your input exceeds the context window of this model. Please adjust.'), 'context_too_long'],
  [413, error('context_length_exceeded'), 'context_too_long'],
  [400, error('unknown_parameter'), 'client_error'],
  [400, error('content_filter', "The prompt triggered Azure OpenAI's content management policy."), 'content_refused'],
  [400, error(null, "Invalid 'tools[0].function.description': string too long."), 'client_error'],
  [409, {}, 'client_error'],
  [413, '<html>Request Entity Too Large</html>', 'client_error'],
  [302, '', 'bad_answer'],
  [399, '', 'bad_answer'],
];

test.each(COMMON)('status %i with %j is %s', (status, body, kind) => {
  const providers = ['openai', 'compatible', 'mock'] as const;
  const outcomes = providers.map((provider) => classify(status, body, { provider }));
  expect(outcomes.map((outcome) => outcome.kind)).toEqual([kind, kind, kind]);
  expect(outcomes[0]).toMatchObject({ status });
});

/** Only servers of others word it so; OpenAI is not suspected of it. */
test.each<[string, number, object | string, OutcomeKind]>([
  ['Anthropic', 400, error(null, 'Your credit balance is too low to access the API.'), 'insufficient_quota'],
  ['DeepSeek', 400, error(null, 'Insufficient Balance'), 'insufficient_quota'],
  ['DeepSeek', 400, error('insufficient_balance'), 'insufficient_quota'],
  ['OpenRouter', 403, error(null, 'This request requires more credits, or fewer max_tokens.'), 'insufficient_quota'],
  [
    'Gemini',
    400,
    [{ error: { code: 400, message: 'API key not valid. Please pass a valid API key.' } }],
    'unauthorized',
  ],
  ['xAI', 400, { code: 'Client specified an invalid argument', error: 'Invalid API key' }, 'unauthorized'],
  ['Ollama', 404, error(null, 'model "m" not found, try pulling it first'), 'model_not_here'],
  ['Azure', 404, { error: { code: 'DeploymentNotFound', message: 'x' } }, 'model_not_here'],
  ['Azure', 404, { error: { code: '404', message: 'Resource not found' } }, 'model_not_here'],
  ['OpenRouter', 404, error(null, 'No endpoints found for vendor/m.'), 'model_not_here'],
  ['OpenRouter', 400, error(null, 'vendor/m is not a valid model ID'), 'model_not_here'],
  ['DeepSeek', 400, error(null, 'Model Not Exist'), 'model_not_here'],
  ['Mistral', 400, { message: 'Invalid model: m', type: 'invalid_model', code: 1500 }, 'model_not_here'],
  ['Anthropic', 403, error(null, 'x', 'permission_error'), 'not_permitted'],
  ['OpenRouter', 403, error(null, 'The model requires moderation and your input was flagged.'), 'content_refused'],
  ['Anthropic', 400, error(null, 'prompt is too long: 200001 tokens > 200000 maximum'), 'context_too_long'],
  ['Bedrock', 400, { message: 'Input is too long for requested model.' }, 'context_too_long'],
  ['Gemini', 400, error(null, 'The input (9) exceeds the maximum number of tokens allowed (8).'), 'context_too_long'],
  ['llama.cpp', 400, error(null, 'the request exceeds the available context size.'), 'context_too_long'],
  ['llama.cpp', 400, error(null, 'x', 'exceed_context_size_error'), 'context_too_long'],
])('what %s says with status %i %j is %s', (_server, status, body, kind) => {
  expect(classify(status, body, { provider: 'compatible' }).kind).toBe(kind);
  const strict = status === 403 ? 'unauthorized' : 'client_error';
  expect(classify(status, body).kind).toBe(strict);
});

test.each([
  'Invalid value: \'incorrect api key provided\'. Supported values are "a".',
  'Invalid API version: 2020',
  "Invalid 'messages[0]': 'Your credit balance is too low' is not an object.",
  'Unknown name "insufficient balance"',
])('what a message repeats of the request does not cost the endpoint its place: %s', (message) => {
  expect(classify(400, error(null, message), { provider: 'compatible' }).kind).toBe('client_error');
});

test.each<[number, string | null, OutcomeKind]>([
  [401, 'invalid_api_key', 'credential_refused'],
  [402, null, 'credential_quota'],
  [403, null, 'credential_refused'],
  [403, 'insufficient_permissions', 'credential_refused'],
  [429, 'insufficient_quota', 'credential_quota'],
  [400, 'invalid_api_key', 'credential_refused'],
  [429, 'rate_limit_exceeded', 'credential_limited'],
  [404, 'model_not_found', 'model_not_here'],
  [400, 'previous_response_not_found', 'unknown_previous_response'],
  [503, null, 'server_error'],
  [408, null, 'busy'],
  [400, null, 'client_error'],
])('status %i with code %s for the credential of a caller is %s', (status, code, kind) => {
  expect(classify(status, error(code), { callersCredential: true }).kind).toBe(kind);
});

test.each([
  [{ 'retry-after': '2' }, 2_000],
  [{ 'retry-after': '0' }, 0],
  [{ 'retry-after-ms': '150.5', 'retry-after': '2' }, 150.5],
  [{ 'retry-after-ms': '0', 'retry-after': '1' }, 1_000],
  [{ 'retry-after-ms': '0' }, 0],
  [{ 'retry-after-ms': 'soon', 'retry-after': '3' }, 3_000],
  [{ 'retry-after-ms': '-5' }, undefined],
  [{ 'retry-after-ms': ' ' }, undefined],
  [{ 'retry-after': new Date(NOW + 5_000).toUTCString() }, 5_000],
  [{ 'retry-after': new Date(NOW - 5_000).toUTCString() }, 0],
  [{ 'retry-after': 'soon' }, undefined],
  [{ 'retry-after': ' ' }, undefined],
  [{ 'retry-after': '-1' }, undefined],
  [{}, undefined],
])('%j asks for a wait of %s ms', (headers, expected) => {
  expect(classify(429, error('rate_limit_exceeded'), { headers }).retryAfterMs).toBe(expected);
});

test('the reason for operators names status and code and repeats no message', () => {
  expect(classify(401, error('invalid_api_key', 'Incorrect API key provided: sk-secret')).reason).toBe(
    'status 401, code invalid_api_key',
  );
  expect(classify(401, '').reason).toBe('status 401');
});
