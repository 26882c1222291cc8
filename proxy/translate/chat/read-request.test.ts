import { describe, expect, test } from 'vitest';
import { ProxyError } from '../../core/errors.ts';
import type { JsonObject } from '../../core/json.ts';
import { packSeal } from '../seal.ts';
import { readChatRequest } from './read-request.ts';

const read = (members: JsonObject, messages: JsonObject[] = [{ role: 'user', content: 'hi' }]) =>
  readChatRequest({ model: 'm', messages, ...members });
const turns = (...messages: JsonObject[]) => readChatRequest({ model: 'm', messages }).turns;
const text = (value: string) => ({ kind: 'text', text: value });

test.each<[string, JsonObject, object]>([
  ['max_tokens', { max_tokens: 5 }, { maxTokens: 5 }],
  ['max_completion_tokens before max_tokens', { max_tokens: 5, max_completion_tokens: 6 }, { maxTokens: 6 }],
  ['temperature and top_p', { temperature: 0.2, top_p: 0.9 }, { temperature: 0.2, topP: 0.9 }],
  ['top_k of compatible servers', { top_k: 40 }, { topK: 40 }],
  ['stop as a text', { stop: 'END' }, { stop: ['END'] }],
  ['stop as a list', { stop: ['a', 'b'] }, { stop: ['a', 'b'] }],
  [
    'seed, penalties and bias',
    { seed: 7, presence_penalty: 1, frequency_penalty: 2, logit_bias: { 5: 1 } },
    { seed: 7, presencePenalty: 1, frequencyPenalty: 2, logitBias: { 5: 1 } },
  ],
  ['n', { n: 3 }, { count: 3 }],
  ['logprobs', { logprobs: true, top_logprobs: 4 }, { logprobs: 4 }],
  ['logprobs alone', { logprobs: true }, { logprobs: 0 }],
  ['reasoning_effort', { reasoning_effort: 'high' }, { thinking: { effort: 'high' } }],
  ['thinking with a budget', { thinking: { type: 'enabled', budget_tokens: 2048 } }, { thinking: { budget: 2048 } }],
  ['thinking that is off', { thinking: { type: 'disabled' } }, { thinking: { effort: 'none' } }],
  [
    'reasoning of OpenRouter',
    { reasoning: { effort: 'low', max_tokens: 9 } },
    { thinking: { effort: 'low', budget: 9 } },
  ],
  ['json_object', { response_format: { type: 'json_object' } }, { format: { kind: 'json' } }],
  [
    'json_schema',
    { response_format: { type: 'json_schema', json_schema: { name: 'n', schema: { type: 'object' }, strict: true } } },
    { format: { kind: 'schema', name: 'n', schema: { type: 'object' }, strict: true } },
  ],
  [
    'user, tier and cache key',
    { user: 'u', service_tier: 'flex', prompt_cache_key: 'k' },
    { user: 'u', serviceTier: 'flex', promptCacheKey: 'k' },
  ],
  ['include_usage', { stream: true, stream_options: { include_usage: true } }, { stream: true, includeUsage: true }],
  ['no include_usage', { stream: true }, { includeUsage: false }],
  ['parallel_tool_calls', { parallel_tool_calls: false }, { parallelCalls: false }],
  ['null for absent', { stop: null, temperature: null, tools: null, response_format: null, n: null }, { rest: {} }],
  ['unknown members', { min_p: 0.1, metadata: { a: 'b' } }, { rest: { min_p: 0.1, metadata: { a: 'b' } } }],
  ['the member that is meant for the proxy', { cache: { ttl: 5 } }, { rest: {} }],
])('settings: %s', (_, members, expected) => {
  expect(read(members)).toMatchObject(expected);
});

test.each<[string, JsonObject, object]>([
  ['auto', { tool_choice: 'auto' }, { kind: 'auto' }],
  ['none', { tool_choice: 'none' }, { kind: 'none' }],
  ['required', { tool_choice: 'required' }, { kind: 'required' }],
  [
    'a function',
    { tool_choice: { type: 'function', function: { name: 'f' } } },
    { kind: 'named', names: ['f'], required: true },
  ],
  [
    'a custom tool',
    { tool_choice: { type: 'custom', custom: { name: 'c' } } },
    { kind: 'named', names: ['c'], required: true },
  ],
  [
    'allowed tools',
    {
      tool_choice: {
        type: 'allowed_tools',
        allowed_tools: {
          mode: 'auto',
          tools: [
            { type: 'function', function: { name: 'f' } },
            { type: 'custom', custom: { name: 'c' } },
          ],
        },
      },
    },
    { kind: 'named', names: ['f', 'c'], required: false },
  ],
  ['function_call', { function_call: { name: 'f' } }, { kind: 'named', names: ['f'], required: true }],
])('tool choice: %s', (_, members, expected) => {
  expect(read(members).toolChoice).toEqual(expected);
});

test('tools of every kind', () => {
  const { tools } = read({
    tools: [
      { type: 'function', function: { name: 'f', description: 'd', parameters: { type: 'object' }, strict: true } },
      { function: { name: 'g' } },
      {
        type: 'custom',
        custom: { name: 'c', format: { type: 'grammar', grammar: { syntax: 'lark', definition: 'x' } } },
      },
      { type: 'code_execution' },
    ],
    functions: [{ name: 'old' }],
    web_search_options: {
      search_context_size: 'low',
      user_location: { type: 'approximate', approximate: { city: 'Wien' } },
    },
  });
  expect(tools).toEqual([
    { kind: 'function', name: 'f', description: 'd', parameters: { type: 'object' }, strict: true },
    { kind: 'function', name: 'g' },
    { kind: 'custom', name: 'c', format: { type: 'grammar', syntax: 'lark', definition: 'x' } },
    { kind: 'hosted', family: 'chat', name: 'other', value: { type: 'code_execution' } },
    { kind: 'function', name: 'old' },
    expect.objectContaining({
      kind: 'hosted',
      name: 'web_search',
      search: { contextSize: 'low', location: { city: 'Wien' } },
    }),
  ]);
});

describe('messages', () => {
  test('system and developer keep their places', () => {
    expect(
      turns(
        { role: 'system', content: 's' },
        { role: 'user', content: 'u' },
        { role: 'developer', content: [{ type: 'text', text: 'd' }] },
      ),
    ).toEqual([
      { role: 'system', parts: [text('s')] },
      { role: 'user', parts: [text('u')] },
      { role: 'developer', parts: [text('d')] },
    ]);
  });

  test('images, files and sound', () => {
    const [turn] = turns({
      role: 'user',
      content: [
        { type: 'image_url', image_url: { url: 'data:image/PNG;base64,AAAA', detail: 'low' } },
        { type: 'image_url', image_url: { url: 'https://x.test/a.png' } },
        { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBE' } },
        { type: 'file', file: { file_id: 'file-1' } },
        { type: 'input_audio', input_audio: { data: 'UklG', format: 'mp3' } },
      ],
    });
    expect(turn?.parts).toEqual([
      { kind: 'image', source: { kind: 'data', mediaType: 'image/png', base64: 'AAAA' }, detail: 'low' },
      { kind: 'image', source: { kind: 'url', url: 'https://x.test/a.png' } },
      { kind: 'document', source: { kind: 'data', mediaType: 'application/pdf', base64: 'JVBE' }, name: 'a.pdf' },
      { kind: 'document', source: { kind: 'file', id: 'file-1' } },
      { kind: 'audio', source: { kind: 'data', mediaType: 'audio/mp3', base64: 'UklG' } },
    ]);
  });

  test('results that follow one another are one turn, and know the names of their tools', () => {
    const calls = ['a', 'b'].map((id) => ({ id, type: 'function', function: { name: `tool_${id}`, arguments: '{}' } }));
    const [, , results] = turns(
      { role: 'user', content: 'q' },
      { role: 'assistant', content: '', tool_calls: calls },
      { role: 'tool', tool_call_id: 'a', content: '1' },
      { role: 'tool', tool_call_id: 'b', content: [{ type: 'text', text: '2' }] },
      { role: 'user', content: 'go on' },
    );
    expect(results).toEqual({
      role: 'user',
      parts: [
        { kind: 'result', callId: 'a', name: 'tool_a', parts: [text('1')] },
        { kind: 'result', callId: 'b', name: 'tool_b', parts: [text('2')] },
      ],
    });
  });

  test.each([[''], [null], [undefined]])('content %j beside calls is no text', (content) => {
    const call = { id: 'a', type: 'function', function: { name: 'f', arguments: '' } };
    const [turn] = turns({ role: 'assistant', ...(content === undefined ? {} : { content }), tool_calls: [call] });
    expect(turn?.parts).toEqual([{ kind: 'call', id: 'a', name: 'f', input: '' }]);
  });

  test('the first tool calling is told by names in place of ids', () => {
    const [call, result] = turns(
      { role: 'assistant', content: null, function_call: { name: 'f', arguments: '{}' } },
      { role: 'function', name: 'f', content: '1' },
    );
    expect(call?.parts).toEqual([{ kind: 'call', id: 'call_f', name: 'f', input: '{}' }]);
    expect(result?.parts).toEqual([{ kind: 'result', callId: 'call_f', name: 'f', parts: [text('1')] }]);
  });

  test('custom calls, refusals, names, marks of a cache, arguments that are an object', () => {
    expect(
      turns(
        {
          role: 'assistant',
          name: 'bot',
          refusal: 'no',
          tool_calls: [
            { id: 'c', type: 'custom', custom: { name: 't', input: 'ls' } },
            { id: 'd', function: { name: 'f', arguments: { a: 1 } } },
          ],
        },
        { role: 'tool', tool_call_id: 'c', content: 'x' },
        { role: 'user', content: [{ type: 'text', text: 'u', cache_control: { type: 'ephemeral' } }] },
      ),
    ).toEqual([
      {
        role: 'assistant',
        name: 'bot',
        parts: [
          { kind: 'refusal', text: 'no' },
          { kind: 'call', id: 'c', name: 't', input: 'ls', custom: true },
          { kind: 'call', id: 'd', name: 'f', input: '{"a":1}' },
        ],
      },
      { role: 'user', parts: [{ kind: 'result', callId: 'c', name: 't', parts: [text('x')], custom: true }] },
      { role: 'user', parts: [{ ...text('u'), cacheControl: { type: 'ephemeral' } }] },
    ]);
  });
});

describe('reasoning', () => {
  const parts = (message: JsonObject) => turns({ role: 'assistant', content: 'a', ...message })[0]?.parts;
  const seal = { family: 'messages', model: 'claude', value: 'sig' } as const;

  test.each(['reasoning_content', 'reasoning'])('%s is open thought', (name) => {
    expect(parts({ [name]: 'hm' })).toEqual([{ kind: 'reasoning', text: 'hm' }, text('a')]);
  });

  test('thinking parts of a content are open thought, and no text', () => {
    const content: JsonObject[] = [
      { type: 'thinking', thinking: [{ type: 'text', text: 'hm' }] },
      { type: 'text', text: 'a' },
    ];
    expect(parts({ content })).toEqual([{ kind: 'reasoning', text: 'hm' }, text('a')]);
  });

  test('packed seals of all forms are unpacked', () => {
    const packed = packSeal(seal);
    const redacted = packSeal({ ...seal, value: 'data' }, { redacted: true });
    const blocks: JsonObject[] = [
      { type: 'thinking', thinking: 'hm', signature: packed },
      { type: 'redacted_thinking', data: redacted },
    ];
    const expected = [
      { kind: 'reasoning', text: 'hm', seal },
      { kind: 'reasoning', text: '', seal: { ...seal, value: 'data' }, redacted: true },
      text('a'),
    ];
    expect(parts({ reasoning_content: 'hm', thinking_blocks: blocks })).toEqual(expected);
    const details: JsonObject[] = [
      { type: 'reasoning.text', text: 'hm', signature: packed, format: 'anthropic-claude-v1', index: 0 },
      { type: 'reasoning.encrypted', data: redacted, format: 'anthropic-claude-v1', index: 1 },
    ];
    expect(parts({ reasoning: 'hm', reasoning_details: details })).toEqual(expected);
  });

  test('a summary and what is encrypted are one block', () => {
    const common = { id: 'rs_1', format: 'openai-responses-v1', index: 0 };
    const details: JsonObject[] = [
      { type: 'reasoning.summary', summary: 'hm', ...common },
      { type: 'reasoning.encrypted', data: 'gAAA', ...common },
    ];
    expect(parts({ reasoning_details: details })).toEqual([
      { kind: 'reasoning', text: 'hm', seal: { family: 'responses', value: 'gAAA', id: 'rs_1' } },
      text('a'),
    ]);
  });

  test('signatures of calls and of texts', () => {
    const packed = packSeal({ family: 'gemini', model: 'g', value: 'sig' });
    const extra_content = { google: { thought_signature: packed } };
    const call = { id: 'c', type: 'function', function: { name: 'f', arguments: '{}' }, extra_content };
    expect(parts({ extra_content, tool_calls: [call] })).toEqual([
      { ...text('a'), seal: { family: 'gemini', model: 'g', value: 'sig' } },
      { kind: 'call', id: 'c', name: 'f', input: '{}', seal: { family: 'gemini', model: 'g', value: 'sig' } },
    ]);
  });
});

test.each<[string, JsonObject, string, string]>([
  ['messages', {}, 'messages', 'missing_required_parameter'],
  ['messages of another type', { messages: 'hi' }, 'messages', 'invalid_type'],
  ['a message of another type', { messages: ['hi'] }, 'messages[0]', 'invalid_type'],
  ['a role', { messages: [{ content: 'hi' }] }, 'messages[0].role', 'missing_required_parameter'],
  ['an unknown role', { messages: [{ role: 'robot', content: 'hi' }] }, 'messages[0].role', 'invalid_value'],
  ['a content', { messages: [{ role: 'user' }] }, 'messages[0].content', 'missing_required_parameter'],
  ['a content of another type', { messages: [{ role: 'user', content: 5 }] }, 'messages[0].content', 'invalid_type'],
  [
    'an unknown part',
    { messages: [{ role: 'user', content: [{ type: 'video' }] }] },
    'messages[0].content[0].type',
    'invalid_value',
  ],
  [
    'an address',
    { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: {} }] }] },
    'messages[0].content[0].image_url.url',
    'missing_required_parameter',
  ],
  [
    'an id of a call',
    { messages: [{ role: 'tool', content: 'x' }] },
    'messages[0].tool_call_id',
    'missing_required_parameter',
  ],
  [
    'a name of a call',
    { messages: [{ role: 'assistant', tool_calls: [{ id: 'a', function: {} }] }] },
    'messages[0].tool_calls[0].function.name',
    'missing_required_parameter',
  ],
  ['a number', { messages: [], temperature: 'hot' }, 'temperature', 'invalid_type'],
  ['a stop of another type', { messages: [], stop: [5] }, 'stop[0]', 'invalid_type'],
  [
    'a name of a tool',
    { messages: [], tools: [{ type: 'function', function: {} }] },
    'tools[0].function.name',
    'missing_required_parameter',
  ],
  ['an unknown format', { messages: [], response_format: { type: 'xml' } }, 'response_format.type', 'invalid_value'],
])('refused, with the name of the field: %s', (_, body, param, code) => {
  let thrown: unknown;
  try {
    readChatRequest({ model: 'm', ...body });
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(ProxyError);
  expect(thrown).toMatchObject({ param, code, status: 400 });
});
