import { expect, test } from 'vitest';
import { FOREIGN_DIALECTS } from './dialects.ts';
import { OPENAI_DIALECT, type Sign, signReader } from './signs.ts';

const SIGNS = ['quota', 'key', 'permission', 'model', 'context', 'limit-size', 'reference', 'filter'] as const;

/** The signs of an error in OpenAI's own dialect, and in that of others as well. */
function signsOf(error: { message?: string; code?: string; type?: string }): [openai: Sign[], all: Sign[]] {
  const read = { message: '', ...error };
  const [own, all] = [[OPENAI_DIALECT], FOREIGN_DIALECTS].map((dialects) => {
    const has = signReader(read, dialects);
    return SIGNS.filter(has);
  });
  return [own ?? [], all ?? []];
}

/** Codes and types: in every dialect, or only where a server of others may stand behind the address. */
const CODES: readonly [code: string, sign: Sign, openai: boolean][] = [
  ['insufficient_quota', 'quota', true],
  ['billing_hard_limit_reached', 'quota', true],
  ['billing_not_active', 'quota', true],
  ['insufficient_balance', 'quota', false],
  ['invalid_api_key', 'key', true],
  ['insufficient_permissions', 'permission', true],
  ['permission_error', 'permission', false],
  ['model_not_found', 'model', true],
  ['DeploymentNotFound', 'model', false],
  ['model_not_exist', 'model', false],
  ['context_length_exceeded', 'context', true],
  ['context_window_exceeded', 'context', false],
  ['exceed_context_size_error', 'context', false],
  ['previous_response_not_found', 'reference', true],
  ['invalid_encrypted_content', 'reference', true],
  ['content_filter', 'filter', true],
  ['content_policy_violation', 'filter', true],
  ['moderation_blocked', 'filter', true],
];

test.each(CODES)('the code %s is a sign of %s (of OpenAI: %s), as a type too', (code, sign, openai) => {
  for (const error of [{ code }, { type: code }]) expect(signsOf(error)).toEqual([openai ? [sign] : [], [sign]]);
  expect(signsOf({ code: `${code}_x` })).toEqual([[], []]);
});

const AT_THE_BEGINNING: readonly [message: string, sign: Sign, openai: boolean][] = [
  ['You exceeded your current quota, please check your plan and billing details.', 'quota', true],
  ['Billing hard limit has been reached', 'quota', true],
  ['Insufficient Balance', 'quota', false],
  ['Insufficient credits. Add more using the dashboard.', 'quota', false],
  ['Insufficient credit', 'quota', false],
  ['Insufficient funds on this account', 'quota', false],
  ['Your credit balance is too low to access the API.', 'quota', false],
  ['This request requires more credits, or fewer max_tokens.', 'quota', false],
  ['Requires more credits', 'quota', false],
  ['Credit limit exceeded, please add credits.', 'quota', false],
  ['Incorrect API key provided: sk-***. You can find your API key in the dashboard.', 'key', true],
  ['Invalid API key', 'key', false],
  ['Missing API-key in header', 'key', false],
  ['No auth credentials found', 'key', false],
  ['Expired authentication token', 'key', false],
  ['API key not valid. Please pass a valid API key.', 'key', false],
  ['API key not found', 'key', false],
  ['API key expired. Please renew the API key.', 'key', false],
  ['API key is invalid', 'key', false],
  ['api_key invalid', 'key', false],
  ['You have insufficient permissions for this operation.', 'permission', true],
  ['This key is not permitted to use this route', 'permission', false],
  ['This key is not allowed to call images', 'permission', false],
  ['This key is not authorized to do that', 'permission', false],
  ['The model `m` does not exist or you do not have access to it.', 'model', true],
  ["The requested model 'm' does not exist.", 'model', true],
  ['You are not allowed to sample from this model', 'model', true],
  ['You are not allowed to use this model', 'model', true],
  ['model "m" not found, try pulling it first', 'model', false],
  ['The model m was not found', 'model', false],
  ['Model Not Exist', 'model', false],
  ['The API deployment for this resource does not exist.', 'model', false],
  ['There is no such deployment.', 'model', false],
  ['There is no such model.', 'model', false],
  ['No endpoints found for vendor/m.', 'model', false],
  ['No allowed providers are available for the selected model.', 'model', false],
  ['Invalid model: m', 'model', false],
  ['No such model: m', 'model', false],
  ['Unable to access model m', 'model', false],
  ['vendor/m is not a valid model ID', 'model', false],
  ['Resource not found', 'model', false],
  ['Resource not found.', 'model', false],
  ["Previous response with id 'resp_x' not found.", 'reference', true],
  ["Conversation with id 'conv_x' not found.", 'reference', true],
  ['Request too large for gpt-4o on tokens per min (TPM).', 'limit-size', true],
  ['Request too large for model m: it exceeds your TPM.', 'limit-size', true],
  ['Request too large for m: it has more than your tokens per minute.', 'limit-size', true],
];

test.each(AT_THE_BEGINNING)(
  '«%s» is a sign of %s (of OpenAI: %s), and no sign inside of another message',
  (message, sign, openai) => {
    expect(signsOf({ message })).toEqual([openai ? [sign] : [], [sign]]);
    const quoted = signsOf({ message: `Invalid value: '${message}'. Try another.` });
    // What names a model is recognised around its name.
    expect(quoted).toEqual([[], message.endsWith('model ID') ? quoted[1] : []]);
  },
);

test.each<[string, Sign, boolean]>([
  ["This model's maximum context length is 8192 tokens.", 'context', true],
  ['Your input exceeds the context window of this model.', 'context', true],
  ['the request exceeds the available context size. try increasing the context size', 'context', false],
  ['prompts that exceed the context window', 'context', false],
  ['prompt is too long: 200001 tokens > 200000 maximum', 'context', false],
  ['Input is too long for requested model.', 'context', false],
  ['The input (9) exceeds the maximum number of tokens allowed (8).', 'context', false],
  ['longer than the maximum model length of 8', 'context', false],
  ['error context_length_exceeded', 'context', false],
  ['upstream said insufficient_quota', 'quota', false],
  ['Your key was refused. Missing scopes: model.request', 'permission', true],
  ['requires moderation, and your input was flagged', 'filter', false],
  ['on tokens (TPM): Limit 30000, Requested 36278.', 'limit-size', true],
  ['Limit: 30000, Used: 1, Requested: 30001', 'limit-size', true],
])('«%s» is a sign of %s (of OpenAI: %s) wherever it stands', (message, sign, openai) => {
  for (const text of [message, `status 400: ${message}`])
    expect(signsOf({ message: text })).toEqual([openai ? [sign] : [], [sign]]);
});

test.each([
  'Limit 30000, Requested 30000.',
  'Rate limit reached on tokens per min (TPM): Limit 30000, Used 29000, Requested 2000.',
  'Request too large',
  'Request too large: 30 MB',
  'Missing API version',
  'Invalid API version',
  'Invalid authority',
  'unflagged',
  '',
])('«%s» is a sign of nothing', (message) => {
  expect(signsOf({ message })).toEqual([[], []]);
});
