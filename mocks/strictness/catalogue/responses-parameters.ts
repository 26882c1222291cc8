import type { Row } from './entry.ts';
import { missing, above, below, unknown, wrongKind } from '../../refusals/sentences.ts';

const user = { role: 'user', content: 'Hi' };

/** Responses: single parameters of the wrong shape. */
export const responsesParameters: readonly Row[] = [
  { id: 'model-missing', level: 'off', with: { model: undefined }, message: 'you must provide a model parameter' },
  { id: 'model-number', level: 'off', with: { model: 4 }, ...wrongKind('model', 'a string', 'an integer') },
  {
    id: 'input-number',
    level: 'off',
    with: { input: 7 },
    ...wrongKind('input', 'one of a string or array of objects', 'an integer'),
  },
  { id: 'input-missing', level: 'off', with: { input: undefined }, ...missing('input') },
  {
    id: 'temperature-too-high',
    level: 'off',
    with: { temperature: 3 },
    ...above('temperature', 2, 3, 'decimal'),
  },
  { id: 'top-p-too-low', level: 'off', with: { top_p: -1 }, ...below('top_p', 0, -1, 'decimal') },
  {
    id: 'max-output-tokens-too-low',
    level: 'off',
    with: { max_output_tokens: 5 },
    ...below('max_output_tokens', 16, 5, 'integer'),
  },
  {
    id: 'max-output-tokens-string',
    level: 'off',
    with: { max_output_tokens: '100' },
    ...wrongKind('max_output_tokens', 'an integer', 'a string'),
  },
  {
    id: 'max-tool-calls-zero',
    level: 'off',
    with: { max_tool_calls: 0 },
    ...below('max_tool_calls', 1, 0, 'integer'),
  },
  {
    id: 'top-logprobs-too-high',
    level: 'off',
    with: { top_logprobs: 21 },
    ...above('top_logprobs', 20, 21, 'integer'),
  },
  { id: 'stream-number', level: 'off', with: { stream: 1 }, ...wrongKind('stream', 'a boolean', 'an integer') },
  {
    id: 'background-string',
    level: 'off',
    with: { background: 'yes' },
    ...wrongKind('background', 'a boolean', 'a string'),
  },
  { id: 'store-string', level: 'off', with: { store: 'yes' }, ...wrongKind('store', 'a boolean', 'a string') },
  {
    id: 'reasoning-string',
    level: 'off',
    with: { model: 'gpt-5', reasoning: 'low' },
    ...wrongKind('reasoning', 'an object', 'a string'),
  },
  {
    id: 'reasoning-unknown-field',
    level: 'openai',
    with: { model: 'gpt-5', reasoning: { budget: 5 } },
    ...unknown('reasoning.budget'),
  },
  { id: 'text-string', level: 'off', with: { text: 'json' }, ...wrongKind('text', 'an object', 'a string') },
  { id: 'chat-parameter-messages', level: 'openai', with: { messages: [user] }, ...unknown('messages') },
  { id: 'chat-parameter-max-tokens', level: 'openai', with: { max_tokens: 50 }, ...unknown('max_tokens') },
  {
    id: 'chat-parameter-format',
    level: 'openai',
    with: { response_format: { type: 'json_object' } },
    ...unknown('response_format'),
  },
  { id: 'chat-parameter-stop', level: 'openai', with: { stop: 'x' }, ...unknown('stop') },
  { id: 'chat-parameter-n', level: 'openai', with: { n: 2 }, ...unknown('n') },
  {
    id: 'include-usage',
    level: 'openai',
    with: { stream: true, stream_options: { include_usage: true } },
    ...unknown('stream_options.include_usage'),
  },
  {
    id: 'compact-threshold-too-low',
    with: { context_management: [{ type: 'compaction', compact_threshold: 10 }] },
    ...below('context_management[0].compact_threshold', 1000, 10, 'integer'),
  },
];
