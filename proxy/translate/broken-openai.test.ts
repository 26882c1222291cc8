import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { ProxyError } from '../core/errors.ts';
import type { Json, JsonObject } from '../core/json.ts';
import { CHAT_SAMPLES } from '../protocols/openai/chat-samples.fixture.ts';
import { RESPONSE_SAMPLES } from '../protocols/openai/responses-samples.fixture.ts';
import { parseEvent } from '../wire/sse-event.ts';
import { broken } from './broken-values.fixture.ts';
import type { Family } from './conversation.ts';
import { context, PROTOCOL, target } from './openai-families.fixture.ts';
import { translatorOf } from './table.ts';

const FAMILIES: readonly Family[] = ['chat', 'responses', 'messages', 'gemini'];

const ANSWERS = [
  ...Object.entries(CHAT_SAMPLES).map(([name, body]) => ['chat', name, body] as const),
  ...Object.entries(RESPONSE_SAMPLES).map(([name, body]) => ['responses', name, body] as const),
];

test.each(ANSWERS)('%s, %s: a broken body is an answer or an error, and both can be written', (family, _, sample) => {
  fc.assert(
    fc.property(broken(sample), (body) => {
      const steps = translatorOf(family)
        .answerReader()
        .body(Buffer.from(JSON.stringify(body)));
      expect(['end', 'error']).toContain(steps.at(-1)?.kind);
      for (const to of FAMILIES) expect(translatorOf(to).answerWriter(context()).body(steps).length).toBeGreaterThan(0);
    }),
    { numRuns: 50 },
  );
});

test.each(ANSWERS)('%s, %s: a stream with a broken event never throws', (family, _, sample) => {
  const events = PROTOCOL[family]
    .bodyToStream(Buffer.from(JSON.stringify(sample)))
    .map((event) => parseEvent(event).data);
  const parsed = events.filter((data) => data !== '[DONE]').map((data) => JSON.parse(data) as Json);
  const choice = fc.nat(parsed.length - 1).chain((at) => fc.tuple(fc.constant(at), broken(parsed[at] ?? null)));
  fc.assert(
    fc.property(choice, ([at, event]) => {
      const reader = translatorOf(family).answerReader();
      const steps = events.flatMap((data, place) => [
        ...reader.event(undefined, place === at ? JSON.stringify(event) : data),
      ]);
      for (const to of FAMILIES) translatorOf(to).answerWriter(context()).events(steps);
      expect(steps.filter(({ kind }) => kind === 'end' || kind === 'error').length).toBeLessThanOrEqual(1);
    }),
    { numRuns: 50 },
  );
});

const CHAT_REQUEST: JsonObject = {
  model: 'm',
  messages: [
    { role: 'system', content: 's' },
    {
      role: 'user',
      content: [
        { type: 'text', text: 'a' },
        { type: 'image_url', image_url: { url: 'data:image/png;base64,AA', detail: 'low' } },
        { type: 'input_audio', input_audio: { data: 'AA', format: 'wav' } },
        { type: 'file', file: { filename: 'a.pdf', file_data: 'AA' } },
      ],
    },
    {
      role: 'assistant',
      content: null,
      reasoning_content: 'hm',
      thinking_blocks: [{ type: 'thinking', thinking: 't', signature: 's' }],
      reasoning_details: [{ type: 'reasoning.text', text: 't', signature: 's', index: 0 }],
      tool_calls: [
        {
          id: 'a',
          type: 'function',
          function: { name: 'f', arguments: '{}' },
          extra_content: { google: { thought_signature: 's' } },
        },
        { id: 'b', type: 'custom', custom: { name: 'c', input: 'x' } },
      ],
    },
    { role: 'tool', tool_call_id: 'a', content: [{ type: 'text', text: 'r' }] },
    { role: 'tool', tool_call_id: 'b', content: 'r' },
  ],
  tools: [
    { type: 'function', function: { name: 'f', parameters: { type: 'object' }, strict: true } },
    {
      type: 'custom',
      custom: { name: 'c', format: { type: 'grammar', grammar: { syntax: 'lark', definition: 'x' } } },
    },
  ],
  tool_choice: {
    type: 'allowed_tools',
    allowed_tools: { mode: 'auto', tools: [{ type: 'function', function: { name: 'f' } }] },
  },
  response_format: { type: 'json_schema', json_schema: { name: 'n', schema: { type: 'object' } } },
  web_search_options: { user_location: { type: 'approximate', approximate: { city: 'Wien' } } },
  stop: ['x'],
  logprobs: true,
  top_logprobs: 2,
  logit_bias: { 5: 1 },
  stream_options: { include_usage: true },
  functions: [{ name: 'g' }],
  thinking: { type: 'enabled', budget_tokens: 5 },
};

const RESPONSES_REQUEST: JsonObject = {
  model: 'm',
  instructions: 'i',
  input: [
    {
      role: 'user',
      content: [
        { type: 'input_text', text: 'a' },
        { type: 'input_image', image_url: 'https://x.test' },
        { type: 'input_file', file_url: 'https://x.test' },
      ],
    },
    { type: 'reasoning', id: 'rs_1', summary: [{ type: 'summary_text', text: 'hm' }], encrypted_content: 'e' },
    { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'b' }] },
    { type: 'function_call', call_id: 'a', name: 'f', arguments: '{}' },
    { type: 'function_call_output', call_id: 'a', output: [{ type: 'input_text', text: 'r' }] },
    { type: 'web_search_call', id: 'ws_1' },
  ],
  tools: [
    { type: 'function', name: 'f', parameters: { type: 'object' } },
    { type: 'custom', name: 'c', format: { type: 'text' } },
    {
      type: 'web_search',
      filters: { allowed_domains: ['x.test'] },
      user_location: { type: 'approximate', city: 'Wien' },
    },
  ],
  tool_choice: { type: 'function', name: 'f' },
  text: { format: { type: 'json_schema', name: 'n', schema: {} }, verbosity: 'low' },
  reasoning: { effort: 'low', summary: 'auto' },
  include: ['message.output_text.logprobs'],
};

test.each([
  ['chat', CHAT_REQUEST],
  ['responses', RESPONSES_REQUEST],
] as const)('requests of %s are translated, or refused with the name of a field', (family, request) => {
  fc.assert(
    fc.property(broken(request), fc.constantFrom(...FAMILIES), fc.boolean(), (body, to, strict) => {
      fc.pre(typeof body === 'object' && body !== null && !Array.isArray(body));
      try {
        const conversation = translatorOf(family).readRequest(body);
        expect(translatorOf(to).writeRequest(conversation, target({ strict })).body).toBeInstanceOf(Object);
      } catch (error) {
        expect(error).toBeInstanceOf(ProxyError);
        expect(error).toMatchObject({ status: 400, param: expect.any(String) as string });
      }
    }),
    { numRuns: 1000 },
  );
});
