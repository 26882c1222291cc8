import type { Row } from './entry.ts';
import { missing, unsupportedParameter } from '../../refusals/sentences.ts';

const user = { role: 'user', content: 'Hi' };
const schema = (given: unknown) => ({
  response_format: { type: 'json_schema', json_schema: { name: 'answer', schema: given, strict: true } },
});

/** Chat: what the model does not take. */
export const chatModels: readonly Row[] = [
  {
    id: 'model-unknown',
    with: { model: 'gpt-unknown' },
    status: 404,
    code: 'model_not_found',
    message: 'The model `gpt-unknown` does not exist or you do not have access to it.',
  },
  {
    id: 'model-completions-only',
    with: { model: 'gpt-3.5-turbo-instruct' },
    status: 404,
    param: 'model',
    message:
      'This is not a chat model and thus not supported in the v1/chat/completions endpoint. Did you mean to use v1/completions?',
  },
  {
    id: 'model-responses-only',
    with: { model: 'gpt-5-pro' },
    status: 404,
    param: 'model',
    message: 'This model is only supported in v1/responses and not in v1/chat/completions.',
  },
  {
    id: 'model-embeddings',
    with: { model: 'text-embedding-3-small' },
    status: 403,
    message: 'You are not allowed to sample from this model',
  },
  {
    id: 'reasoning-max-tokens',
    with: { model: 'gpt-5', max_tokens: 50 },
    param: 'max_tokens',
    code: 'unsupported_parameter',
    message:
      "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
  },
  {
    id: 'reasoning-temperature',
    with: { model: 'gpt-5', temperature: 0.5 },
    param: 'temperature',
    code: 'unsupported_value',
    message:
      "Unsupported value: 'temperature' does not support 0.5 with this model. Only the default (1) value is supported.",
  },
  {
    id: 'temperature-beside-effort',
    with: { model: 'gpt-5.2', temperature: 0.5, reasoning_effort: 'low' },
    param: 'temperature',
    code: 'unsupported_value',
    message:
      "Unsupported value: 'temperature' does not support 0.5 with this model. Only the default (1) value is supported.",
  },
  { id: 'reasoning-top-p', with: { model: 'o3', top_p: 0.5 }, ...unsupportedParameter('top_p') },
  { id: 'reasoning-logprobs', with: { model: 'gpt-5-mini', logprobs: true }, ...unsupportedParameter('logprobs') },
  {
    id: 'reasoning-presence-penalty',
    with: { model: 'o4-mini', presence_penalty: 1 },
    ...unsupportedParameter('presence_penalty'),
  },
  {
    id: 'reasoning-frequency-penalty',
    with: { model: 'gpt-5', frequency_penalty: 1 },
    ...unsupportedParameter('frequency_penalty'),
  },
  { id: 'reasoning-stop', with: { model: 'o3', stop: ['x'] }, ...unsupportedParameter('stop') },
  { id: 'reasoning-logit-bias', with: { model: 'gpt-5', logit_bias: { 1: 1 } }, ...unsupportedParameter('logit_bias') },
  { id: 'effort-without-reasoning', with: { reasoning_effort: 'low' }, ...unsupportedParameter('reasoning_effort') },
  {
    id: 'effort-of-another-model',
    with: { model: 'o3-mini', reasoning_effort: 'minimal' },
    param: 'reasoning_effort',
    code: 'unsupported_value',
    message:
      "Unsupported value: 'reasoning_effort' does not support 'minimal' with this model. Supported values are: 'low', 'medium', and 'high'.",
  },
  {
    id: 'verbosity-of-another-model',
    with: { verbosity: 'low' },
    param: 'verbosity',
    code: 'unsupported_value',
    message: "Unsupported value: 'low' is not supported with the 'gpt-4o-mini' model. Supported values are: 'medium'.",
  },
  {
    id: 'developer-role',
    with: { model: 'gpt-3.5-turbo', messages: [{ role: 'developer', content: 'x' }, user] },
    param: 'messages[0].role',
    code: 'unsupported_value',
    message: "Unsupported value: 'messages[0].role' does not support 'developer' with this model.",
  },
  {
    id: 'web-search-options',
    with: { web_search_options: {} },
    param: 'web_search_options',
    message: 'Web search options not supported with this model.',
  },
  {
    id: 'audio-without-audio-model',
    with: { modalities: ['text', 'audio'], audio: { voice: 'alloy', format: 'wav' } },
    param: 'modalities',
    code: 'invalid_value',
    message: 'This model does not support audio output. Use an audio model instead.',
  },
  {
    id: 'audio-settings-missing',
    with: { model: 'gpt-4o-audio-preview', modalities: ['text', 'audio'] },
    ...missing('audio'),
  },
  {
    id: 'schema-with-old-model',
    with: { model: 'gpt-4', ...schema({ type: 'object', properties: {}, additionalProperties: false }) },
    message: /^Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model\./,
  },
];
