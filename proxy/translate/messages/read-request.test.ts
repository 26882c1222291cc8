import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../core/json.ts';
import { packSeal } from '../seal.ts';
import { readRequest } from './read-request.ts';

const read = (more: JsonObject) =>
  readRequest({ model: 'm', max_tokens: 5, messages: [{ role: 'user', content: 'Hi' }], ...more });

const assistant = (content: JsonObject[]) => read({ messages: [{ role: 'assistant', content }] }).turns[0]?.parts;
const user = (content: JsonObject[]) => read({ messages: [{ role: 'user', content }] }).turns[0]?.parts;

describe('blocks', () => {
  it('texts, calls and results', () => {
    expect(
      assistant([
        { type: 'text', text: 'a', cache_control: { type: 'ephemeral' } },
        { type: 'tool_use', id: 't', name: 'f', input: { a: 1 } },
      ]),
    ).toEqual([
      { kind: 'text', text: 'a', cacheControl: { type: 'ephemeral' } },
      { kind: 'call', id: 't', name: 'f', input: '{"a":1}' },
    ]);
    expect(
      user([
        { type: 'tool_result', tool_use_id: 't', content: 'x', is_error: true },
        {
          type: 'tool_result',
          tool_use_id: 'u',
          content: [
            { type: 'text', text: 'y' },
            { type: 'image', source: { type: 'url', url: 'https://a/' } },
          ],
        },
        { type: 'tool_result', tool_use_id: 'v' },
        {
          type: 'tool_result',
          tool_use_id: 'w',
          content: [
            { type: 'search_result', title: 'T', source: 'https://s/', content: [{ type: 'text', text: 'z' }] },
          ],
        },
      ]),
    ).toEqual([
      { kind: 'result', callId: 't', parts: [{ kind: 'text', text: 'x' }], isError: true },
      {
        kind: 'result',
        callId: 'u',
        parts: [
          { kind: 'text', text: 'y' },
          { kind: 'image', source: { kind: 'url', url: 'https://a/' } },
        ],
      },
      { kind: 'result', callId: 'v', parts: [] },
      { kind: 'result', callId: 'w', parts: [{ kind: 'text', text: 'T\nhttps://s/\nz' }] },
    ]);
  });

  it('media of every source; what no other family has stays foreign', () => {
    const container = { type: 'container_upload', file_id: 'f' };
    expect(
      user([
        { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AA==' } },
        { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'é' }, title: 'T' },
        { type: 'document', source: { type: 'file', file_id: 'file_1' } },
        container,
      ]),
    ).toEqual([
      { kind: 'image', source: { kind: 'data', mediaType: 'image/png', base64: 'AA==' } },
      { kind: 'document', source: { kind: 'data', mediaType: 'text/plain', base64: 'w6k=' }, name: 'T' },
      { kind: 'document', source: { kind: 'file', id: 'file_1' } },
      { kind: 'foreign', family: 'messages', value: container },
    ]);
  });

  it('thoughts carry Anthropic’s seal or the one that the proxy packed', () => {
    const google = { family: 'gemini' as const, model: 'g', value: 's' };
    const encrypted = { family: 'responses' as const, value: 'e', id: 'rs_1' };
    const thinking = (signature: string, words = '') => ({ type: 'thinking', thinking: words, signature });
    expect(
      assistant([
        thinking('own', 'Hm'),
        { type: 'redacted_thinking', data: 'r' },
        { type: 'redacted_thinking', data: packSeal(encrypted, { redacted: true }) },
        thinking(packSeal(encrypted), 'Summary'),
        thinking(packSeal(google, { next: true })),
        { type: 'tool_use', id: 't', name: 'f', input: {} },
        { type: 'text', text: 'end' },
        thinking(packSeal(google, { next: true })),
      ]),
    ).toEqual([
      { kind: 'reasoning', text: 'Hm', seal: { family: 'messages', value: 'own' } },
      { kind: 'reasoning', text: '', seal: { family: 'messages', value: 'r' }, redacted: true },
      { kind: 'reasoning', text: '', seal: encrypted, redacted: true },
      { kind: 'reasoning', text: 'Summary', seal: encrypted },
      { kind: 'call', id: 't', name: 'f', input: '{}', seal: google },
      { kind: 'text', text: 'end' },
      { kind: 'text', text: '', seal: google },
    ]);
  });

  it('citations are kept as they came', () => {
    const citation = {
      type: 'char_location',
      cited_text: 'c',
      document_index: 0,
      document_title: 'D',
      start_char_index: 0,
      end_char_index: 1,
    };
    expect(assistant([{ type: 'text', text: 'a', citations: [citation] }])).toEqual([
      { kind: 'text', text: 'a', citations: [{ title: 'D', text: 'c', own: { family: 'messages', value: citation } }] },
    ]);
  });
});

describe('settings', () => {
  it.each<[JsonObject, object]>([
    [{ system: 'S' }, { turns: [{ role: 'system', parts: [{ kind: 'text', text: 'S' }] }, {}] }],
    [{ thinking: { type: 'enabled', budget_tokens: 2000 } }, { thinking: { budget: 2000 } }],
    [
      { thinking: { type: 'adaptive', display: 'omitted' }, output_config: { effort: 'max' } },
      { thinking: { effort: 'max', budget: -1, summary: 'none' } },
    ],
    [{ thinking: { type: 'disabled' } }, { thinking: { effort: 'none' } }],
    [
      { output_config: { format: { type: 'json_schema', schema: { a: 1 } } } },
      { format: { kind: 'schema', schema: { a: 1 } } },
    ],
    [{ output_format: { type: 'json_schema', schema: { a: 1 } } }, { format: { kind: 'schema', schema: { a: 1 } } }],
    [
      { tool_choice: { type: 'any', disable_parallel_tool_use: true } },
      { toolChoice: { kind: 'required' }, parallelCalls: false },
    ],
    [{ tool_choice: { type: 'tool', name: 'f' } }, { toolChoice: { kind: 'named', names: ['f'], required: true } }],
    [{ tool_choice: { type: 'none' } }, { toolChoice: { kind: 'none' } }],
    [
      { metadata: { user_id: 'u' }, service_tier: 'standard_only' },
      { user: 'u', serviceTier: 'default', rest: {} },
    ],
    [
      { stop_sequences: ['x'], top_k: 2, stream: true },
      { stop: ['x'], topK: 2, stream: true, maxTokens: 5 },
    ],
    [
      { container: 'c', output_config: { task_budget: 1 } },
      { rest: { container: 'c', 'output_config.task_budget': 1 } },
    ],
  ])('%j', (body, conversation) => {
    expect(read(body)).toMatchObject(conversation);
  });

  it('web search is known to several, other tools of the provider to it alone', () => {
    const search = { type: 'web_search_20260318', name: 'web_search', max_uses: 3 };
    const bash = { type: 'bash_20250124', name: 'bash' };
    expect(read({ tools: [search, bash, { name: 'f', input_schema: { type: 'object' } }] }).tools).toMatchObject([
      { kind: 'hosted', name: 'web_search', value: search, search: { maxUses: 3 } },
      { kind: 'hosted', name: 'other', value: bash },
      { kind: 'function', name: 'f', parameters: { type: 'object' } },
    ]);
  });

  it('members of tools that nothing holds are named', () => {
    expect(read({ tools: [{ name: 'f', input_schema: {}, defer_loading: true }] }).rest).toEqual({
      'tools[].defer_loading': true,
    });
  });

  it.each<[JsonObject, string, string]>([
    [{ messages: 7 }, 'invalid_type', 'messages'],
    [{ messages: [{ role: 'tool', content: '' }] }, 'invalid_value', 'messages[0].role'],
    [{ messages: [{ content: '' }] }, 'missing_required_parameter', 'messages[0].role'],
    [
      { messages: [{ role: 'user', content: [{ type: 'text' }] }] },
      'missing_required_parameter',
      'messages[0].content[0].text',
    ],
    [{ max_tokens: 'x' }, 'invalid_type', 'max_tokens'],
  ])('%j is refused by %s of %s', (body, code, param) => {
    expect(() => read(body)).toThrow(expect.objectContaining({ code, param }));
  });

  it('a thread that is begun is named, one that goes on is kept elsewhere', () => {
    expect(read({ thread: { type: 'create' } }).rest).toEqual({ thread: { type: 'create' } });
    expect(() => read({ thread: { type: 'continue', previous_message_id: 'msg_1' } })).toThrow(
      expect.objectContaining({ code: 'thread_not_found', status: 404 }) as Error,
    );
  });

  it('a request without messages is refused', () => {
    expect(() => readRequest({ model: 'm' })).toThrow(expect.objectContaining({ param: 'messages' }));
  });
});
