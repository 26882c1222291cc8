import type { Row } from './entry.ts';
import { above, badValue, below, emptyArray, longArray, longString, missing, unknown, wrongType } from './entry.ts';

const pairs = (count: number): Record<string, string> =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, 'v']));

/** Chat: single parameters of the wrong shape. */
export const chatParameters: readonly Row[] = [
  { id: 'model-missing', level: 'off', with: { model: undefined }, message: 'you must provide a model parameter' },
  { id: 'model-empty', level: 'off', with: { model: '' }, message: 'you must provide a model parameter' },
  { id: 'model-number', level: 'off', with: { model: 4 }, ...wrongType('model', 'a string', 'an integer') },
  { id: 'messages-missing', level: 'off', with: { messages: undefined }, ...missing('messages') },
  { id: 'messages-null', with: { messages: null }, ...wrongType('messages', 'an array of objects', 'null') },
  { id: 'messages-empty', level: 'off', with: { messages: [] }, ...emptyArray('messages') },
  {
    id: 'messages-string',
    level: 'off',
    with: { messages: 'Hi' },
    ...wrongType('messages', 'an array of objects', 'a string'),
  },
  { id: 'temperature-too-low', level: 'off', with: { temperature: -1 }, ...below('temperature', 0, -1, 'decimal') },
  { id: 'temperature-too-high', level: 'off', with: { temperature: 2.5 }, ...above('temperature', 2, 2.5, 'decimal') },
  {
    id: 'temperature-string',
    level: 'off',
    with: { temperature: 'hot' },
    ...wrongType('temperature', 'a decimal', 'a string'),
  },
  { id: 'top-p-too-high', level: 'off', with: { top_p: 1.5 }, ...above('top_p', 1, 1.5, 'decimal') },
  { id: 'top-p-too-low', level: 'off', with: { top_p: -0.1 }, ...below('top_p', 0, -0.1, 'decimal') },
  {
    id: 'presence-penalty-too-high',
    level: 'off',
    with: { presence_penalty: 3 },
    ...above('presence_penalty', 2, 3, 'decimal'),
  },
  {
    id: 'frequency-penalty-too-low',
    level: 'off',
    with: { frequency_penalty: -3 },
    ...below('frequency_penalty', -2, -3, 'decimal'),
  },
  { id: 'n-zero', level: 'off', with: { n: 0 }, ...below('n', 1, 0, 'integer') },
  { id: 'n-too-high', level: 'off', with: { n: 130 }, ...above('n', 128, 130, 'integer') },
  { id: 'n-fraction', level: 'off', with: { n: 1.5 }, ...wrongType('n', 'an integer', 'a decimal') },
  {
    id: 'max-tokens-string',
    level: 'off',
    with: { max_tokens: '5' },
    ...wrongType('max_tokens', 'an integer', 'a string'),
  },
  { id: 'max-tokens-zero', level: 'off', with: { max_tokens: 0 }, ...below('max_tokens', 1, 0, 'integer') },
  {
    id: 'max-completion-tokens-fraction',
    level: 'off',
    with: { max_completion_tokens: 1.5 },
    ...wrongType('max_completion_tokens', 'an integer', 'a decimal'),
  },
  { id: 'logprobs-number', level: 'off', with: { logprobs: 5 }, ...wrongType('logprobs', 'a boolean', 'an integer') },
  {
    id: 'top-logprobs-too-high',
    level: 'off',
    with: { logprobs: true, top_logprobs: 21 },
    ...above('top_logprobs', 20, 21, 'integer'),
  },
  { id: 'stream-string', level: 'off', with: { stream: 'yes' }, ...wrongType('stream', 'a boolean', 'a string') },
  {
    id: 'stream-options-string',
    level: 'off',
    with: { stream: true, stream_options: 'usage' },
    ...wrongType('stream_options', 'an object', 'a string'),
  },
  {
    id: 'include-usage-string',
    with: { stream: true, stream_options: { include_usage: 'yes' } },
    ...wrongType('stream_options.include_usage', 'a boolean', 'a string'),
  },
  {
    id: 'stop-number',
    level: 'off',
    with: { stop: 5 },
    ...wrongType('stop', 'one of a string or array of strings', 'an integer'),
  },
  { id: 'stop-too-many', with: { stop: ['a', 'b', 'c', 'd', 'e'] }, ...longArray('stop', 4, 5) },
  { id: 'stop-empty', with: { stop: [] }, ...emptyArray('stop') },
  { id: 'seed-string', level: 'off', with: { seed: 'x' }, ...wrongType('seed', 'an integer', 'a string') },
  { id: 'user-number', level: 'off', with: { user: 7 }, ...wrongType('user', 'a string', 'an integer') },
  { id: 'store-string', with: { store: 'yes' }, ...wrongType('store', 'a boolean', 'a string') },
  {
    id: 'safety-identifier-too-long',
    with: { safety_identifier: 's'.repeat(65) },
    ...longString('safety_identifier', 64, 65),
  },
  {
    id: 'cache-key-too-long',
    level: 'openai',
    with: { prompt_cache_key: 'k'.repeat(65) },
    ...longString('prompt_cache_key', 64, 65),
  },
  {
    id: 'cache-retention-unknown',
    with: { prompt_cache_retention: '48h' },
    ...badValue('prompt_cache_retention', '48h', "'in_memory' and '24h'"),
  },
  {
    id: 'service-tier-unknown',
    with: { service_tier: 'gold' },
    ...badValue('service_tier', 'gold', "'auto', 'default', 'flex', 'scale', 'priority', and 'fast'"),
  },
  {
    id: 'reasoning-effort-unknown',
    with: { model: 'gpt-5', reasoning_effort: 'huge' },
    ...badValue('reasoning_effort', 'huge', "'none', 'minimal', 'low', 'medium', 'high', 'xhigh', and 'max'"),
  },
  {
    id: 'verbosity-unknown',
    with: { model: 'gpt-5', verbosity: 'chatty' },
    ...badValue('verbosity', 'chatty', "'low', 'medium', and 'high'"),
  },
  {
    id: 'modality-unknown',
    with: { modalities: ['smell'] },
    ...badValue('modalities[0]', 'smell', "'text' and 'audio'"),
  },
  {
    id: 'logit-bias-too-high',
    level: 'openai',
    with: { logit_bias: { 50256: 101 } },
    ...above('logit_bias.50256', 100, 101, 'integer'),
  },
  { id: 'unknown-parameter', level: 'openai', with: { quality: 'high' }, ...unknown('quality') },
  { id: 'anthropic-thinking', level: 'openai', with: { thinking: { type: 'enabled' } }, ...unknown('thinking') },
  { id: 'metadata-string', level: 'off', with: { metadata: 'x' }, ...wrongType('metadata', 'an object', 'a string') },
  { id: 'metadata-value-number', with: { metadata: { a: 1 } }, ...wrongType('metadata.a', 'a string', 'an integer') },
  {
    id: 'metadata-too-many',
    level: 'openai',
    with: { metadata: pairs(17) },
    param: 'metadata',
    code: 'object_above_max_properties',
    message:
      "Invalid 'metadata': too many properties. Expected an object with at most 16 properties, but got an object with 17 properties instead.",
  },
  {
    id: 'metadata-value-too-long',
    level: 'openai',
    with: { metadata: { a: 'v'.repeat(513) } },
    ...longString('metadata.a', 512, 513),
  },
  {
    id: 'metadata-name-too-long',
    level: 'openai',
    with: { metadata: { ['k'.repeat(65)]: 'v' } },
    param: 'metadata',
    code: 'property_name_above_max_length',
    message:
      /^Invalid property name in 'metadata': 'k{65}' is too long\. Expected a string with maximum length 64, but got a string with length 65 instead\.$/,
  },
];
