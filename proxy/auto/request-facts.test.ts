import fc from 'fast-check';
import { expect, test } from 'vitest';

import type { JsonObject } from '../core/json.ts';
import { factsOfPrompt, readFacts, requirementsOf, type RequestFacts } from './request-facts.ts';
import type { RequestFamily } from './shapes.ts';

const PNG = 'data:image/png;base64,iVBORw0KGgo=';

test.each<[RequestFamily, JsonObject, string]>([
  [
    'chat',
    {
      messages: [
        { role: 'user', content: 'one' },
        { role: 'assistant', content: 'x' },
        { role: 'user', content: 'two' },
      ],
    },
    'two',
  ],
  [
    'chat',
    {
      messages: [
        { role: 'user', content: 'one' },
        { role: 'tool', tool_call_id: 'c', content: 'result' },
      ],
    },
    'one',
  ],
  [
    'chat',
    {
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'a' },
            { type: 'image_url', image_url: { url: PNG } },
            { type: 'text', text: 'b' },
          ],
        },
      ],
    },
    'a\nb',
  ],
  [
    'chat',
    {
      messages: [
        { role: 'user', content: 'one' },
        { role: 'user', content: [] },
      ],
    },
    '',
  ],
  ['chat', { messages: [{ role: 'system', content: 's' }] }, ''],
  ['chat', { messages: 7 }, ''],
  ['responses', { input: 'text' }, 'text'],
  [
    'responses',
    {
      input: [
        { role: 'user', content: 'one' },
        { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'two' }] },
      ],
    },
    'two',
  ],
  [
    'responses',
    {
      input: [
        { role: 'user', content: 'one' },
        { type: 'function_call_output', call_id: 'c', output: 'r' },
      ],
    },
    'one',
  ],
  [
    'messages',
    {
      messages: [
        { role: 'user', content: 'one' },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't', content: 'r' }] },
      ],
    },
    'one',
  ],
  [
    'messages',
    {
      messages: [
        {
          role: 'user',
          content: [
            { type: 'tool_result', content: 'r' },
            { type: 'text', text: 'two' },
          ],
        },
      ],
    },
    'two',
  ],
  [
    'gemini',
    {
      contents: [
        { role: 'user', parts: [{ text: 'one' }] },
        { role: 'model', parts: [{ text: 'x' }] },
      ],
    },
    'one',
  ],
  ['gemini', { contents: { parts: [{ text: 'alone' }, { text: 'thought', thought: true }] } }, 'alone'],
  [
    'gemini',
    {
      contents: [
        { parts: [{ text: 'one' }] },
        { role: 'user', parts: [{ function_response: { name: 'f', response: {} } }] },
      ],
    },
    'one',
  ],
])('%s: the text of %j', (family, body, text) => {
  expect(readFacts(family, body).text).toBe(text);
});

test.each<[RequestFamily, JsonObject, number]>([
  [
    'chat',
    {
      messages: [
        { role: 'system', content: 'abc' },
        {
          role: 'user',
          content: [
            { type: 'text', text: '😀b' },
            { type: 'image_url', image_url: { url: PNG } },
          ],
        },
      ],
    },
    5,
  ],
  [
    'chat',
    {
      messages: [
        {
          role: 'assistant',
          content: null,
          tool_calls: [{ type: 'function', function: { name: 'f', arguments: '{}' } }],
        },
        { role: 'tool', content: 'ok' },
      ],
    },
    5,
  ],
  [
    'chat',
    { messages: [], tools: [{ type: 'function' }], functions: [{ name: 'f' }] },
    '{"type":"function"}{"name":"f"}'.length,
  ],
  [
    'chat',
    { messages: [], response_format: { type: 'json_schema', json_schema: { name: 'n', schema: { type: 'object' } } } },
    '{"type":"object"}'.length,
  ],
  ['responses', { instructions: 'abc', input: 'de' }, 5],
  [
    'responses',
    {
      input: [
        { type: 'function_call', name: 'f', arguments: '{}' },
        { type: 'function_call_output', output: 'ok' },
        { type: 'reasoning', summary: [{ type: 'summary_text', text: 'hm' }], encrypted_content: 'xxxx' },
      ],
    },
    7,
  ],
  [
    'messages',
    {
      system: [{ type: 'text', text: 'abc' }],
      messages: [
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: 'hm' },
            { type: 'tool_use', name: 'f', input: {} },
          ],
        },
        { role: 'user', content: [{ type: 'tool_result', content: [{ type: 'text', text: 'ok' }] }] },
      ],
    },
    10,
  ],
  [
    'messages',
    {
      messages: [
        {
          role: 'user',
          content: [
            { type: 'document', source: { type: 'text', data: 'page' } },
            { type: 'document', source: { type: 'base64', data: 'xxxx' } },
          ],
        },
      ],
    },
    4,
  ],
  [
    'gemini',
    {
      systemInstruction: { parts: [{ text: 'abc' }] },
      contents: [
        { role: 'model', parts: [{ functionCall: { name: 'f', args: {} } }] },
        { parts: [{ functionResponse: { name: 'f', response: {} } }, { executableCode: { code: '1+1' } }] },
      ],
    },
    12,
  ],
])('%s: the code points of %j', (family, body, points) => {
  expect(readFacts(family, body).promptPoints).toBe(points);
});

const NOTHING = { tools: false, structured: false, vision: false, outputLimit: undefined };

test.each<[RequestFamily, JsonObject, Partial<RequestFacts>]>([
  ['chat', { messages: [], tools: [], functions: [], response_format: { type: 'text' }, max_tokens: null }, {}],
  ['chat', { messages: [], functions: [{ name: 'f' }] }, { tools: true }],
  ['chat', { messages: [], response_format: { type: 'json_object' } }, { structured: true }],
  ['chat', { messages: [], max_tokens: 5, max_completion_tokens: 7 }, { outputLimit: 7 }],
  [
    'chat',
    {
      messages: [
        { role: 'user', content: [{ type: 'image_url', image_url: { url: PNG } }] },
        { role: 'user', content: 'x' },
      ],
    },
    { vision: true },
  ],
  [
    'responses',
    {
      input: '',
      tools: [{ type: 'web_search' }],
      text: { format: { type: 'json_schema', schema: {} } },
      max_output_tokens: 9,
    },
    { tools: true, structured: true, outputLimit: 9 },
  ],
  [
    'responses',
    { input: [{ type: 'function_call_output', output: [{ type: 'input_image', image_url: PNG }] }] },
    { vision: true },
  ],
  [
    'responses',
    { input: [{ type: 'computer_call_output', output: { type: 'computer_screenshot', image_url: PNG } }] },
    { vision: true },
  ],
  [
    'messages',
    {
      messages: [{ role: 'user', content: [{ type: 'tool_result', content: [{ type: 'image', source: {} }] }] }],
      max_tokens: 3,
    },
    { vision: true, outputLimit: 3 },
  ],
  [
    'messages',
    { messages: [], tools: [{ name: 'f' }], output_config: { format: { type: 'json_schema', schema: {} } } },
    { tools: true, structured: true },
  ],
  ['messages', { messages: [], output_format: { type: 'json_schema', schema: {} } }, { structured: true }],
  ['gemini', { contents: [{ parts: [{ inlineData: { mimeType: 'image/png', data: '' } }] }] }, { vision: true }],
  ['gemini', { contents: [{ parts: [{ file_data: { mime_type: 'audio/mp3', file_uri: 'f' } }] }] }, {}],
  [
    'gemini',
    {
      contents: [],
      tools: [{ functionDeclarations: [] }],
      generation_config: { response_mime_type: 'application/json', max_output_tokens: 4 },
    },
    { tools: true, structured: true, outputLimit: 4 },
  ],
])('%s: the needs of %j', (family, body, needs) => {
  expect(readFacts(family, body)).toMatchObject({ ...NOTHING, ...needs });
});

test('the task of an agent needs tools, and the window must hold prompt and answer', () => {
  const facts = readFacts('chat', { messages: [{ role: 'user', content: 'a'.repeat(43) }], max_tokens: 50 });
  expect(requirementsOf(facts, 'agentic')).toMatchObject({
    tools: true,
    promptTokens: 10,
    outputLimit: 50,
    contextTokens: 60,
  });
  expect(requirementsOf(facts, 'code').tools).toBe(false);
  expect(factsOfPrompt('hello')).toMatchObject({ ...NOTHING, text: 'hello', textPoints: 5, promptPoints: 5 });
});

test('more text never needs a smaller window, wherever it stands', () => {
  const message = fc.record({
    role: fc.constantFrom('system', 'user', 'assistant', 'tool'),
    content: fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(fc.record({ type: fc.constant('text'), text: fc.string() })),
    ),
  });
  fc.assert(
    fc.property(fc.array(message), fc.nat(20), fc.string({ unit: 'binary' }), (messages, at, more) => {
      const before = requirementsOf(readFacts('chat', { messages }));
      const added = messages.toSpliced(at, 0, { role: 'user', content: more });
      const after = requirementsOf(readFacts('chat', { messages: added }));
      expect(after.contextTokens).toBeGreaterThanOrEqual(before.contextTokens);
    }),
  );
});

test('a body of any shape has facts', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('chat', 'responses', 'messages', 'gemini'),
      fc.json(),
      fc.json(),
      (family, list, other) => {
        const value = JSON.parse(list);
        const names = [
          'messages',
          'input',
          'contents',
          'tools',
          'text',
          'response_format',
          'system',
          'generationConfig',
        ];
        const body = {
          ...Object.fromEntries(names.map((name) => [name, JSON.parse(other)])),
          messages: value,
          input: value,
          contents: value,
        };
        expect(readFacts(family, body).promptPoints).toBeGreaterThanOrEqual(0);
      },
    ),
  );
});
