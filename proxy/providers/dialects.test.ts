import { expect, test } from 'vitest';
import type { OutcomeKind } from '../core/outcome.ts';
import { PROVIDERS } from './table.ts';

const NOW = 1_750_000_000_000;

function answer(status: number, body: object, callersCredential = false) {
  return { status, headers: {}, body: Buffer.from(JSON.stringify(body)), callersCredential, now: NOW };
}

const error = (message: string, more: object = {}) => ({ error: { message, ...more } });

/** How servers word it that a prompt is too long, as their users have reported it. */
test.each([
  ['OpenAI', "This model's maximum context length is 8192 tokens. However, your messages resulted in 8227 tokens."],
  ['OpenAI Responses', 'Your input exceeds the context window of this model. Please adjust your input and try again.'],
  ['Anthropic', 'prompt is too long: 3333404 tokens > 200000 maximum'],
  ['Anthropic', 'input length and `max_tokens` exceed context limit: 197201 + 21333 > 200000, decrease input length'],
  ['Gemini', 'The input token count (1250074) exceeds the maximum number of tokens allowed (1048576).'],
  ['Bedrock', 'Input is too long for requested model.'],
  ['Bedrock', 'Too many input tokens for this model'],
  ['xAI', "This model's maximum prompt length is 131072 but the request contains 537812 tokens."],
  ['Groq', 'Please reduce the length of the messages or completion.'],
  ['Mistral', 'Prompt contains 40000 tokens, too large for model with 32768 maximum context length'],
  ['OpenRouter', "This endpoint's maximum context length is 131072 tokens."],
  ['Together', '`inputs` tokens + `max_new_tokens` must be <= 8193. Given: 9000'],
  ['TGI', 'Input validation error: `inputs` must have less than 1024 tokens. Given: 2000'],
  ['Fireworks', 'The prompt is too long: 150001, model maximum context length: 131071'],
  ['llama.cpp', 'the request exceeds the available context size. try increasing the context size'],
  ['LM Studio', 'Trying to keep the first 9000 tokens when context the overflows.'],
  ['LM Studio', 'However, the model is loaded with context length of only 4096 tokens'],
  ['Ollama', 'prompt too long; exceeded max context length by 12 tokens'],
  ['vLLM', "The decoder prompt (length 9000) is longer than the model's context length"],
  ['vLLM', 'The prompt is longer than the maximum model length of 4096'],
  ['MiniMax', 'invalid params, context window exceeds limit'],
  ['Moonshot', 'Invalid request: Your request exceeded model token limit: 131072'],
  ['Z.ai', 'Prompt exceeds max length'],
  ['Copilot', 'prompt token count of 12345 exceeds the limit of 8192'],
  ['Workers AI', 'The estimated number of tokens (9) exceeded this model context window limit (8)'],
  ['watsonx', 'the number of input tokens 5000 cannot exceed the total tokens limit 4096'],
  ['Cohere', 'too many tokens: total number of tokens in the prompt cannot exceed 4081'],
])('%s says that the prompt is too long, with any status and inside an answer: %s', (_server, message) => {
  const { compatible } = PROVIDERS;
  for (const status of [400, 413, 422, 500]) {
    expect(compatible.classify(answer(status, error(message))).kind).toBe('context_too_long');
    // What the account is said to lack decides first; a limit of requests is none of the prompt.
    expect(compatible.classify(answer(429, error(message))).kind).toBe('rate_limited');
  }
  expect(compatible.classifyEmbedded(answer(200, error(message))).kind).toBe('context_too_long');
});

test.each([
  ['llama.cpp', { type: 'exceed_context_size_error' }],
  ['Z.ai', { code: '1261' }],
  ['Copilot', { code: 'model_max_prompt_tokens_exceeded' }],
])('%s says it with a code', (_server, more) => {
  expect(PROVIDERS.compatible.classify(answer(400, error('x', more))).kind).toBe('context_too_long');
});

test.each([
  ['a body', 413, 'Request exceeds the maximum size of 32 MB', 'client_error'],
  ['a parameter', 400, "Invalid 'metadata.key': string too long.", 'client_error'],
  ['a crash', 500, 'out of memory', 'server_error'],
  [
    'a limit of output',
    400,
    'max_tokens: 128001 > 64000, which is the maximum allowed number of output tokens',
    'client_error',
  ],
])('%s that is too long is no prompt that is', (_what, status, message, kind) => {
  expect(PROVIDERS.compatible.classify(answer(status, error(message))).kind).toBe(kind);
});

test.each<[string, number, object]>([
  ['xAI', 403, { code: 'x', error: "Your newly created team doesn't have any credits or licenses yet." }],
  ['xAI', 429, { code: 'x', error: 'Your team 1 has either used all available credits or reached its limit.' }],
  ['Z.ai', 429, error('Insufficient balance or no resource package.', { code: '1113' })],
  ['SiliconFlow', 403, { code: 30001, message: 'Sorry, your account balance is insufficient' }],
  ['Alibaba', 400, error('Access denied, please make sure your account is in good standing.', { code: 'Arrearage' })],
  ['Fireworks', 412, error('Account x is suspended, possibly due to reaching the monthly spending limit')],
  ['Moonshot', 429, error('no', { type: 'exceeded_current_quota_error' })],
  ['Groq', 400, error('no', { code: 'organization_restricted' })],
  ['Hugging Face', 403, error('You have exceeded your monthly included credits for Inference Providers.')],
  ['Perplexity', 401, error('You exceeded your current quota, please check your plan', { type: 'insufficient_quota' })],
])('%s has no money or quota left with status %i', (_server, status, body) => {
  expect(PROVIDERS.compatible.classify(answer(status, body)).kind).toBe('insufficient_quota');
  expect(PROVIDERS.compatible.classify(answer(status, body, true)).kind).toBe('credential_quota');
});

const GEMINI =
  'You exceeded your current quota, please check your plan and billing details. * Quota exceeded for metric: x, limit: 1000000, model: gemini-2.5-flash Please retry in 48.939935699s.';

test('a quota that comes back within a minute is a rate limit, and lasts as long as its message says', () => {
  const outcome = PROVIDERS.compatible.classify(answer(429, [error(GEMINI, { code: 429 })]));
  expect(outcome.kind).toBe('rate_limited');
  expect(outcome.retryAfterMs).toBeCloseTo(48_939.935699);
  expect(PROVIDERS.compatible.classify(answer(429, error(GEMINI), true)).kind).toBe('credential_limited');
});

test.each([
  ['Please try again in 644ms. Visit x', 644],
  ['Please retry after 24 seconds.', 24_000],
  ['Please try again in 1m26.4s.', 86_400],
  ['Try again in 2 minutes', 120_000],
  ['try again in 500 milliseconds', 500],
  ['retry in a while', undefined],
  ['retry in 5 days', undefined],
])('%s is a wait of %s ms', (message, expected) => {
  expect(PROVIDERS.compatible.classify(answer(429, error(message))).retryAfterMs).toBe(expected);
});

test('a header is believed before words are', () => {
  const said = { ...answer(429, error('Please try again in 644ms.')), headers: { 'retry-after': '3' } };
  expect(PROVIDERS.compatible.classify(said).retryAfterMs).toBe(3_000);
});

/** What an error inside an answer of status 200 means. */
test.each<[object, OutcomeKind, number]>([
  [error('x', { code: 'rate_limit_exceeded' }), 'rate_limited', 429],
  [error('x', { type: 'rate_limit_error' }), 'rate_limited', 429],
  [error('x', { code: 429 }), 'rate_limited', 429],
  [error('x', { code: 'insufficient_quota' }), 'insufficient_quota', 429],
  [error('Your credit balance is too low to access the API.'), 'insufficient_quota', 400],
  [error('x', { code: 402 }), 'insufficient_quota', 402],
  [error('x', { code: 'invalid_api_key' }), 'unauthorized', 401],
  [error('x', { type: 'permission_error' }), 'not_permitted', 403],
  [error('x', { code: 'model_not_found' }), 'model_not_here', 404],
  [error('x', { code: 'context_length_exceeded' }), 'context_too_long', 400],
  [error('x', { code: 'previous_response_not_found' }), 'unknown_previous_response', 400],
  [error('x', { type: 'invalid_request_error' }), 'client_error', 400],
  [error('x', { code: 400 }), 'bad_answer', 200],
  [error('x', { code: 502 }), 'bad_answer', 200],
  [error('x', { type: 'server_error' }), 'bad_answer', 200],
  [error('x', { type: 'overloaded_error' }), 'bad_answer', 200],
  [error('x'), 'bad_answer', 200],
  [{ object: 'error', message: 'engine is dead', type: 'InternalServerError', code: 500 }, 'bad_answer', 200],
  [{ object: 'error', message: 'maximum context length is 8192 tokens', code: 400 }, 'context_too_long', 400],
])('%j inside an answer is %s', (body, kind, status) => {
  expect(PROVIDERS.compatible.classifyEmbedded(answer(200, body))).toMatchObject({ kind, status });
});

test("inside an answer as well the credential of a caller is that caller's", () => {
  const kindOf = (more: object) => PROVIDERS.openai.classifyEmbedded(answer(200, error('x', more), true)).kind;
  expect(kindOf({ code: 'rate_limit_exceeded' })).toBe('credential_limited');
  expect(kindOf({ code: 'invalid_api_key' })).toBe('credential_refused');
});
