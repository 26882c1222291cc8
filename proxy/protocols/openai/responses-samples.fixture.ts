import type { JsonObject } from '../../core/json.ts';

const id = (kind: string, n: number) => `${kind}_68a0000000000000000${n}`;
const text = (value: string, more: JsonObject = {}) => ({
  type: 'output_text',
  annotations: [],
  logprobs: [],
  text: value,
  ...more,
});
const message = (n: number, ...content: JsonObject[]) => ({
  id: id('msg', n),
  type: 'message',
  status: 'completed',
  content,
  role: 'assistant',
});
const summary = (...parts: string[]) => parts.map((part) => ({ type: 'summary_text', text: part }));

function response(...output: JsonObject[]): JsonObject {
  return {
    id: id('resp', 0),
    object: 'response',
    created_at: 1_750_000_000,
    status: 'completed',
    background: false,
    billing: { payer: 'developer' },
    completed_at: 1_750_000_001,
    error: null,
    frequency_penalty: 0.5,
    incomplete_details: null,
    instructions: null,
    max_output_tokens: null,
    max_tool_calls: null,
    model: 'gpt-5-2025-08-07',
    output,
    parallel_tool_calls: true,
    previous_response_id: null,
    reasoning: { effort: 'medium', summary: null },
    service_tier: 'default',
    store: true,
    temperature: 1,
    text: { format: { type: 'text' }, verbosity: 'medium' },
    tool_choice: 'auto',
    tools: [],
    top_logprobs: 0,
    top_p: 0.98,
    truncation: 'disabled',
    usage: {
      input_tokens: 9,
      input_tokens_details: { cached_tokens: 4 },
      output_tokens: 7,
      output_tokens_details: { reasoning_tokens: 3 },
      total_tokens: 16,
    },
    user: null,
    metadata: {},
  };
}

/** Unary responses as the real API gives them, one a kind of output item. */
export const RESPONSE_SAMPLES: Readonly<Record<string, JsonObject>> = {
  text: response(message(1, text('Héllo "wörld"\n\n😀🇦🇹 — \\ done'))),
  'nothing at all': response(),
  'empty text': response(message(1, text(''))),
  citations: response(
    message(
      1,
      text('See here.', {
        annotations: [{ type: 'url_citation', end_index: 8, start_index: 4, title: 'T', url: 'https://x.test' }],
      }),
    ),
  ),
  logprobs: response(
    message(
      1,
      text('Hi there', {
        logprobs: ['Hi', ' there'].map((token) => ({
          token,
          bytes: [...Buffer.from(token)],
          logprob: -0.25,
          top_logprobs: [],
        })),
      }),
    ),
  ),
  refusal: response(message(1, { type: 'refusal', refusal: "I'm sorry, no." })),
  'two parts': response(message(1, text('One.'), text('Two.'))),
  'reasoning and a function call': response(
    { id: id('rs', 1), type: 'reasoning', summary: summary('First this.', 'Then that.'), encrypted_content: 'gAAAAB' },
    {
      id: id('fc', 2),
      type: 'function_call',
      status: 'completed',
      arguments: '{"city": "Wien"}',
      call_id: 'call_1',
      name: 'weather',
    },
    { id: id('fc', 3), type: 'function_call', status: 'completed', arguments: '', call_id: 'call_2', name: 'none' },
  ),
  'reasoning without a summary': response(
    { id: id('rs', 1), type: 'reasoning', summary: [] },
    message(2, text('Paris')),
  ),
  'reasoning in full': response({
    id: id('rs', 1),
    type: 'reasoning',
    summary: [],
    content: [{ type: 'reasoning_text', text: 'Let me think about it.' }],
  }),
  'a custom tool call': response({
    id: id('ctc', 1),
    type: 'custom_tool_call',
    status: 'completed',
    call_id: 'call_1',
    input: 'ls -la',
    name: 'shell',
  }),
  'a web search': response(
    { id: id('ws', 1), type: 'web_search_call', status: 'completed', action: { type: 'search', query: 'weather' } },
    message(2, text('Sunny.')),
  ),
  'a file search': response({
    id: id('fs', 1),
    type: 'file_search_call',
    status: 'completed',
    queries: ['q'],
    results: null,
  }),
  'a failed search': response({
    id: id('ws', 1),
    type: 'web_search_call',
    status: 'failed',
    action: { type: 'search', query: 'x' },
  }),
  'a code interpreter': response({
    id: id('ci', 1),
    type: 'code_interpreter_call',
    status: 'completed',
    code: 'print(6 * 7)',
    container_id: 'cntr_1',
    outputs: [{ type: 'logs', logs: '42' }],
  }),
  'an image': response({
    id: id('ig', 1),
    type: 'image_generation_call',
    status: 'completed',
    background: 'opaque',
    output_format: 'png',
    quality: 'low',
    result: 'iVBORw0KGgo=',
    revised_prompt: 'A cat',
    size: '1024x1024',
  }),
  'an MCP server': response(
    {
      id: id('mcpl', 1),
      type: 'mcp_list_tools',
      server_label: 's',
      tools: [{ annotations: null, description: 'd', input_schema: {}, name: 'roll' }],
    },
    {
      id: id('mcp', 2),
      type: 'mcp_call',
      status: 'completed',
      approval_request_id: null,
      arguments: '{"n":1}',
      error: null,
      name: 'roll',
      output: '4',
      server_label: 's',
    },
  ),
  'an MCP server that fails': response(
    { id: id('mcpl', 1), type: 'mcp_list_tools', server_label: 's', tools: [], error: 'down' },
    {
      id: id('mcp', 2),
      type: 'mcp_call',
      status: 'failed',
      approval_request_id: null,
      arguments: '{}',
      error: { type: 'http_error', code: 502, message: 'down' },
      name: 'roll',
      output: null,
      server_label: 's',
    },
  ),
  'an MCP approval': response({
    id: id('mcpr', 1),
    type: 'mcp_approval_request',
    arguments: '{}',
    name: 'roll',
    server_label: 's',
  }),
  'a shell call': response({
    id: id('sh', 1),
    type: 'shell_call',
    status: 'completed',
    call_id: 'call_1',
    action: { commands: ['ls'], timeout_ms: null, max_output_length: null },
    environment: null,
  }),
};
