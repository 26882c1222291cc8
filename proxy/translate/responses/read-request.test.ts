import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../core/json.ts';
import { packSeal } from '../seal.ts';
import { readResponsesRequest } from './read-request.ts';

const read = (members: JsonObject) => readResponsesRequest({ model: 'm', input: 'hi', ...members });
const turns = (...input: JsonObject[]) => readResponsesRequest({ model: 'm', input }).turns;
const text = (value: string) => ({ kind: 'text', text: value });

test.each<[string, JsonObject, object]>([
  ['a text', { input: 'hi' }, { turns: [{ role: 'user', parts: [text('hi')] }] }],
  [
    'instructions first',
    { instructions: 'be brief', input: [{ role: 'system', content: 's' }] },
    {
      turns: [
        { role: 'system', parts: [text('be brief')] },
        { role: 'system', parts: [text('s')] },
      ],
    },
  ],
  ['max_output_tokens', { max_output_tokens: 5 }, { maxTokens: 5 }],
  ['sampling', { temperature: 1, top_p: 0.5 }, { temperature: 1, topP: 0.5 }],
  ['reasoning', { reasoning: { effort: 'low', summary: 'auto' } }, { thinking: { effort: 'low', summary: 'auto' } }],
  ['logprobs', { include: ['message.output_text.logprobs'], top_logprobs: 3 }, { logprobs: 3, rest: {} }],
  ['encrypted reasoning needs no word', { include: ['reasoning.encrypted_content'] }, { rest: {} }],
  [
    'what else is to be included',
    { include: ['file_search_call.results'] },
    { rest: { include: ['file_search_call.results'] } },
  ],
  [
    'a format',
    {
      text: {
        format: { type: 'json_schema', name: 'n', schema: {}, strict: true, description: 'd' },
        verbosity: 'low',
      },
    },
    { format: { kind: 'schema', name: 'n', schema: {}, strict: true, description: 'd' }, rest: { verbosity: 'low' } },
  ],
  ['json', { text: { format: { type: 'json_object' } } }, { format: { kind: 'json' } }],
  ['usage always', {}, { includeUsage: true }],
  ['unknown members', { truncation: 'auto', store: false }, { rest: { truncation: 'auto', store: false } }],
  [
    'no input, but what stands for it',
    { input: null, previous_response_id: 'r' },
    { turns: [], rest: { previous_response_id: 'r' } },
  ],
  [
    'a forced function',
    { tool_choice: { type: 'function', name: 'f' } },
    { toolChoice: { kind: 'named', names: ['f'], required: true } },
  ],
  [
    'allowed tools',
    { tool_choice: { type: 'allowed_tools', mode: 'required', tools: [{ type: 'function', name: 'f' }] } },
    { toolChoice: { kind: 'named', names: ['f'], required: true } },
  ],
  [
    'a forced hosted tool',
    { tool_choice: { type: 'file_search' } },
    { rest: { tool_choice: { type: 'file_search' } } },
  ],
  [
    'a forced tool of MCP',
    { tool_choice: { type: 'mcp', server_label: 's', name: 'x' } },
    { rest: { tool_choice: { type: 'mcp', server_label: 's', name: 'x' } } },
  ],
])('read: %s', (_, members, expected) => {
  expect(read(members)).toMatchObject({ family: 'responses', model: 'm', ...expected });
});

test('tools of every kind', () => {
  expect(
    read({
      tools: [
        { type: 'function', name: 'f', description: 'd', parameters: { type: 'object' }, strict: true },
        { type: 'function', name: 'g', parameters: null, strict: null },
        { type: 'custom', name: 'c', format: { type: 'grammar', syntax: 'lark', definition: 'x' } },
        {
          type: 'web_search_preview',
          user_location: { type: 'approximate', city: 'Wien' },
          filters: { allowed_domains: ['x.test'] },
        },
        { type: 'mcp', server_label: 's' },
      ],
    }).tools,
  ).toEqual([
    { kind: 'function', name: 'f', description: 'd', parameters: { type: 'object' }, strict: true },
    { kind: 'function', name: 'g' },
    { kind: 'custom', name: 'c', format: { type: 'grammar', syntax: 'lark', definition: 'x' } },
    expect.objectContaining({
      kind: 'hosted',
      name: 'web_search',
      search: { location: { city: 'Wien' }, allowedDomains: ['x.test'] },
    }),
    { kind: 'hosted', family: 'responses', name: 'other', value: { type: 'mcp', server_label: 's' } },
  ]);
});

describe('items', () => {
  test('reasoning, text and calls of one answer are one turn, its results another', () => {
    expect(
      turns(
        { role: 'user', content: [{ type: 'input_text', text: 'q' }] },
        {
          type: 'reasoning',
          id: 'rs_1',
          summary: [
            { type: 'summary_text', text: 'one' },
            { type: 'summary_text', text: 'two' },
          ],
          encrypted_content: 'gAAA',
        },
        { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'let me see', annotations: [] }] },
        { type: 'function_call', id: 'fc_1', call_id: 'a', name: 'f', arguments: '{}' },
        { type: 'custom_tool_call', call_id: 'b', name: 'c', input: 'ls' },
        { type: 'function_call_output', call_id: 'a', output: '1' },
        {
          type: 'custom_tool_call_output',
          call_id: 'b',
          output: [
            { type: 'input_text', text: '2' },
            { type: 'input_image', image_url: 'https://x.test/a.png', detail: 'low' },
          ],
        },
      ),
    ).toEqual([
      { role: 'user', parts: [text('q')] },
      {
        role: 'assistant',
        parts: [
          { kind: 'reasoning', text: 'one\n\ntwo', seal: { family: 'responses', value: 'gAAA', id: 'rs_1' } },
          text('let me see'),
          { kind: 'call', id: 'a', name: 'f', input: '{}' },
          { kind: 'call', id: 'b', name: 'c', input: 'ls', custom: true },
        ],
      },
      {
        role: 'user',
        parts: [
          { kind: 'result', callId: 'a', name: 'f', parts: [text('1')] },
          {
            kind: 'result',
            callId: 'b',
            name: 'c',
            custom: true,
            parts: [text('2'), { kind: 'image', source: { kind: 'url', url: 'https://x.test/a.png' }, detail: 'low' }],
          },
        ],
      },
    ]);
  });

  test('media', () => {
    const [turn] = turns({
      role: 'user',
      content: [
        { type: 'input_image', image_url: 'data:image/png;base64,AAAA' },
        { type: 'input_image', file_id: 'file-1' },
        { type: 'input_file', filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBE' },
        { type: 'input_file', file_url: 'https://x.test/a.pdf' },
        { type: 'input_file', file_id: 'file-2' },
      ],
    });
    expect(turn?.parts).toEqual([
      { kind: 'image', source: { kind: 'data', mediaType: 'image/png', base64: 'AAAA' } },
      { kind: 'image', source: { kind: 'file', id: 'file-1' } },
      { kind: 'document', source: { kind: 'data', mediaType: 'application/pdf', base64: 'JVBE' }, name: 'a.pdf' },
      { kind: 'document', source: { kind: 'url', url: 'https://x.test/a.pdf' } },
      { kind: 'document', source: { kind: 'file', id: 'file-2' } },
    ]);
  });

  test('reasoning without a summary is redacted, without anything open', () => {
    expect(turns({ type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'gAAA' })[0]?.parts).toEqual([
      { kind: 'reasoning', text: '', seal: { family: 'responses', value: 'gAAA', id: 'rs_1' }, redacted: true },
    ]);
    const content = [{ type: 'reasoning_text', text: 'hm' }];
    expect(turns({ type: 'reasoning', summary: [], content })[0]?.parts).toEqual([{ kind: 'reasoning', text: 'hm' }]);
  });

  test('seals of other families are unpacked, those of calls are given to the call that follows', () => {
    const thought = packSeal({ family: 'messages', model: 'c', value: 'sig' });
    const call = packSeal({ family: 'gemini', model: 'g', value: 'sig2' }, { next: true });
    expect(
      turns(
        { type: 'reasoning', id: 'rs_1', summary: [{ type: 'summary_text', text: 'hm' }], encrypted_content: thought },
        { type: 'reasoning', id: 'rs_2', summary: [], encrypted_content: call },
        { type: 'function_call', call_id: 'a', name: 'f', arguments: '{}' },
        { type: 'function_call', call_id: 'b', name: 'f', arguments: '{}' },
      )[0]?.parts,
    ).toEqual([
      { kind: 'reasoning', text: 'hm', seal: { family: 'messages', model: 'c', value: 'sig' } },
      { kind: 'call', id: 'a', name: 'f', input: '{}', seal: { family: 'gemini', model: 'g', value: 'sig2' } },
      { kind: 'call', id: 'b', name: 'f', input: '{}' },
    ]);
  });

  test('what only the provider knows is kept whole', () => {
    const item = { type: 'web_search_call', id: 'ws_1', status: 'completed' };
    expect(turns(item)[0]?.parts).toEqual([{ kind: 'foreign', family: 'responses', value: item }]);
  });
});

test.each<[string, JsonObject, string, string]>([
  ['no input', { input: null }, 'input', 'missing_required_parameter'],
  ['input of another type', { input: 5 }, 'input', 'invalid_type'],
  ['an item of another type', { input: ['x'] }, 'input[0]', 'invalid_type'],
  ['an unknown role', { input: [{ role: 'robot', content: 'x' }] }, 'input[0].role', 'invalid_value'],
  ['no role', { input: [{ content: 'x' }] }, 'input[0].role', 'missing_required_parameter'],
  [
    'an unknown part',
    { input: [{ role: 'user', content: [{ type: 'video' }] }] },
    'input[0].content[0].type',
    'invalid_value',
  ],
  [
    'a call without an id',
    { input: [{ type: 'function_call', name: 'f' }] },
    'input[0].call_id',
    'missing_required_parameter',
  ],
  [
    'a reference to a kept item',
    { input: [{ type: 'item_reference', id: 'msg_1' }] },
    'input[0]',
    'unsupported_parameter',
  ],
  ['a tool without a name', { tools: [{ type: 'function' }] }, 'tools[0].name', 'missing_required_parameter'],
])('refused, with the name of the field: %s', (_, members, param, code) => {
  expect(() => read(members)).toThrow(expect.objectContaining({ param, code, status: 400 }) as Error);
});
