import { describe, expect, test } from 'vitest';
import { ProxyError } from '../../core/errors.ts';
import type { JsonObject } from '../../core/json.ts';
import { writeChatRequest } from '../chat/write-request.ts';
import type { Conversation, Part, Seal, Turn } from '../conversation.ts';
import { target } from '../openai-families.fixture.ts';
import type { RequestTarget } from '../types.ts';
import { readResponsesRequest } from './read-request.ts';
import { writeResponsesRequest } from './write-request.ts';

const text = (value: string) => ({ kind: 'text' as const, text: value });
const hi: Turn = { role: 'user', parts: [text('hi')] };

function conversation(given: Partial<Conversation> = {}): Conversation {
  return { family: 'chat', model: 'm', stream: false, turns: [hi], includeUsage: true, rest: {}, ...given };
}

const write = (given: Partial<Conversation>, to: Partial<RequestTarget> = {}) =>
  writeResponsesRequest(conversation(given), target(to));
const inputOf = (turns: Turn[], given: Partial<Conversation> = {}) => write({ turns, ...given }).body['input'];

test.each<[string, Partial<Conversation>, JsonObject]>([
  [
    'a first system turn',
    { turns: [{ role: 'system', parts: [text('s')] }, hi] },
    { instructions: 's', input: [{ type: 'message', role: 'user', content: 'hi' }] },
  ],
  [
    'a later one',
    { turns: [hi, { role: 'developer', parts: [text('d')] }] },
    { input: [{ role: 'user' }, { type: 'message', role: 'developer', content: 'd' }] },
  ],
  [
    'max tokens and sampling',
    { maxTokens: 5, temperature: 1, topP: 0.5 },
    { max_output_tokens: 5, temperature: 1, top_p: 0.5 },
  ],
  ['logprobs', { logprobs: 2 }, { top_logprobs: 2, include: ['message.output_text.logprobs'] }],
  [
    'effort and summary',
    { thinking: { effort: 'low', summary: 'auto' } },
    { reasoning: { effort: 'low', summary: 'auto' }, include: ['reasoning.encrypted_content'] },
  ],
  [
    'format and verbosity',
    { format: { kind: 'schema', name: 'n', schema: {}, strict: true }, rest: { verbosity: 'low' } },
    { text: { format: { type: 'json_schema', name: 'n', schema: {}, strict: true }, verbosity: 'low' } },
  ],
  [
    'a format that does not say so is not strict',
    { family: 'gemini', format: { kind: 'schema', name: 'n', schema: {} } },
    { text: { format: { type: 'json_schema', name: 'n', schema: {}, strict: false } } },
  ],
  ['nothing is kept that was not asked to be', {}, { store: false }],
  ['what was asked to be kept is', { rest: { store: true } }, { store: true }],
  [
    'members of a chat client',
    { rest: { metadata: { a: 'b' }, safety_identifier: 's' } },
    { metadata: { a: 'b' }, safety_identifier: 's' },
  ],
  [
    'a tool that does not say so is not strict',
    { tools: [{ kind: 'function', name: 'f' }] },
    { tools: [{ type: 'function', name: 'f', strict: false, parameters: { type: 'object', properties: {} } }] },
  ],
  [
    'custom and forced',
    { tools: [{ kind: 'custom', name: 'c' }], toolChoice: { kind: 'named', names: ['c'], required: true } },
    { tools: [{ type: 'custom', name: 'c' }], tool_choice: { type: 'custom', name: 'c' } },
  ],
  [
    'allowed tools',
    { tools: [{ kind: 'function', name: 'f' }], toolChoice: { kind: 'named', names: ['f'], required: false } },
    { tool_choice: { type: 'allowed_tools', mode: 'auto', tools: [{ type: 'function', name: 'f' }] } },
  ],
  [
    'web search',
    {
      tools: [
        {
          kind: 'hosted',
          family: 'chat',
          name: 'web_search',
          value: {},
          search: { contextSize: 'low', location: { city: 'Wien' } },
        },
      ],
    },
    {
      tools: [{ type: 'web_search', search_context_size: 'low', user_location: { type: 'approximate', city: 'Wien' } }],
    },
  ],
  ['stream', { stream: true }, { stream: true }],
  ['one answer', { count: 1 }, {}],
])('written: %s', (_, given, expected) => {
  const { body, dropped } = write(given);
  expect(body).toMatchObject({ model: 'upstream-model', ...expected });
  expect(dropped).toEqual([]);
});

test.each(['gpt-5.2', 'o3', 'openai/gpt-5-mini'])(
  '%s is asked for its encrypted reasoning, a model that does not reason is not',
  (model) => {
    expect(write({}, { model }).body['include']).toEqual(['reasoning.encrypted_content']);
    expect(write({}, { model: 'gpt-4o' }).body['include']).toBeUndefined();
  },
);

test.each<[string, Partial<Conversation>, string[]]>([
  [
    'what only tunes',
    { seed: 1, presencePenalty: 1, frequencyPenalty: 1, logitBias: {}, topK: 3 },
    ['top_k', 'seed', 'presence_penalty', 'frequency_penalty', 'logit_bias'],
  ],
  [
    'members of a chat client',
    { rest: { prediction: {}, min_p: 1, modalities: ['text'], audio: {} } },
    ['prediction', 'min_p'],
  ],
  ['the name of a message', { turns: [{ ...hi, name: 'bob' }] }, ['name']],
])('dropped and named: %s', (_, given, names) => {
  expect(write(given).dropped).toEqual(names);
  expect(() => write(given, { strict: true })).toThrow(ProxyError);
});

test.each<[string, Partial<Conversation>, string]>([
  ['stop', { stop: ['a'] }, 'stop'],
  ['n', { count: 2 }, 'n'],
  ['sound in the answer', { rest: { modalities: ['text', 'audio'] } }, 'modalities'],
  [
    'sound in the question',
    {
      turns: [
        { role: 'user', parts: [{ kind: 'audio', source: { kind: 'data', mediaType: 'audio/wav', base64: 'UklG' } }] },
      ],
    },
    'input_audio',
  ],
  [
    'a hosted tool of another',
    { tools: [{ kind: 'hosted', family: 'gemini', name: 'other', value: { codeExecution: {} } }] },
    'tools[0]',
  ],
  [
    'a file of another',
    { family: 'messages', turns: [{ role: 'user', parts: [{ kind: 'document', source: { kind: 'file', id: 'f' } }] }] },
    'file_id',
  ],
])('refused: %s', (_, given, param) => {
  expect(() => write(given)).toThrow(
    expect.objectContaining({ code: 'unsupported_parameter', param, status: 400 }) as Error,
  );
});

describe('input', () => {
  const image: Part = {
    kind: 'image',
    source: { kind: 'data', mediaType: 'image/png', base64: 'AAAA' },
    detail: 'low',
  };

  test('calls and results are items of their own, with images in the results', () => {
    const turns: Turn[] = [
      {
        role: 'assistant',
        parts: [
          text('see'),
          { kind: 'call', id: 'a', name: 'f', input: '' },
          { kind: 'call', id: 'b', name: 'c', input: 'ls', custom: true },
        ],
      },
      {
        role: 'user',
        parts: [
          { kind: 'result', callId: 'a', parts: [text('1'), image] },
          { kind: 'result', callId: 'b', parts: [text('2')], custom: true, isError: true },
          text('go on'),
        ],
      },
    ];
    expect(inputOf(turns)).toEqual([
      { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'see' }] },
      { type: 'function_call', call_id: 'a', name: 'f', arguments: '{}' },
      { type: 'custom_tool_call', call_id: 'b', name: 'c', input: 'ls' },
      {
        type: 'function_call_output',
        call_id: 'a',
        output: [
          { type: 'input_text', text: '1' },
          { type: 'input_image', image_url: 'data:image/png;base64,AAAA', detail: 'low' },
        ],
      },
      { type: 'custom_tool_call_output', call_id: 'b', output: 'Error: 2' },
      { type: 'message', role: 'user', content: 'go on' },
    ]);
  });

  test('documents by data, address and id', () => {
    const parts: Part[] = [
      { kind: 'document', source: { kind: 'data', mediaType: 'application/pdf', base64: 'JVBE' }, name: 'a.pdf' },
      { kind: 'document', source: { kind: 'url', url: 'https://x.test/a.pdf' } },
      { kind: 'document', source: { kind: 'file', id: 'file-1' } },
    ];
    expect(inputOf([{ role: 'user', parts }])).toEqual([
      {
        type: 'message',
        role: 'user',
        content: [
          { type: 'input_file', filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBE' },
          { type: 'input_file', file_url: 'https://x.test/a.pdf' },
          { type: 'input_file', file_id: 'file-1' },
        ],
      },
    ]);
  });

  test('refusals and items of another provider', () => {
    const { body, dropped } = write({
      turns: [
        {
          role: 'assistant',
          parts: [
            { kind: 'refusal', text: 'no' },
            { kind: 'foreign', family: 'messages', value: { type: 'server_tool_use' } },
          ],
        },
      ],
    });
    expect(body['input']).toEqual([
      { type: 'message', role: 'assistant', content: [{ type: 'refusal', refusal: 'no' }] },
    ]);
    expect(dropped).toEqual(['server_tool_use']);
  });
});

describe('reasoning', () => {
  const thought = (seal?: Seal): Turn[] => [
    {
      role: 'assistant',
      parts: [{ kind: 'reasoning', text: 'hm', ...(seal === undefined ? {} : { seal }) }, text('a')],
    },
  ];
  const own: Seal = { family: 'responses', value: 'gAAA', id: 'rs_1' };

  test('goes back to who encrypted it', () => {
    expect(inputOf(thought(own))).toEqual([
      { type: 'reasoning', id: 'rs_1', summary: [{ type: 'summary_text', text: 'hm' }], encrypted_content: 'gAAA' },
      { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'a' }] },
    ]);
  });

  test.each<[string, Seal | undefined, Partial<RequestTarget>]>([
    ['another family', { family: 'messages', value: 'sig' }, {}],
    ['another account', own, { acceptsSeal: () => false }],
    ['an unknown maker', undefined, {}],
    ['a chat server', { family: 'chat', value: '' }, {}],
  ])('of %s is dropped and named', (_, seal, to) => {
    const { body, dropped } = write({ turns: thought(seal) }, to);
    expect(body['input']).toHaveLength(1);
    expect(dropped).toEqual(['reasoning']);
  });

  test('the signature of a call, which has no place here, is named', () => {
    const call: Part = { kind: 'call', id: 'a', name: 'f', input: '{}', seal: { family: 'gemini', value: 'sig' } };
    expect(write({ turns: [{ role: 'assistant', parts: [call] }] }).dropped).toEqual(['reasoning']);
  });
});

test('a client of Responses gets back all that the neutral form does not hold', () => {
  const body = {
    model: 'gpt-5.5',
    input: [{ type: 'message', role: 'user', content: 'hi' }],
    reasoning: { effort: 'low', context: 'all_turns' },
    text: { verbosity: 'low', other: 1 },
    truncation: 'auto',
    store: false,
    previous_response_id: 'resp_1',
    include: ['reasoning.encrypted_content', 'file_search_call.results'],
  };
  const conversation = readResponsesRequest(body);
  expect(writeResponsesRequest(conversation, target({ model: 'gpt-5.5' }))).toEqual({ body, dropped: [] });
  const { dropped } = writeChatRequest({ ...conversation, rest: { 'reasoning.context': 'all_turns' } }, target());
  expect(dropped).toEqual(['reasoning.context']);
});
