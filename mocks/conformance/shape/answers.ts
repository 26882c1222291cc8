import type { FieldShapes, Shape } from './shape.ts';
import { list, nullable, tagged } from './shape.ts';

// By the types of the official package, as far as they say what must be there; where recorded answers of the provider
// lack a field all the same, it is optional.

const toolCall = tagged('type', {
  function: { id: 'string', type: '=function', function: { name: 'string', arguments: 'string' } },
  custom: { id: 'string', type: '=custom', custom: { name: 'string', input: 'string' } },
});

const chatUsage: Shape = {
  prompt_tokens: 'integer',
  completion_tokens: 'integer',
  total_tokens: 'integer',
  'prompt_tokens_details?': nullable({ 'cached_tokens?': 'integer', 'audio_tokens?': 'integer' }),
  'completion_tokens_details?': nullable({ 'reasoning_tokens?': 'integer', 'audio_tokens?': 'integer' }),
};

const logprob: Shape = {
  token: 'string',
  logprob: 'number',
  bytes: nullable(list('integer')),
  top_logprobs: list({ token: 'string', logprob: 'number', bytes: nullable(list('integer')) }),
};
const logprobs = nullable({ content: nullable(list(logprob)), 'refusal?': nullable(list(logprob)) });

export const CHAT_COMPLETION: FieldShapes = {
  id: 'string',
  object: '=chat.completion',
  created: 'integer',
  model: 'string',
  choices: list(
    {
      index: 'integer',
      finish_reason: 'string',
      // Absent for reasoning models.
      'logprobs?': logprobs,
      message: {
        role: '=assistant',
        content: 'string|null',
        refusal: 'string|null',
        'tool_calls?': list(toolCall, 1),
        'annotations?': list('object'),
      },
    },
    1,
  ),
  'usage?': chatUsage,
  'service_tier?': 'string|null',
  'system_fingerprint?': 'string|null',
};

export const CHAT_CHUNK: FieldShapes = {
  id: 'string',
  object: '=chat.completion.chunk',
  created: 'integer',
  model: 'string',
  choices: list({
    index: 'integer',
    delta: {
      'role?': 'string',
      'content?': 'string|null',
      'refusal?': 'string|null',
      'tool_calls?': list({
        index: 'integer',
        'id?': 'string',
        'type?': 'string',
        'function?': { 'name?': 'string', 'arguments?': 'string' },
      }),
    },
    finish_reason: 'string|null',
    'logprobs?': logprobs,
  }),
  'usage?': nullable(chatUsage),
};

const outputText: Shape = {
  type: '=output_text',
  text: 'string',
  annotations: list('object'),
  'logprobs?': list(logprob),
};
const outputItem = tagged('type', {
  message: {
    id: 'string',
    role: '=assistant',
    status: 'string',
    content: list(tagged('type', { output_text: outputText, refusal: { refusal: 'string' } })),
  },
  reasoning: { id: 'string', summary: list({ type: '=summary_text', text: 'string' }) },
  function_call: { call_id: 'string', name: 'string', arguments: 'string' },
  custom_tool_call: { call_id: 'string', name: 'string', input: 'string' },
});

const responseUsage: Shape = {
  input_tokens: 'integer',
  input_tokens_details: { cached_tokens: 'integer' },
  output_tokens: 'integer',
  output_tokens_details: { reasoning_tokens: 'integer' },
  total_tokens: 'integer',
};

export const RESPONSE: FieldShapes = {
  id: 'string',
  object: '=response',
  created_at: 'number',
  status: 'string',
  model: 'string',
  output: list(outputItem),
  error: nullable({ code: 'string', message: 'string' }),
  incomplete_details: nullable({ 'reason?': 'string' }),
  instructions: 'string|array|null',
  metadata: 'object|null',
  parallel_tool_calls: 'boolean',
  temperature: 'number|null',
  top_p: 'number|null',
  tool_choice: 'string|object',
  tools: list('object'),
  'usage?': nullable(responseUsage),
};

const withResponse: Shape = { response: RESPONSE };
const ofItem: FieldShapes = { output_index: 'integer', item: outputItem };
const ofText: FieldShapes = { item_id: 'string', output_index: 'integer', content_index: 'integer' };

/** By the type of the event; types that are not named here have a sequence number and are otherwise free. */
export const RESPONSE_EVENTS: Readonly<Record<string, Shape>> = {
  'response.created': withResponse,
  'response.queued': withResponse,
  'response.in_progress': withResponse,
  'response.completed': withResponse,
  'response.incomplete': withResponse,
  'response.failed': withResponse,
  'response.output_item.added': ofItem,
  'response.output_item.done': ofItem,
  'response.content_part.added': { ...ofText, part: { type: 'string' } },
  'response.content_part.done': { ...ofText, part: { type: 'string' } },
  'response.output_text.delta': { ...ofText, delta: 'string', 'logprobs?': 'array' },
  'response.output_text.done': { ...ofText, text: 'string', 'logprobs?': 'array' },
  'response.refusal.delta': { ...ofText, delta: 'string' },
  'response.refusal.done': { ...ofText, refusal: 'string' },
  'response.function_call_arguments.delta': { item_id: 'string', output_index: 'integer', delta: 'string' },
  'response.function_call_arguments.done': { item_id: 'string', output_index: 'integer', arguments: 'string' },
};

export const EMBEDDINGS: FieldShapes = {
  object: '=list',
  model: 'string',
  data: list({ object: '=embedding', index: 'integer', embedding: 'array|string' }, 1),
  usage: { prompt_tokens: 'integer', total_tokens: 'integer' },
};

const model: FieldShapes = { id: 'string', object: '=model', created: 'integer', owned_by: 'string' };
export const MODELS: FieldShapes = { object: '=list', data: list(model) };
export const MODEL = model;

export const ERROR: FieldShapes = {
  error: { message: 'string', type: 'string|null', param: 'string|null', code: 'string|number|null' },
};
