import { expect, test } from 'vitest';
import { ProxyError } from '../../core/errors.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Conversation, Turn } from '../conversation.ts';
import { target } from '../openai-families.fixture.ts';
import type { RequestTarget } from '../types.ts';
import { writeChatRequest } from './write-request.ts';

const hi: Turn = { role: 'user', parts: [{ kind: 'text', text: 'hi' }] };

function conversation(given: Partial<Conversation> = {}): Conversation {
  return { family: 'messages', model: 'm', stream: false, turns: [hi], includeUsage: true, rest: {}, ...given };
}

const write = (given: Partial<Conversation>, to: Partial<RequestTarget> = {}) =>
  writeChatRequest(conversation(given), target(to));
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

test.each<[string, Partial<Conversation>, string, string[], JsonObject]>([
  [
    'thinking of a model that does not',
    { thinking: { budget: 3000 }, temperature: 0 },
    'gpt-4o',
    ['thinking'],
    { temperature: 0 },
  ],
  [
    'temperatures of a model that thinks',
    { thinking: { budget: 3000 }, temperature: 0, topP: 0.5 },
    'gpt-5.2',
    ['temperature', 'top_p'],
    { reasoning_effort: 'medium' },
  ],
  [
    'nothing of a model that is not known',
    { thinking: { budget: 3000 }, temperature: 0 },
    'qwen',
    [],
    { temperature: 0, reasoning_effort: 'medium' },
  ],
  [
    'nothing of a model that thinks, and shall not',
    { thinking: { effort: 'none' }, temperature: 0 },
    'gpt-5.2',
    [],
    { temperature: 0, reasoning_effort: 'none' },
  ],
  [
    'nothing of a client that knows its model',
    { family: 'chat', thinking: { effort: 'low' } },
    'gpt-4o',
    [],
    { reasoning_effort: 'low' },
  ],
])('refused by the model, and dropped: %s', (_, given, model, names, kept) => {
  const { body, dropped } = write(given, { model });
  expect(dropped).toEqual(names);
  const { model: __, messages: ___, ...rest } = body;
  expect(rest).toEqual(kept);
});

test('what a web search is told beyond the words of chat completions is named', () => {
  const search = { location: { type: 'approximate', city: 'Wien' }, allowedDomains: ['x.test'], maxUses: 2 };
  const { body, dropped } = write({
    tools: [{ kind: 'hosted', family: 'messages', name: 'web_search', value: {}, search }],
  });
  expect(body['web_search_options']).toEqual({ user_location: { type: 'approximate', approximate: { city: 'Wien' } } });
  expect(dropped).toEqual(['web_search.allowed_domains', 'web_search.max_uses']);
});

test.each([
  ['openai', 'messages', 1_024, ['tools.description']],
  ['openai', 'chat', 2_000, []],
  ['vllm', 'messages', 2_000, []],
] as const)('a long description of a tool at %s, from a client of %s', (provider, family, length, dropped) => {
  const tools = [{ kind: 'function' as const, name: 'f', description: 'x'.repeat(2_000) }];
  const written = write({ family, tools }, { provider });
  expect(written.body).toMatchObject({ tools: [{ function: { description: expect.any(String) as string } }] });
  const [tool] = written.body['tools'] as { function: { description: string } }[];
  expect(tool?.function.description).toHaveLength(length);
  expect(written.dropped).toEqual(dropped);
});
