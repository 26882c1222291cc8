import type { BadRequest, Row } from './entry.ts';
import { missing, above, below, unknown, unsupportedChoice, wrongKind } from '../../refusals/sentences.ts';
import { badRequests } from './entry.ts';

const INVALID_INPUT =
  "'$.input' is invalid. Please check the API reference: https://platform.openai.com/docs/api-reference.";

const embeddings: readonly Row[] = [
  { id: 'model-missing', level: 'off', with: { model: undefined }, message: 'you must provide a model parameter' },
  { id: 'input-missing', level: 'off', with: { input: undefined }, ...missing('input') },
  { id: 'input-empty-member', level: 'off', with: { input: ['a', ''] }, message: INVALID_INPUT },
  { id: 'input-mixed', level: 'off', with: { input: ['a', 5] }, message: INVALID_INPUT },
  {
    id: 'input-too-long',
    level: 'openai',
    with: { input: 'word '.repeat(9000) },
    message:
      /^This model's maximum context length is 8192 tokens, however you requested 9\d{3} tokens \(9\d{3} in your prompt; 0 for the completion\)\. Please reduce your prompt; or completion length\.$/,
  },
  {
    id: 'input-too-long-together',
    level: 'openai',
    with: { input: Array.from({ length: 76 }, () => 'word '.repeat(4000)) },
    code: 'max_tokens_per_request',
    type: 'max_tokens_per_request',
    message: /^Requested 30\d{4} tokens, max 300000 tokens per request$/,
  },
  {
    id: 'format-unknown',
    level: 'off',
    with: { encoding_format: 'hex' },
    ...unsupportedChoice('encoding_format', 'hex', ['float', 'base64']),
  },
  {
    id: 'dimensions-zero',
    level: 'off',
    with: { dimensions: 0 },
    ...below('dimensions', 1, 0, 'integer'),
  },
  {
    id: 'dimensions-string',
    level: 'off',
    with: { dimensions: 'big' },
    ...wrongKind('dimensions', 'an integer', 'a string'),
  },
  {
    id: 'dimensions-beyond-model',
    level: 'openai',
    with: { dimensions: 3072 },
    param: 'dimensions',
    message: "Invalid value for 'dimensions' = 3072. Must be less than or equal to 1536.",
  },
  {
    id: 'dimensions-of-older-model',
    level: 'openai',
    with: { model: 'text-embedding-ada-002', dimensions: 256 },
    message: 'This model does not support specifying dimensions.',
  },
  { id: 'unknown-parameter', with: { input_type: 'query' }, ...unknown('input_type') },
  {
    id: 'model-unknown',
    level: 'openai',
    with: { model: 'embed-9' },
    status: 404,
    code: 'model_not_found',
    message: 'The model `embed-9` does not exist or you do not have access to it.',
  },
  {
    id: 'model-of-chat',
    level: 'openai',
    with: { model: 'gpt-4o' },
    status: 403,
    message: 'You are not allowed to generate embeddings from this model',
  },
];

const CHAT_MODEL =
  'This is a chat model and not supported in the v1/completions endpoint. Did you mean to use v1/chat/completions?';

const completions: readonly Row[] = [
  { id: 'model-missing', level: 'off', with: { model: undefined }, message: 'you must provide a model parameter' },
  {
    id: 'temperature-too-high',
    level: 'off',
    with: { temperature: 5 },
    ...above('temperature', 2, 5, 'decimal'),
  },
  {
    id: 'best-of-below-n',
    level: 'openai',
    with: { n: 3, best_of: 2 },
    param: 'best_of',
    message: "Invalid value for 'best_of': 2. You must have best_of >= n, but n is 3.",
  },
  {
    id: 'best-of-streamed',
    level: 'openai',
    with: { best_of: 2, stream: true },
    param: 'best_of',
    message: "The 'best_of' parameter cannot be used when 'stream' is enabled.",
  },
  { id: 'messages', level: 'openai', with: { messages: [] }, ...unknown('messages') },
  { id: 'model-of-chat', level: 'openai', with: { model: 'gpt-4o' }, status: 404, param: 'model', message: CHAT_MODEL },
  {
    id: 'stream-options-without-stream',
    level: 'openai',
    with: { stream_options: { include_usage: true } },
    param: 'stream_options',
    message: "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
  },
  {
    id: 'context-too-long',
    level: 'openai',
    with: { max_tokens: 5000 },
    code: 'context_length_exceeded',
    message:
      "This model's maximum context length is 4096 tokens, however you requested 5001 tokens (1 in your prompt; 5000 for the completion). Please reduce your prompt; or completion length.",
  },
];

const CHAT = 'POST /v1/chat/completions';
const hello = { model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'Hi' }] };
const request = 'invalid_request_error';

/** Wrong before anything of the body counts. */
const transport: readonly BadRequest[] = [
  {
    id: 'key.missing',
    operation: CHAT,
    level: 'openai',
    body: hello,
    authorization: null,
    expect: {
      status: 401,
      type: request,
      code: null,
      param: null,
      message:
        /^You didn't provide an API key\. You need to provide your API key in an Authorization header using Bearer auth/,
    },
  },
  {
    id: 'key.basic',
    operation: CHAT,
    level: 'openai',
    body: hello,
    authorization: 'Basic c2s6',
    expect: { status: 401, type: request, code: null, param: null, message: /^You didn't provide an API key\./ },
  },
  {
    id: 'key.wrong',
    operation: CHAT,
    level: 'off',
    body: hello,
    authorization: 'Bearer sk-wrong-0123456789abcd',
    expect: {
      status: 401,
      type: request,
      code: 'invalid_api_key',
      param: null,
      message:
        'Incorrect API key provided: sk-wrong***********abcd. You can find your API key at https://platform.openai.com/account/api-keys.',
    },
  },
  {
    id: 'body.truncated',
    operation: CHAT,
    level: 'off',
    rawBody: '{"model":',
    expect: {
      status: 400,
      type: request,
      code: null,
      param: null,
      message: /^We could not parse the JSON body of your request\./,
    },
  },
  {
    id: 'body.array',
    operation: CHAT,
    level: 'off',
    body: [hello],
    expect: {
      status: 400,
      type: request,
      code: null,
      param: null,
      message: /^We could not parse the JSON body of your request\./,
    },
  },
  {
    id: 'body.absent',
    operation: CHAT,
    level: 'off',
    expect: { status: 400, type: request, code: null, param: null, message: 'you must provide a model parameter' },
  },
];

export const otherCatalogue: readonly BadRequest[] = [
  ...transport,
  ...badRequests('embeddings', 'POST /v1/embeddings', { model: 'text-embedding-3-small', input: 'Hi' }, embeddings),
  ...badRequests('completions', 'POST /v1/completions', { model: 'gpt-3.5-turbo-instruct', prompt: 'Hi' }, completions),
];
