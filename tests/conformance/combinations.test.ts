import * as fc from 'fast-check';
import { describe, test } from 'vitest';
import { call, testContext } from '../../mocks/dialects/testing.ts';
import type { Reply } from '../../mocks/dialects/reply.ts';
import { specificationIsThere } from './judge.ts';
import { EmissionJudge } from '../setup/judge-emissions.ts';

const schema = {
  type: 'object',
  properties: { city: { type: 'string' }, degrees: { type: 'integer' } },
  required: ['city', 'degrees'],
  additionalProperties: false,
};

const model = fc.constantFrom(
  'gpt-3.5-turbo',
  'gpt-4o',
  'gpt-4.1-nano',
  'gpt-5',
  'gpt-5.5',
  'o3',
  'gpt-oss-20b',
  'my-own',
);
const text = fc.constantFrom(
  'Hello',
  'search the web',
  'weather',
  '2+2',
  'Überraschung 👩‍👩‍👧',
  'draw a picture and calculate',
);
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 2 });

const functionTool = { name: 'get_weather', description: 'Weather', parameters: schema, strict: true };
const custom = { name: 'write', description: 'Free text' };

const chat = fc.record({
  model,
  messages: text.map((content) => [{ role: 'user', content }]),
  stream: fc.boolean(),
  stream_options: maybe(fc.constant({ include_usage: true })),
  n: maybe(fc.integer({ min: 1, max: 3 })),
  stop: maybe(fc.constantFrom('e', ['l', 'o'])),
  max_completion_tokens: maybe(fc.integer({ min: 1, max: 200 })),
  logprobs: maybe(fc.boolean()),
  top_logprobs: maybe(fc.integer({ min: 0, max: 5 })),
  logit_bias: maybe(fc.constantFrom({ '9906': -100 }, { '15': 100 })),
  verbosity: maybe(fc.constantFrom('low', 'high')),
  prediction: maybe(fc.constant({ type: 'content', content: 'Mock response' })),
  service_tier: maybe(fc.constantFrom('auto', 'flex', 'priority')),
  web_search_options: maybe(fc.constant({})),
  moderation: maybe(fc.constant({ model: 'omni-moderation-latest' })),
  response_format: maybe(
    fc.constantFrom({ type: 'json_object' }, { type: 'json_schema', json_schema: { name: 'a', schema, strict: true } }),
  ),
  tools: maybe(fc.constant([{ type: 'function', function: functionTool }])),
  tool_choice: maybe(fc.constantFrom('auto', 'none')),
  modalities: maybe(fc.constantFrom(['text'], ['text', 'audio'])),
});

const hosted = fc.subarray([
  { type: 'function', ...functionTool },
  { type: 'custom', ...custom },
  { type: 'web_search' },
  { type: 'file_search', vector_store_ids: ['vs_1'] },
  { type: 'code_interpreter', container: { type: 'auto' } },
  { type: 'image_generation', size: '16x16', partial_images: 1 },
  { type: 'mcp', server_label: 'dice', server_url: 'https://dice.example' },
  { type: 'mcp', server_label: 'coin', server_url: 'https://coin.example', require_approval: 'never' },
  { type: 'shell', environment: { type: 'local' } },
  { type: 'local_shell' },
  { type: 'apply_patch' },
  { type: 'computer_use_preview', environment: 'browser', display_width: 100, display_height: 100 },
]);

const responses = fc.record({
  model,
  input: text,
  stream: fc.boolean(),
  background: maybe(fc.constant(true)),
  instructions: maybe(fc.constant('Be brief')),
  max_output_tokens: maybe(fc.integer({ min: 16, max: 200 })),
  max_tool_calls: maybe(fc.constant(1)),
  include: fc.subarray([
    'web_search_call.action.sources',
    'web_search_call.results',
    'file_search_call.results',
    'code_interpreter_call.outputs',
    'reasoning.encrypted_content',
    'message.output_text.logprobs',
    'message.input_image.image_url',
    'computer_call_output.output.image_url',
  ]),
  reasoning: maybe(
    fc.constantFrom({ summary: 'detailed' }, { summary: 'concise', effort: 'high' }, { effort: 'none' }),
  ),
  text: maybe(
    fc.constantFrom(
      { verbosity: 'low' },
      { format: { type: 'json_object' } },
      { format: { type: 'json_schema', name: 'a', schema, strict: true } },
    ),
  ),
  tools: hosted,
  tool_choice: maybe(fc.constantFrom('auto', 'none', 'required')),
  parallel_tool_calls: maybe(fc.boolean()),
  truncation: maybe(fc.constantFrom('auto', 'disabled')),
  service_tier: maybe(fc.constantFrom('auto', 'flex')),
  top_logprobs: maybe(fc.integer({ min: 0, max: 3 })),
  modalities: maybe(fc.constant(['text', 'audio'])),
  moderation: maybe(fc.constant({ model: 'omni-moderation-latest' })),
  prompt: maybe(fc.constant({ id: 'pmpt_1' })),
  prompt_cache_options: maybe(fc.constant({ mode: 'implicit' })),
  metadata: maybe(fc.constant({ a: 'b' })),
});

const completions = fc.record({
  model: fc.constantFrom('gpt-3.5-turbo-instruct', 'davinci-002'),
  prompt: fc.oneof(text, fc.array(text, { minLength: 1, maxLength: 2 })),
  stream: fc.boolean(),
  echo: maybe(fc.boolean()),
  logprobs: maybe(fc.integer({ min: 0, max: 5 })),
  n: maybe(fc.integer({ min: 1, max: 2 })),
  best_of: maybe(fc.constant(3)),
  suffix: maybe(fc.constant('.')),
  max_tokens: maybe(fc.integer({ min: 0, max: 40 })),
});

function emitted(reply: Reply) {
  if (reply.kind === 'stream') return { status: reply.status, events: [...reply.events].map(({ bytes }) => bytes) };
  return { status: reply.status, body: reply.kind === 'json' ? reply.body : undefined };
}

describe.skipIf(!specificationIsThere)('whatever is wished for together', () => {
  const cases = [
    ['chat.completions', '/v1/chat/completions', chat],
    ['responses', '/v1/responses', responses],
    ['completions', '/v1/completions', completions],
  ] as const;

  test.each(cases)('%s answers as the specification says', (operation, path, requests) => {
    const judge = new EmissionJudge();
    fc.assert(
      fc.property(requests as fc.Arbitrary<object>, (wished) => {
        const body = JSON.parse(JSON.stringify(wished)) as object;
        const { status, ...made } = emitted(call(operation, { body }, testContext()));
        judge.take({ operation, method: 'POST', path, status, ...(made as { body?: string }) });
        if (status !== 200 || judge.verdict.faults.length > 0) {
          throw new Error(`${status} ${judge.verdict.faults.join('\n')}`);
        }
      }),
      { numRuns: 250 },
    );
  });
});
