import { describe, expect, test } from 'vitest';
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
const vllm = { provider: 'vllm' };

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
