import type { Row } from './entry.ts';

const f = { type: 'function', function: { name: 'f', parameters: { type: 'object', properties: {} } } };
const LONG = 'word '.repeat(9000);
const withTools = (name: string) => ({
  param: name,
  message: `Invalid value for '${name}': '${name}' is only allowed when 'tools' are specified.`,
});

/** Chat: parameters that do not go together, and lengths. */
export const chatTogether: readonly Row[] = [
  {
    id: 'stream-options-without-stream',
    with: { stream_options: { include_usage: true } },
    param: 'stream_options',
    message: "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
  },
  {
    id: 'top-logprobs-without-logprobs',
    with: { top_logprobs: 2 },
    param: 'top_logprobs',
    message: "The 'top_logprobs' parameter is only allowed when 'logprobs' is enabled.",
  },
  { id: 'tool-choice-without-tools', with: { tool_choice: 'auto' }, ...withTools('tool_choice') },
  { id: 'parallel-without-tools', with: { parallel_tool_calls: true }, ...withTools('parallel_tool_calls') },
  {
    id: 'function-call-without-functions',
    with: { function_call: 'auto' },
    param: 'function_call',
    message: "Invalid value for 'function_call': 'function_call' is only allowed when 'functions' are specified.",
  },
  {
    id: 'functions-and-tools',
    with: { tools: [f], functions: [{ name: 'f', parameters: { type: 'object', properties: {} } }] },
    code: 'mutually_exclusive_parameters',
    message: "Mutually exclusive parameters. Ensure you are only providing one of: 'functions' or 'tools'.",
  },
  {
    id: 'both-max-tokens',
    with: { max_tokens: 5, max_completion_tokens: 5 },
    param: 'max_tokens',
    code: 'invalid_parameter_combination',
    message: "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.",
  },
  {
    id: 'tool-choice-of-no-tool',
    with: { tools: [f], tool_choice: { type: 'function', function: { name: 'g' } } },
    param: 'tool_choice',
    message: "Tool choice 'g' not found in 'tools' parameter.",
  },
  {
    id: 'json-mode-without-json',
    with: { response_format: { type: 'json_object' } },
    param: 'messages',
    message: "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.",
  },
  {
    id: 'max-tokens-beyond-model',
    with: { model: 'gpt-4o', max_tokens: 20_000 },
    param: 'max_tokens',
    code: 'invalid_value',
    message:
      'max_tokens is too large: 20000. This model supports at most 16384 completion tokens, whereas you provided 20000.',
  },
  {
    id: 'context-too-long',
    with: { model: 'gpt-4', messages: [{ role: 'user', content: LONG }] },
    param: 'messages',
    code: 'context_length_exceeded',
    message:
      /^This model's maximum context length is 8192 tokens\. However, your messages resulted in \d{4} tokens\. Please reduce the length of the messages\.$/,
  },
  {
    id: 'context-too-long-with-answer',
    with: { model: 'gpt-4', max_tokens: 8190 },
    param: 'messages',
    code: 'context_length_exceeded',
    message:
      "This model's maximum context length is 8192 tokens. However, you requested 8198 tokens (8 in the messages, 8190 in the completion). Please reduce the length of the messages or completion.",
  },
];
