import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../core/json.ts';
import type { Conversation, Part, TextPart } from '../conversation.ts';
import { conversation, targetFor } from '../translate.fixture.ts';
import { writeRequest } from './write-request.ts';

const SONNET = 'claude-sonnet-4-5';
const OPUS_5 = 'claude-opus-5';

function write(more: Partial<Conversation>, model = SONNET) {
  return writeRequest(conversation(more), targetFor(model));
}

const text = (words: string): TextPart => ({ kind: 'text', text: words });
const schema = { type: 'object', properties: { n: { type: 'integer', minimum: 1 } } };
const tool = { kind: 'function' as const, name: 'f', parameters: { type: 'object', properties: {} } };

describe('turns', () => {
  it('system text of any place is joined at the top, in its order', () => {
    const { body } = write({
      turns: [
        { role: 'system', parts: [text('One')] },
        { role: 'user', parts: [text('Hi')] },
        { role: 'developer', parts: [text('Two')] },
      ],
    });
    expect(body['system']).toEqual([
      { type: 'text', text: 'One' },
      { type: 'text', text: 'Two' },
    ]);
    expect(body['messages']).toEqual([{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }]);
  });

  it('later system text stays where it is for a model that takes it', () => {
    const { body } = write(
      {
        turns: [
          { role: 'user', parts: [text('Hi')] },
          { role: 'system', parts: [text('Now')] },
        ],
      },
      OPUS_5,
    );
    expect(body['system']).toBeUndefined();
    expect(body['messages']).toEqual([
      { role: 'user', content: [{ type: 'text', text: 'Hi' }] },
      { role: 'system', content: [{ type: 'text', text: 'Now' }] },
    ]);
  });

  it('neighbours of one role are merged, blank texts and turns left without parts are gone', () => {
    const { body } = write({
      turns: [
        { role: 'user', parts: [text('a')] },
        { role: 'assistant', parts: [text(' \n')] },
        { role: 'user', parts: [text('b'), text('')] },
      ],
    });
    expect(body['messages']).toEqual([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'a' },
          { type: 'text', text: 'b' },
        ],
      },
    ]);
  });

  it('results of tools come first in one user turn, in the order of their calls, with ids that Anthropic takes', () => {
    const { body } = write({
      turns: [
        { role: 'user', parts: [text('go')] },
        {
          role: 'assistant',
          parts: [
            text(''),
            { kind: 'call', id: 'a.1', name: 'f', input: '{"x":1}' },
            { kind: 'call', id: 'a:1', name: 'g', input: '' },
          ],
        },
        { role: 'user', parts: [text('and then')] },
        { role: 'user', parts: [{ kind: 'result', callId: 'a:1', parts: [text('two')], isError: true }] },
        { role: 'user', parts: [{ kind: 'result', callId: 'a.1', parts: [text('one')] }] },
      ],
    });
    expect((body['messages'] as JsonObject[]).slice(1)).toEqual([
      {
        role: 'assistant',
        content: [
          { type: 'tool_use', id: 'a_1', name: 'f', input: { x: 1 } },
          { type: 'tool_use', id: 'a_1_2', name: 'g', input: {} },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'a_1', content: 'one' },
          { type: 'tool_result', tool_use_id: 'a_1_2', content: 'two', is_error: true },
          { type: 'text', text: 'and then' },
        ],
      },
    ]);
  });

  it('arguments that are not a JSON object are refused', () => {
    const turns: Conversation['turns'] = [
      { role: 'assistant', parts: [{ kind: 'call', id: 'a', name: 'f', input: '[1' }] },
    ];
    expect(() => write({ turns })).toThrow(expect.objectContaining({ status: 400, param: 'messages' }));
  });

  it('an answer that was begun loses the white space at its end, and is refused by newer models', () => {
    const turns: Conversation['turns'] = [
      { role: 'user', parts: [text('Hi')] },
      { role: 'assistant', parts: [text('Well, ')] },
    ];
    expect((write({ turns }).body['messages'] as JsonObject[])[1]?.['content']).toEqual([
      { type: 'text', text: 'Well,' },
    ]);
    expect(() => write({ turns }, 'claude-opus-4-6')).toThrow(expect.objectContaining({ param: 'messages' }));
  });

  it('images, documents and their sources', () => {
    const media = (part: Part) =>
      (write({ turns: [{ role: 'user', parts: [part] }] }).body['messages'] as { content: JsonObject[] }[])[0]
        ?.content[0];
    expect(media({ kind: 'image', source: { kind: 'data', mediaType: 'image/jpg', base64: 'AA==' } })).toEqual({
      type: 'image',
      source: { type: 'base64', media_type: 'image/jpeg', data: 'AA==' },
    });
    expect(media({ kind: 'image', source: { kind: 'url', url: 'https://a/b.png' } })).toEqual({
      type: 'image',
      source: { type: 'url', url: 'https://a/b.png' },
    });
    expect(
      media({
        kind: 'document',
        name: 'a.pdf',
        source: { kind: 'data', mediaType: 'application/pdf', base64: 'AA==' },
      }),
    ).toEqual({
      type: 'document',
      source: { type: 'base64', media_type: 'application/pdf', data: 'AA==' },
      title: 'a.pdf',
    });
    expect(media({ kind: 'document', source: { kind: 'data', mediaType: 'text/plain', base64: 'aGk=' } })).toEqual({
      type: 'document',
      source: { type: 'text', media_type: 'text/plain', data: 'hi' },
    });
  });

  it.each<[string, Part]>([
    ['audio', { kind: 'audio', source: { kind: 'data', mediaType: 'audio/wav', base64: '' } }],
    ['a stored file of another provider', { kind: 'document', source: { kind: 'file', id: 'file-1' } }],
    [
      'an image of a type that is not taken',
      { kind: 'image', source: { kind: 'data', mediaType: 'image/bmp', base64: '' } },
    ],
    ['an item of another family', { kind: 'foreign', family: 'gemini', value: { videoMetadata: {} } }],
  ])('%s is refused', (_name, part) => {
    expect(() => write({ turns: [{ role: 'user', parts: [part] }] })).toThrow(
      expect.objectContaining({ code: 'unsupported_parameter', param: 'messages' }),
    );
  });
});

describe('tools', () => {
  it.each<[Partial<Conversation>, JsonObject | undefined]>([
    [{}, undefined],
    [{ toolChoice: { kind: 'auto' } }, { type: 'auto' }],
    [{ toolChoice: { kind: 'none' }, parallelCalls: false }, { type: 'none' }],
    [{ toolChoice: { kind: 'required' } }, { type: 'any' }],
    [{ toolChoice: { kind: 'named', names: ['f'], required: true } }, { type: 'tool', name: 'f' }],
    [{ toolChoice: { kind: 'named', names: ['f', 'g'], required: true } }, { type: 'any' }],
    [{ parallelCalls: false }, { type: 'auto', disable_parallel_tool_use: true }],
    [{ parallelCalls: true }, undefined],
    [
      { parallelCalls: false, toolChoice: { kind: 'required' } },
      { type: 'any', disable_parallel_tool_use: true },
    ],
  ])('the choice of %j', (wish, choice) => {
    expect(write({ tools: [tool, { ...tool, name: 'g' }], ...wish }).body['tool_choice']).toEqual(choice);
  });

  it('of several tools that alone may be called only those are shown', () => {
    const { body } = write({
      tools: [tool, { ...tool, name: 'g' }],
      toolChoice: { kind: 'named', names: ['g'], required: false },
    });
    expect((body['tools'] as JsonObject[]).map(({ name }) => name)).toEqual(['g']);
  });

  it('a tool without parameters takes an empty object; custom tools take text; strict only where it is known', () => {
    const tools: Conversation['tools'] = [
      { kind: 'function', name: 'f', strict: true },
      { kind: 'custom', name: 'c', description: 'D' },
    ];
    const { body, dropped } = write({ tools }, 'claude-opus-4-1');
    expect(body['tools']).toEqual([
      { name: 'f', input_schema: { type: 'object', properties: {} } },
      { name: 'c', description: 'D', input_schema: expect.objectContaining({ required: ['input'] }) as unknown },
    ]);
    expect(dropped).toEqual(['strict']);
    expect((write({ tools }).body['tools'] as JsonObject[])[0]).toMatchObject({ strict: true });
  });

  it('web search is Anthropic’s own; other hosted tools are refused', () => {
    const hosted = { kind: 'hosted' as const, family: 'responses' as const, value: { type: 'file_search' } };
    const { body } = write({ tools: [{ ...hosted, name: 'web_search', search: { allowedDomains: ['a.b'] } }] });
    expect(body['tools']).toEqual([{ type: 'web_search_20250305', name: 'web_search', allowed_domains: ['a.b'] }]);
    expect(() => write({ tools: [{ ...hosted, name: 'other' }] })).toThrow(/file_search/);
  });
});

describe('structured output', () => {
  const format = { kind: 'schema' as const, name: 'my answer', schema };

  it('is native where the model has it, with a schema that Anthropic takes', () => {
    const { body, dropped, hints } = write({ format });
    expect(body['output_config']).toEqual({
      format: {
        type: 'json_schema',
        schema: { type: 'object', properties: { n: { type: 'integer' } }, additionalProperties: false },
      },
    });
    expect(dropped).toEqual(['response_format.minimum']);
    expect(hints).toBeUndefined();
  });

  it('is a forced tool for older models, whose name the reader of the answer is told', () => {
    const { body, hints } = write({ format }, 'claude-opus-4-1');
    expect(body['tools']).toEqual([
      { name: 'my_answer', description: expect.any(String) as unknown, input_schema: schema },
    ]);
    expect(body['tool_choice']).toEqual({ type: 'tool', name: 'my_answer' });
    expect(hints).toEqual({ formatTool: 'my_answer' });
  });

  it('stands beside the client’s tools, gives way to one that must be called, and has a name of its own', () => {
    const beside = write({ format: { ...format, name: 'f' }, tools: [tool] }, 'claude-opus-4-1');
    expect(beside.body['tool_choice']).toEqual({ type: 'any' });
    expect(beside.hints).toEqual({ formatTool: 'f_answer' });
    const forced = write({ format, tools: [tool], toolChoice: { kind: 'required' } }, 'claude-opus-4-1');
    expect(forced.hints).toBeUndefined();
    expect(forced.dropped).toEqual(['response_format']);
  });

  it('JSON without a schema is an instruction', () => {
    const { body, dropped } = write({ format: { kind: 'json' } });
    expect(body['system']).toMatch(/JSON/);
    expect(dropped).toEqual(['response_format']);
  });
});
