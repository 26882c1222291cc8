/** A request that the provider refuses, over a good one, and what it says. */
export interface BadMessage {
  readonly id: string;
  /** The least strictness that refuses it. Default `spec`. */
  readonly level?: 'off' | 'openai';
  /** Fields over those of a good request; `undefined` takes one away. */
  readonly with: Readonly<Record<string, unknown>>;
  /** Default 400. */
  readonly status?: number;
  /** Default `invalid_request_error`. */
  readonly type?: string;
  readonly message: string;
}

const user = { role: 'user', content: 'Hi' };
const assistant = (...content: readonly unknown[]) => ({ role: 'assistant', content });
const asks = (...content: readonly unknown[]) => ({ role: 'user', content });
const text = (words: string, over: object = {}) => ({ type: 'text', text: words, ...over });
const call = (id: string) => ({ type: 'tool_use', id, name: 'f', input: {} });
const result = (id: string) => ({ type: 'tool_result', tool_use_id: id, content: 'done' });
const f = { name: 'f', input_schema: { type: 'object', properties: {} } };
const marked = { cache_control: { type: 'ephemeral' } };
const format = (schema: object) => ({ output_config: { format: { type: 'json_schema', schema } } });

export const GOOD_MESSAGE = { model: 'claude-sonnet-4-6', max_tokens: 100, messages: [user] };

const SHAPES: readonly BadMessage[] = [
  { id: 'no-model', level: 'off', with: { model: undefined }, message: 'model: Field required' },
  { id: 'no-max-tokens', level: 'off', with: { max_tokens: undefined }, message: 'max_tokens: Field required' },
  { id: 'no-messages', level: 'off', with: { messages: undefined }, message: 'messages: Field required' },
  { id: 'messages-empty', level: 'off', with: { messages: [] }, message: 'messages: at least one message is required' },
  { id: 'messages-text', level: 'off', with: { messages: 'Hi' }, message: 'messages: Input should be a valid list' },
  {
    id: 'max-tokens-zero',
    level: 'off',
    with: { max_tokens: 0 },
    message: 'max_tokens: Input should be greater than or equal to 1',
  },
  {
    id: 'max-tokens-text',
    level: 'off',
    with: { max_tokens: '9' },
    message: 'max_tokens: Input should be a valid integer',
  },
  {
    id: 'unknown-field',
    with: { response_format: {} },
    message: 'response_format: Extra inputs are not permitted',
  },
  {
    id: 'unknown-field-of-message',
    with: { messages: [{ ...user, name: 'ada' }] },
    message: 'messages.0.name: Extra inputs are not permitted',
  },
  {
    id: 'unknown-field-of-block',
    with: { messages: [user, assistant({ ...call('toolu_1'), text: 'x' })] },
    message: 'messages.1.content.0.tool_use.text: Extra inputs are not permitted',
  },
  {
    id: 'role',
    with: { messages: [{ role: 'tool', content: 'x' }] },
    message: "messages.0.role: Input should be 'user', 'assistant' or 'system'",
  },
  {
    id: 'block-type',
    with: { messages: [asks({ type: 'image_url', image_url: {} })] },
    message:
      "messages.0.content.0: Input tag 'image_url' found using 'type' does not match any of the expected tags: 'text', 'image', 'document', 'search_result', 'thinking', 'redacted_thinking', 'tool_use', 'tool_result'",
  },
  { id: 'temperature-text', with: { temperature: 'hot' }, message: 'temperature: Input should be a valid number' },
  { id: 'temperature-range', with: { temperature: 1.5 }, message: 'temperature: range: 0..1' },
  { id: 'stream-text', with: { stream: 'yes' }, message: 'stream: Input should be a valid boolean' },
  {
    id: 'thinking-budget-low',
    with: { max_tokens: 2000, thinking: { type: 'enabled', budget_tokens: 100 } },
    message: 'thinking.enabled.budget_tokens: Input should be greater than or equal to 1024',
  },
  {
    id: 'tool-id',
    with: { messages: [user, assistant(text('x'), call('a b'))] },
    message: "messages.1.content.1.tool_use.id: String should match pattern '^[a-zA-Z0-9_-]+$'",
  },
  {
    id: 'tool-name',
    with: { tools: [{ ...f, name: 'a b' }] },
    message: "tools.0.custom.name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'",
  },
  {
    id: 'tool-of-openai',
    with: { tools: [{ type: 'function', function: f }] },
    message: "tools.0: Input tag 'function' found using 'type' does not match any of the expected tags: 'custom'",
  },
  { id: 'tool-schema', with: { tools: [{ name: 'f' }] }, message: 'tools.0.custom.input_schema: Field required' },
  {
    id: 'tool-choice',
    with: { tools: [f], tool_choice: 'auto' },
    message: 'tool_choice: Input should be a valid dictionary',
  },
  {
    id: 'effort',
    with: { output_config: { effort: 'huge' } },
    message: "output_config.effort: Input should be 'low', 'medium', 'high', 'xhigh' or 'max'",
  },
  {
    id: 'image-type',
    with: {
      messages: [asks({ type: 'image', source: { type: 'base64', media_type: 'image/bmp', data: 'Qk0=' } })],
    },
    message:
      "messages.0.content.0.image.source.base64.media_type: Input should be 'image/jpeg', 'image/png', 'image/gif' or 'image/webp'",
  },
];

const SETTINGS: readonly BadMessage[] = [
  {
    id: 'unknown-model',
    level: 'openai',
    with: { model: 'claude-does-not-exist' },
    status: 404,
    type: 'not_found_error',
    message: 'model: claude-does-not-exist',
  },
  {
    id: 'sampling-on-newer-models',
    level: 'openai',
    with: { model: 'claude-opus-4-7', temperature: 0.5 },
    message: '`temperature` is deprecated for this model.',
  },
  {
    id: 'max-tokens-high',
    level: 'openai',
    with: { model: 'claude-opus-4-5', max_tokens: 128_001 },
    message:
      'max_tokens: 128001 > 64000, which is the maximum allowed number of output tokens for claude-opus-4-5-20251101',
  },
  {
    id: 'thinking-budget-high',
    level: 'openai',
    with: { max_tokens: 2000, thinking: { type: 'enabled', budget_tokens: 2000 } },
    message:
      '`max_tokens` must be greater than `thinking.budget_tokens`. Please consult our documentation at https://docs.claude.com/en/docs/build-with-claude/extended-thinking#max-tokens-and-context-window-size',
  },
  {
    id: 'thinking-temperature',
    level: 'openai',
    with: { max_tokens: 2000, temperature: 0.5, thinking: { type: 'enabled', budget_tokens: 1024 } },
    message:
      '`temperature` may only be set to 1 when thinking is enabled. Please consult our documentation at https://docs.claude.com/en/docs/build-with-claude/extended-thinking#important-considerations-when-using-extended-thinking',
  },
  {
    id: 'thinking-forced-tool',
    level: 'openai',
    with: { tools: [f], tool_choice: { type: 'any' }, thinking: { type: 'adaptive' } },
    message: 'Thinking may not be enabled when tool_choice forces tool use.',
  },
  {
    id: 'effort-of-model',
    level: 'openai',
    with: { output_config: { effort: 'xhigh' } },
    message: "This model does not support effort level 'xhigh'. Supported levels: high, low, max, medium.",
  },
  {
    id: 'tool-names-twice',
    level: 'openai',
    with: { tools: [f, f] },
    message: 'tools: Tool names must be unique.',
  },
  {
    id: 'tool-choice-alone',
    level: 'openai',
    with: { tool_choice: { type: 'auto' } },
    message: 'tool_choice: tool_choice may only be specified while providing tools',
  },
  {
    id: 'stop-blank',
    level: 'openai',
    with: { stop_sequences: ['\n'] },
    message: 'stop_sequences: each stop sequence must contain non-whitespace',
  },
  {
    id: 'cache-marks',
    level: 'openai',
    with: { messages: [asks(...Array.from({ length: 5 }, () => text('x', marked)))] },
    message: 'A maximum of 4 blocks with cache_control may be provided. Found 5.',
  },
  {
    id: 'schema-open',
    level: 'openai',
    with: format({ type: 'object', properties: {} }),
    message: "output_config.format.schema: For 'object' type, 'additionalProperties' must be explicitly set to false",
  },
  {
    id: 'schema-word',
    level: 'openai',
    with: format({
      type: 'object',
      properties: { n: { type: 'integer', minimum: 1 } },
      additionalProperties: false,
    }),
    message: "output_config.format.schema: For 'integer' type, property 'minimum' is not supported",
  },
];

const CONVERSATIONS: readonly BadMessage[] = [
  {
    id: 'first-role',
    level: 'openai',
    with: { messages: [{ role: 'assistant', content: 'Hi' }, user] },
    message: 'messages: first message must use the "user" role',
  },
  {
    id: 'text-empty',
    level: 'openai',
    with: { messages: [asks(text(''))] },
    message: 'messages: text content blocks must be non-empty',
  },
  {
    id: 'text-blank',
    level: 'openai',
    with: { messages: [asks(text(' \n'))] },
    message: 'messages: text content blocks must contain non-whitespace text',
  },
  {
    id: 'message-empty',
    level: 'openai',
    with: { messages: [{ role: 'user', content: '' }] },
    message: 'messages.0: all messages must have non-empty content except for the optional final assistant message',
  },
  {
    id: 'prefill',
    level: 'openai',
    with: { messages: [user, assistant(text('The answer is'))] },
    message: 'This model does not support assistant message prefill. The conversation must end with a user message.',
  },
  {
    id: 'prefill-space',
    level: 'openai',
    with: { model: 'claude-haiku-4-5', messages: [user, { role: 'assistant', content: 'It is ' }] },
    message: 'messages: final assistant content cannot end with trailing whitespace',
  },
  {
    id: 'call-unanswered',
    level: 'openai',
    with: { messages: [user, assistant(call('toolu_1'), call('toolu_2')), asks(result('toolu_1'))] },
    message:
      'messages.1: `tool_use` ids were found without `tool_result` blocks immediately after: toolu_2. Each `tool_use` block must have a corresponding `tool_result` block in the next message.',
  },
  {
    id: 'result-uncalled',
    level: 'openai',
    with: { messages: [asks(result('toolu_1'))] },
    message:
      'messages.0.content.0: unexpected `tool_use_id` found in `tool_result` blocks: toolu_1. Each `tool_result` block must have a corresponding `tool_use` block in the previous message.',
  },
  {
    id: 'call-twice',
    level: 'openai',
    with: { messages: [user, assistant(call('toolu_1'), call('toolu_1')), asks(result('toolu_1'))] },
    message: 'messages: `tool_use` ids must be unique',
  },
  {
    id: 'thinking-lost',
    level: 'openai',
    with: {
      max_tokens: 2000,
      tools: [f],
      thinking: { type: 'enabled', budget_tokens: 1024 },
      messages: [user, assistant(call('toolu_1')), asks(result('toolu_1'))],
    },
    message:
      'messages.1.content.0.type: Expected `thinking` or `redacted_thinking`, but found `tool_use`. When `thinking` is enabled, a final `assistant` message must start with a thinking block (preceeding the lastmost set of `tool_use` and `tool_result` blocks). We recommend you include thinking blocks from previous turns. To avoid this requirement, disable `thinking`. Please consult our documentation at https://docs.claude.com/en/docs/build-with-claude/extended-thinking',
  },
  {
    id: 'signature',
    level: 'off',
    with: { messages: [user, assistant({ type: 'thinking', thinking: 'x', signature: 'RXh4' }, text('y')), user] },
    message: 'messages.1.content.0: Invalid `signature` in `thinking` block',
  },
  {
    id: 'image-mislabelled',
    level: 'openai',
    with: {
      messages: [
        asks({ type: 'image', source: { type: 'base64', media_type: 'image/png', data: '/9j/4AAQSkZJRgAB' } }),
      ],
    },
    message:
      'messages.0.content.0.image.source.base64: The image was specified using the image/png media type, but the image appears to be a image/jpeg image',
  },
];

/** Requests for a message that are refused. */
export const BAD_MESSAGES: readonly BadMessage[] = [...SHAPES, ...SETTINGS, ...CONVERSATIONS];
