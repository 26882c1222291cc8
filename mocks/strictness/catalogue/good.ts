/** A request that is let in at every level. */
export interface GoodRequest {
  readonly id: string;
  readonly operation: string;
  readonly body: Readonly<Record<string, unknown>>;
}

const weather = {
  type: 'object',
  properties: { city: { type: 'string' }, unit: { type: 'string', enum: ['c', 'f'] } },
  required: ['city', 'unit'],
  additionalProperties: false,
};
const loose = { type: 'object', properties: { city: { type: 'string' } } };
const user = { role: 'user', content: 'Hi' };
const call = { id: 'call_1', type: 'function', function: { name: 'f', arguments: '{}' } };
const picture = 'data:image/png;base64,iVBORw0KGgo=';

const chat: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'plain text': {},
  'every plain parameter': {
    temperature: 0.5,
    top_p: 0.9,
    n: 2,
    stop: ['a', 'b'],
    max_tokens: 50,
    presence_penalty: 1,
    frequency_penalty: -1,
    logit_bias: { 50256: -100 },
    logprobs: true,
    top_logprobs: 3,
    seed: 7,
    user: 'u',
    store: true,
    metadata: { a: 'b' },
    service_tier: 'auto',
  },
  'parameters that are null': { temperature: null, stop: null, max_tokens: null, stream: null, metadata: null },
  'a reasoning model': {
    model: 'gpt-5-mini',
    max_completion_tokens: 500,
    reasoning_effort: 'minimal',
    verbosity: 'low',
  },
  'a model that need not reason': { model: 'gpt-5.2', temperature: 0.5, top_p: 0.9, logprobs: true, top_logprobs: 2 },
  'a model that is told not to reason': { model: 'gpt-5.6', reasoning_effort: 'none', temperature: 0.5 },
  'a reasoning model with the defaults': { model: 'gpt-5', temperature: 1, top_p: 1, presence_penalty: 0 },
  'a streamed answer with usage': { stream: true, stream_options: { include_usage: true, include_obfuscation: false } },
  tools: {
    tools: [
      { type: 'function', function: { name: 'f', description: 'x', parameters: weather, strict: true } },
      { type: 'function', function: { name: 'g', parameters: loose } },
      { type: 'function', function: { name: 'h' } },
    ],
    tool_choice: { type: 'function', function: { name: 'g' } },
    parallel_tool_calls: false,
  },
  'a custom tool': {
    model: 'gpt-5',
    tools: [{ type: 'custom', custom: { name: 'run', format: { type: 'text' } } }],
    tool_choice: 'required',
  },
  'the older functions': { model: 'gpt-4', functions: [{ name: 'f', parameters: loose }], function_call: 'auto' },
  'answered calls, and an answer as it came': {
    messages: [
      { role: 'system', content: 'Be brief' },
      user,
      {
        role: 'assistant',
        content: null,
        refusal: null,
        annotations: [],
        tool_calls: [call, { ...call, id: 'call_2' }],
      },
      { role: 'tool', tool_call_id: 'call_2', content: 'x', name: 'f' },
      { role: 'tool', tool_call_id: 'call_1', content: [{ type: 'text', text: 'y' }] },
      { role: 'assistant', content: 'Done', refusal: null, annotations: [] },
      user,
    ],
  },
  'content in parts': {
    messages: [
      { role: 'developer', content: [{ type: 'text', text: 'Be brief' }] },
      {
        role: 'user',
        name: 'jane',
        content: [
          { type: 'text', text: 'What is this?' },
          { type: 'image_url', image_url: { url: picture, detail: 'low' } },
          { type: 'image_url', image_url: { url: 'https://example.com/cat.png' } },
        ],
      },
    ],
  },
  'a JSON schema': {
    response_format: { type: 'json_schema', json_schema: { name: 'weather', schema: weather, strict: true } },
  },
  'a JSON object': {
    messages: [{ role: 'user', content: 'Answer in JSON' }],
    response_format: { type: 'json_object' },
  },
  'a fine-tuned model': { model: 'ft:gpt-4o-mini-2024-07-18:acme::abc' },
};

const responses: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'plain text': {},
  'every plain parameter': {
    instructions: 'Be brief',
    temperature: 0.5,
    top_p: 0.9,
    max_output_tokens: 50,
    max_tool_calls: 3,
    store: false,
    truncation: 'auto',
    metadata: { a: 'b' },
    top_logprobs: 2,
    include: ['message.output_text.logprobs'],
    prompt_cache_key: 'k',
    safety_identifier: 's',
  },
  'a reasoning model': {
    model: 'gpt-5',
    reasoning: { effort: 'low', summary: 'auto' },
    include: ['reasoning.encrypted_content'],
    text: { verbosity: 'high' },
  },
  'a model that need not reason': { model: 'gpt-5.4', temperature: 0.5, top_p: 0.9 },
  'a model that is told not to reason': { model: 'gpt-5.6', reasoning: { effort: 'none' }, temperature: 0.5 },
  'a streamed answer': { stream: true, stream_options: { include_obfuscation: false } },
  'background work': { background: true },
  tools: {
    tools: [
      { type: 'function', name: 'f', description: 'x', parameters: weather, strict: true },
      { type: 'function', name: 'g', parameters: loose, strict: false },
      { type: 'web_search' },
      { type: 'file_search', vector_store_ids: ['vs_1'] },
      { type: 'code_interpreter', container: { type: 'auto' } },
      { type: 'mcp', server_label: 'x', server_url: 'https://example.com/mcp', require_approval: 'never' },
      { type: 'image_generation' },
    ],
    tool_choice: { type: 'function', name: 'f' },
  },
  'a JSON schema': { text: { format: { type: 'json_schema', name: 'weather', schema: weather, strict: true } } },
  'a JSON object': { input: 'Answer in JSON', text: { format: { type: 'json_object' } } },
  'a tool result and an answer as it came': {
    model: 'gpt-5',
    input: [
      user,
      { type: 'reasoning', id: 'rs_1', summary: [] },
      { type: 'function_call', id: 'fc_1', status: 'completed', call_id: 'call_1', name: 'f', arguments: '{}' },
      { type: 'function_call_output', call_id: 'call_1', output: 'sunny' },
      {
        type: 'message',
        id: 'msg_1',
        status: 'completed',
        role: 'assistant',
        content: [{ type: 'output_text', text: 'Sunny', annotations: [], logprobs: [] }],
      },
      {
        role: 'user',
        content: [
          { type: 'input_text', text: 'And?' },
          { type: 'input_image', detail: 'auto', image_url: picture },
        ],
      },
    ],
  },
};

const others: readonly GoodRequest[] = [
  {
    id: 'embeddings: a text',
    operation: 'POST /v1/embeddings',
    body: { model: 'text-embedding-3-small', input: 'Hi', dimensions: 256, encoding_format: 'base64' },
  },
  {
    id: 'embeddings: texts',
    operation: 'POST /v1/embeddings',
    body: { model: 'text-embedding-3-large', input: ['a', 'b'] },
  },
  {
    id: 'embeddings: tokens',
    operation: 'POST /v1/embeddings',
    body: { model: 'text-embedding-ada-002', input: [[1, 2], [3]] },
  },
  {
    id: 'completions: a text',
    operation: 'POST /v1/completions',
    body: { model: 'gpt-3.5-turbo-instruct', prompt: 'Hi', max_tokens: 20, echo: true, stop: null },
  },
  {
    id: 'images: a picture',
    operation: 'POST /v1/images/generations',
    body: { model: 'gpt-image-1', prompt: 'A cat', n: 1, quality: 'low', size: '1024x1024' },
  },
  {
    id: 'speech: a text',
    operation: 'POST /v1/audio/speech',
    body: { model: 'gpt-4o-mini-tts', input: 'Hi', voice: 'alloy', speed: 1 },
  },
  { id: 'moderations: parts', operation: 'POST /v1/moderations', body: { input: [{ type: 'text', text: 'Hi' }] } },
  {
    id: 'vector stores: every parameter',
    operation: 'POST /v1/vector_stores',
    body: {
      name: 'x',
      expires_after: { anchor: 'last_active_at', days: 7 },
      chunking_strategy: { type: 'static', static: { max_chunk_size_tokens: 800, chunk_overlap_tokens: 400 } },
      metadata: { a: 'b' },
    },
  },
  {
    id: 'assistants: every parameter',
    operation: 'POST /v1/assistants',
    body: {
      model: 'gpt-4o',
      name: 'x',
      instructions: 'Be brief',
      tools: [{ type: 'code_interpreter' }],
      temperature: 1,
    },
  },
  {
    id: 'threads: messages',
    operation: 'POST /v1/threads',
    body: { messages: [{ role: 'user', content: 'Hi' }], metadata: { a: 'b' } },
  },
];

function requests(
  name: string,
  operation: string,
  good: Readonly<Record<string, unknown>>,
  cases: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
): readonly GoodRequest[] {
  return Object.entries(cases).map(([id, over]) => ({ id: `${name}: ${id}`, operation, body: { ...good, ...over } }));
}

/** Requests that use what is easily refused by mistake. */
export const GOOD_REQUESTS: readonly GoodRequest[] = [
  ...requests('chat', 'POST /v1/chat/completions', { model: 'gpt-4o-mini', messages: [user] }, chat),
  ...requests('responses', 'POST /v1/responses', { model: 'gpt-4o-mini', input: 'Hi' }, responses),
  ...others,
];
