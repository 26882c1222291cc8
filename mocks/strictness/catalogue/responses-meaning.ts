import type { Row } from './entry.ts';
import { missing, unsupportedParameter } from '../../refusals/sentences.ts';

/** Responses: what the model does not take, and what does not go together. */
export const responsesMeaning: readonly Row[] = [
  {
    id: 'model-unknown',
    with: { model: 'gpt-unknown' },
    param: 'model',
    code: 'model_not_found',
    message: "The requested model 'gpt-unknown' does not exist.",
  },
  {
    id: 'model-embeddings',
    with: { model: 'text-embedding-3-small' },
    param: 'model',
    code: 'unsupported_model',
    message: "The requested model 'text-embedding-3-small' cannot be used with the Responses API.",
  },
  { id: 'input-empty', with: { input: [] }, ...missing('input') },
  {
    id: 'temperature-beside-effort',
    with: { model: 'gpt-5.4', temperature: 0.2, reasoning: { effort: 'low' } },
    ...unsupportedParameter('temperature'),
  },
  { id: 'reasoning-temperature', with: { model: 'gpt-5', temperature: 0.2 }, ...unsupportedParameter('temperature') },
  { id: 'reasoning-top-p', with: { model: 'o3', top_p: 0.2 }, ...unsupportedParameter('top_p') },
  { id: 'reasoning-top-logprobs', with: { model: 'gpt-5', top_logprobs: 2 }, ...unsupportedParameter('top_logprobs') },
  {
    id: 'effort-without-reasoning',
    with: { reasoning: { effort: 'low' } },
    ...unsupportedParameter('reasoning.effort'),
  },
  {
    id: 'summary-without-reasoning',
    with: { reasoning: { summary: 'auto' } },
    ...unsupportedParameter('reasoning.summary'),
  },
  {
    id: 'effort-of-another-model',
    with: { model: 'gpt-5.1', reasoning: { effort: 'minimal' } },
    param: 'reasoning.effort',
    code: 'unsupported_value',
    message:
      "Unsupported value: 'minimal' is not supported with the 'gpt-5.1' model. Supported values are: 'none', 'low', 'medium', and 'high'.",
  },
  {
    id: 'encrypted-without-reasoning',
    with: { include: ['reasoning.encrypted_content'] },
    param: 'include',
    message: 'Encrypted content is not supported with this model.',
  },
  {
    id: 'verbosity-of-another-model',
    with: { text: { verbosity: 'low' } },
    param: 'text.verbosity',
    code: 'unsupported_value',
    message: "Unsupported value: 'low' is not supported with the 'gpt-4o-mini' model. Supported values are: 'medium'.",
  },
  {
    id: 'stream-options-without-stream',
    with: { stream_options: { include_obfuscation: false } },
    param: 'stream_options',
    message: "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
  },
  {
    id: 'two-histories',
    with: { previous_response_id: 'resp_1', conversation: 'conv_1' },
    code: 'mutually_exclusive_parameters',
    message:
      "Mutually exclusive parameters. Ensure you are only providing one of: 'previous_response_id' or 'conversation'.",
  },
  {
    id: 'previous-id-prefix',
    with: { previous_response_id: 'abc' },
    param: 'previous_response_id',
    code: 'invalid_value',
    message: "Invalid 'previous_response_id': 'abc'. Expected an ID that begins with 'resp'.",
  },
  {
    id: 'conversation-id-prefix',
    with: { conversation: 'abc' },
    param: 'conversation',
    code: 'invalid_value',
    message: "Invalid 'conversation': 'abc'. Expected an ID that begins with 'conv'.",
  },
];
