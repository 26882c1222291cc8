import { describe, expect, test } from 'vitest';
import { ProxyError } from '../../core/errors.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Conversation, Part, Seal, Turn } from '../conversation.ts';
import { target } from '../openai-families.fixture.ts';
import type { RequestTarget } from '../types.ts';
import { writeChatRequest } from './write-request.ts';

const hi: Turn = { role: 'user', parts: [{ kind: 'text', text: 'hi' }] };

function conversation(given: Partial<Conversation> = {}): Conversation {
  return { family: 'messages', model: 'm', stream: false, turns: [hi], includeUsage: true, rest: {}, ...given };
}

const write = (given: Partial<Conversation>, to: Partial<RequestTarget> = {}) =>
  writeChatRequest(conversation(given), target(to));
const messagesOf = (turns: Turn[], given: Partial<Conversation> = {}, to: Partial<RequestTarget> = {}) =>
  write({ turns, ...given }, to).body['messages'];
const fn = (name: string) => ({ kind: 'function' as const, name });
const vllm = { provider: 'vllm' };

test.each<[string, Partial<Conversation>, JsonObject]>([
  ['max tokens', { maxTokens: 5 }, { max_completion_tokens: 5 }],
  ['sampling', { temperature: 1.6, topP: 0.5, seed: 3 }, { temperature: 1.6, top_p: 0.5, seed: 3 }],
  ['stop', { stop: ['a'] }, { stop: ['a'] }],
  ['n', { count: 2 }, { n: 2 }],
  ['logprobs', { logprobs: 2 }, { logprobs: true, top_logprobs: 2 }],
  ['logprobs alone', { logprobs: 0 }, { logprobs: true }],
  ['effort', { thinking: { effort: 'xhigh' } }, { reasoning_effort: 'xhigh' }],
  ['effort max', { thinking: { effort: 'max' } }, { reasoning_effort: 'xhigh' }],
  ['budget below 2,000', { thinking: { budget: 1024 } }, { reasoning_effort: 'low' }],
  ['budget below 8,000', { thinking: { budget: 4096 } }, { reasoning_effort: 'medium' }],
  ['budget above', { thinking: { budget: 8000 } }, { reasoning_effort: 'high' }],
  ['thinking off', { thinking: { budget: 0 } }, { reasoning_effort: 'none' }],
  ['json', { format: { kind: 'json' } }, { response_format: { type: 'json_object' } }],
  [
    'schema',
    { format: { kind: 'schema', name: 'n', schema: {}, strict: true } },
    { response_format: { type: 'json_schema', json_schema: { name: 'n', schema: {}, strict: true } } },
  ],
  ['stream asks for usage', { stream: true }, { stream: true, stream_options: { include_usage: true } }],
  [
    'tools',
    { tools: [fn('f')], toolChoice: { kind: 'required' }, parallelCalls: false },
    { tools: [{ type: 'function', function: { name: 'f' } }], tool_choice: 'required', parallel_tool_calls: false },
  ],
  [
    'forced tool',
    { tools: [fn('f')], toolChoice: { kind: 'named', names: ['f'], required: true } },
    { tool_choice: { type: 'function', function: { name: 'f' } } },
  ],
  [
    'allowed tools',
    { tools: [fn('f'), fn('g')], toolChoice: { kind: 'named', names: ['f', 'g'], required: false } },
    {
      tool_choice: {
        type: 'allowed_tools',
        allowed_tools: {
          mode: 'auto',
          tools: [
            { type: 'function', function: { name: 'f' } },
            { type: 'function', function: { name: 'g' } },
          ],
        },
      },
    },
  ],
  [
    'custom tool',
    { tools: [{ kind: 'custom', name: 'c', format: { type: 'grammar', syntax: 'lark', definition: 'x' } }] },
    {
      tools: [
        {
          type: 'custom',
          custom: { name: 'c', format: { type: 'grammar', grammar: { syntax: 'lark', definition: 'x' } } },
        },
      ],
    },
  ],
  [
    'web search',
    {
      tools: [
        { kind: 'hosted', family: 'messages', name: 'web_search', value: {}, search: { location: { city: 'Wien' } } },
      ],
    },
    { web_search_options: { user_location: { type: 'approximate', approximate: { city: 'Wien' } } } },
  ],
  [
    'members of Responses',
    {
      family: 'responses',
      rest: { metadata: { a: 'b' }, safety_identifier: 's', verbosity: 'low', store: true, truncation: 'disabled' },
    },
    { metadata: { a: 'b' }, safety_identifier: 's', verbosity: 'low', store: true },
  ],
])('written: %s', (_, given, expected) => {
  const { body, dropped } = write(given);
  expect(body).toMatchObject({ model: 'upstream-model', ...expected });
  expect(dropped).toEqual([]);
});

test('a choice without tools is not written, nor what belongs to it', () => {
  const { body } = write({ toolChoice: { kind: 'auto' }, parallelCalls: true });
  expect(Object.keys(body)).toEqual(['model', 'messages']);
});

test.each<[string, Partial<Conversation>, Partial<RequestTarget>, JsonObject]>([
  ['max_tokens', { maxTokens: 5 }, vllm, { max_tokens: 5 }],
  [
    'a tool without parameters',
    { tools: [fn('f')] },
    vllm,
    { tools: [{ type: 'function', function: { name: 'f', parameters: { type: 'object', properties: {} } } }] },
  ],
  [
    'only the allowed tools',
    { tools: [fn('f'), fn('g')], toolChoice: { kind: 'named', names: ['g', 'x'], required: true } },
    vllm,
    { tools: [{ function: { name: 'g' } }], tool_choice: 'required' },
  ],
])('for compatible servers: %s', (_, given, to, expected) => {
  expect(write(given, to).body).toMatchObject(expected);
});

test('a custom tool is a function where the server knows none, and so are its calls', () => {
  const { body } = write(
    {
      family: 'responses',
      tools: [
        {
          kind: 'custom',
          name: 'c',
          description: 'Runs.',
          format: { type: 'grammar', syntax: 'lark', definition: 'start: "x"' },
        },
      ],
      turns: [hi, { role: 'assistant', parts: [{ kind: 'call', id: 'a', name: 'c', input: 'ls "x"', custom: true }] }],
    },
    vllm,
  );
  expect(body).toMatchObject({
    tools: [
      {
        type: 'function',
        function: {
          name: 'c',
          description: expect.stringContaining('start: "x"') as string,
          parameters: { required: ['input'] },
        },
      },
    ],
    messages: [
      {},
      { tool_calls: [{ type: 'function', function: { name: 'c', arguments: '{"input":"ls \\"x\\""}' } }] },
    ],
  });
});

test.each<[string, Partial<Conversation>, string[]]>([
  ['top_k', { topK: 4 }, ['top_k']],
  [
    'members of the Messages API',
    { rest: { metadata: {}, context_management: {} } },
    ['metadata', 'context_management'],
  ],
  ['truncation of Responses', { family: 'responses', rest: { truncation: 'auto' } }, ['truncation']],
  [
    'search that may not look anything up',
    {
      family: 'responses',
      tools: [{ kind: 'hosted', family: 'responses', name: 'web_search', value: { external_web_access: false } }],
    },
    ['web_search'],
  ],
])('dropped and named: %s', (_, given, names) => {
  expect(write(given).dropped).toEqual(names);
  expect(() => write(given, { strict: true })).toThrow(ProxyError);
});

test.each<[string, Partial<Conversation>, string, Partial<RequestTarget>?]>([
  ['five stops', { stop: ['1', '2', '3', '4', '5'] }, 'stop_sequences'],
  ['previous_response_id', { family: 'responses', rest: { previous_response_id: 'r' } }, 'previous_response_id'],
  ['a conversation', { family: 'responses', rest: { conversation: 'c' } }, 'conversation'],
  ['background', { family: 'responses', rest: { background: true } }, 'background'],
  ['a choice of a hosted tool', { family: 'responses', rest: { tool_choice: { type: 'file_search' } } }, 'tool_choice'],
  [
    'another hosted tool',
    { tools: [fn('f'), { kind: 'hosted', family: 'messages', name: 'other', value: { type: 'code_execution' } }] },
    'tools[1]',
  ],
  [
    'web search without one',
    { tools: [{ kind: 'hosted', family: 'messages', name: 'web_search', value: {} }] },
    'tools',
    vllm,
  ],
  [
    'a file of another provider',
    { turns: [{ role: 'user', parts: [{ kind: 'document', source: { kind: 'file', id: 'f' } }] }] },
    'file_id',
  ],
  [
    'an image of another provider',
    { turns: [{ role: 'user', parts: [{ kind: 'image', source: { kind: 'file', id: 'f' } }] }] },
    'file_id',
  ],
  [
    'a document by its address',
    { turns: [{ role: 'user', parts: [{ kind: 'document', source: { kind: 'url', url: 'https://x.test/a.pdf' } }] }] },
    'file_url',
  ],
])('refused: %s', (_, given, param, to) => {
  expect(() => write(given, to)).toThrow(
    expect.objectContaining({ code: 'unsupported_parameter', param, status: 400 }) as Error,
  );
});

describe('messages', () => {
  const call = (id: string): Part => ({ kind: 'call', id, name: `tool_${id}`, input: '{}' });
  const result = (callId: string, ...parts: Extract<Part, { kind: 'result' }>['parts']): Part => ({
    kind: 'result',
    callId,
    parts,
  });
  const text = (value: string) => ({ kind: 'text' as const, text: value });

  test('one turn of results is as many messages, and what the user says stands behind them', () => {
    expect(
      messagesOf([
        hi,
        { role: 'assistant', parts: [call('a'), call('b')] },
        { role: 'user', parts: [result('a', text('1')), result('b', text('2')), text('go on')] },
      ]),
    ).toEqual([
      { role: 'user', content: 'hi' },
      {
        role: 'assistant',
        content: null,
        tool_calls: [
          { id: 'a', type: 'function', function: { name: 'tool_a', arguments: '{}' } },
          { id: 'b', type: 'function', function: { name: 'tool_b', arguments: '{}' } },
        ],
      },
      { role: 'tool', tool_call_id: 'a', content: '1' },
      { role: 'tool', tool_call_id: 'b', content: '2' },
      { role: 'user', content: 'go on' },
    ]);
  });

  test('an image in a result follows behind the last result', () => {
    const image = { kind: 'image' as const, source: { kind: 'data' as const, mediaType: 'image/png', base64: 'AAAA' } };
    expect(
      messagesOf([
        { role: 'assistant', parts: [call('a'), call('b')] },
        { role: 'user', parts: [result('a', text('1'), image), result('b', text('2'))] },
      ]),
    ).toMatchObject([
      {},
      { role: 'tool', tool_call_id: 'a', content: '1' },
      { role: 'tool', tool_call_id: 'b', content: '2' },
      {
        role: 'user',
        content: [
          { type: 'text', text: expect.stringContaining('(a)') as string },
          { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
        ],
      },
    ]);
  });

  test('a failed result says so', () => {
    const failed: Part = { kind: 'result', callId: 'a', parts: [text('no such file')], isError: true };
    expect(
      messagesOf([
        { role: 'assistant', parts: [call('a')] },
        { role: 'user', parts: [failed] },
      ]),
    ).toMatchObject([{}, { content: 'Error: no such file' }]);
  });

  test('what the assistant says after its calls stands in the same message', () => {
    expect(
      messagesOf([
        { role: 'assistant', parts: [call('a')] },
        { role: 'assistant', parts: [text('x'), call('b')] },
      ]),
    ).toMatchObject([{ content: 'x', tool_calls: [{ id: 'a' }, { id: 'b' }] }]);
  });

  test('blocks of text of other families are one text, and no part is empty', () => {
    expect(messagesOf([{ role: 'assistant', parts: [text('a'), text('b')] }])).toEqual([
      { role: 'assistant', content: 'ab' },
    ]);
  });

  test('sound, a PDF without the double data: prefix, a plain text', () => {
    const data = (mediaType: string, base64: string) => ({ kind: 'data' as const, mediaType, base64 });
    const parts: Part[] = [
      { kind: 'audio', source: data('audio/mpeg', 'UklG') },
      { kind: 'document', source: data('application/pdf', 'JVBE') },
      { kind: 'document', source: data('text/plain', Buffer.from('words').toString('base64')), name: 'a.txt' },
    ];
    expect(messagesOf([{ role: 'user', parts }])).toEqual([
      {
        role: 'user',
        content: [
          { type: 'input_audio', input_audio: { data: 'UklG', format: 'mp3' } },
          { type: 'file', file: { filename: 'document.pdf', file_data: 'data:application/pdf;base64,JVBE' } },
          { type: 'text', text: 'a.txt\n\nwords' },
        ],
      },
    ]);
  });

  test('developer is system where the server knows no other', () => {
    const turns: Turn[] = [{ role: 'developer', parts: [text('d')] }];
    expect(messagesOf(turns)).toEqual([{ role: 'developer', content: 'd' }]);
    expect(messagesOf(turns, {}, vllm)).toEqual([{ role: 'system', content: 'd' }]);
  });

  test('marks of a cache never go to OpenAI from another family', () => {
    const turns: Turn[] = [{ role: 'user', parts: [{ ...text('u'), cacheControl: { type: 'ephemeral' } }] }];
    expect(messagesOf(turns)).toEqual([{ role: 'user', content: 'u' }]);
    expect(messagesOf(turns, { family: 'chat' })).toEqual([
      { role: 'user', content: [{ type: 'text', text: 'u', cache_control: { type: 'ephemeral' } }] },
    ]);
  });

  test('ids of calls are nine letters for Mistral, the same for call and result', () => {
    const written = messagesOf(
      [
        { role: 'assistant', parts: [call('toolu_01ABC')] },
        { role: 'user', parts: [result('toolu_01ABC', text('1'))] },
      ],
      {},
      { provider: 'mistral' },
    ) as [JsonObject, JsonObject];
    const id = written[1]['tool_call_id'];
    expect(id).toMatch(/^[A-Za-z0-9]{9}$/);
    expect(written[0]).toMatchObject({ tool_calls: [{ id }] });
  });

  test('no arguments are an empty object where the family of the client means one', () => {
    const turns: Turn[] = [{ role: 'assistant', parts: [{ kind: 'call', id: 'a', name: 'f', input: '' }] }];
    expect(messagesOf(turns)).toMatchObject([{ tool_calls: [{ function: { arguments: '{}' } }] }]);
  });

  test('items of tools of another provider are dropped and named', () => {
    const { dropped } = write({
      turns: [
        hi,
        {
          role: 'assistant',
          parts: [text('a'), { kind: 'foreign', family: 'messages', value: { type: 'server_tool_use' } }],
        },
      ],
    });
    expect(dropped).toEqual(['server_tool_use']);
  });
});

describe('reasoning', () => {
  const thought = (seal?: Seal, text = 'hm'): Turn[] => [
    hi,
    {
      role: 'assistant',
      parts: [
        { kind: 'reasoning', text, ...(seal === undefined ? {} : { seal }) },
        { kind: 'text', text: 'a' },
      ],
    },
  ];

  test('of another provider is never sent, least of all as text', () => {
    const { body, dropped } = write(
      { turns: thought({ family: 'messages', value: 'sig' }) },
      { acceptsSeal: () => false },
    );
    expect(body['messages']).toEqual([
      { role: 'user', content: 'hi' },
      { role: 'assistant', content: 'a' },
    ]);
    expect(dropped).toEqual(['reasoning']);
  });

  test('open thought goes back to the family that it came from, and to no other', () => {
    expect(messagesOf(thought({ family: 'chat', model: 'm', value: '' }))).toMatchObject([
      {},
      { reasoning_content: 'hm', content: 'a' },
    ]);
    expect(messagesOf(thought(), { family: 'chat' })).toMatchObject([{}, { reasoning_content: 'hm' }]);
    expect(write({ turns: thought() }).dropped).toEqual(['reasoning']);
  });

  test('a server that takes a seal back gets it in its own form', () => {
    expect(messagesOf(thought({ family: 'messages', value: 'sig' }))).toMatchObject([
      {},
      { thinking_blocks: [{ type: 'thinking', thinking: 'hm', signature: 'sig' }] },
    ]);
    expect(messagesOf(thought({ family: 'responses', value: 'gAAA', id: 'rs_1' }))).toMatchObject([
      {},
      {
        reasoning_details: [
          { type: 'reasoning.summary', summary: 'hm' },
          { type: 'reasoning.encrypted', data: 'gAAA', id: 'rs_1' },
        ],
      },
    ]);
    const call: Part = { kind: 'call', id: 'c', name: 'f', input: '{}', seal: { family: 'gemini', value: 'sig' } };
    expect(messagesOf([{ role: 'assistant', parts: [call] }])).toMatchObject([
      { tool_calls: [{ extra_content: { google: { thought_signature: 'sig' } } }] },
    ]);
  });

  test('a turn of which nothing is left is left out', () => {
    const turns: Turn[] = [hi, { role: 'assistant', parts: [{ kind: 'reasoning', text: 'hm' }] }, hi];
    expect(messagesOf(turns)).toEqual([
      { role: 'user', content: 'hi' },
      { role: 'user', content: 'hi' },
    ]);
  });
});
