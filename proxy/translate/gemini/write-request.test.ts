import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../core/json.ts';
import type { Conversation, Part } from '../conversation.ts';
import { conversation, targetFor } from '../translate.fixture.ts';
import { writeRequest } from './write-request.ts';

const G3 = 'gemini-3-pro-preview';
const G25 = 'gemini-2.5-flash';

function write(more: Partial<Conversation>, model = G3) {
  return writeRequest(conversation(more), targetFor(model));
}

function parts(given: Part[], role: 'user' | 'assistant' = 'user', model = G3): JsonObject[] {
  const [content] = write({ turns: [{ role, parts: given }] }, model).body['contents'] as JsonObject[];
  return content?.['parts'] as JsonObject[];
}

const text = (words: string): Part => ({ kind: 'text', text: words });
const call = (id: string, more: Partial<Part> = {}): Part =>
  ({ kind: 'call', id, name: 'f', input: '{}', ...more }) as Part;
const result = (callId: string, ...given: { kind: 'text'; text: string }[]): Part => ({
  kind: 'result',
  callId,
  parts: given,
});

describe('contents', () => {
  it('all system text is the instruction, neighbours are merged, blank texts are gone', () => {
    const { body } = write({
      turns: [
        { role: 'system', parts: [text('One')] },
        { role: 'user', parts: [text('a')] },
        { role: 'assistant', parts: [text('')] },
        { role: 'developer', parts: [text('Two')] },
        { role: 'user', parts: [text('b')] },
      ],
    });
    expect(body).toEqual({
      systemInstruction: { parts: [{ text: 'One' }, { text: 'Two' }] },
      contents: [{ role: 'user', parts: [{ text: 'a' }, { text: 'b' }] }],
    });
  });

  it('results are one turn with the names and in the order of their calls', () => {
    const { body } = write({
      turns: [
        { role: 'user', parts: [text('go')] },
        {
          role: 'assistant',
          parts: [
            { kind: 'call', id: 'a', name: 'f', input: '{"n":12345678901234567890}' },
            { kind: 'call', id: 'b', name: 'g', input: '' },
          ],
        },
        { role: 'user', parts: [result('b', { kind: 'text', text: '{"y":2}' })] },
        { role: 'user', parts: [result('a', { kind: 'text', text: 'one' }), text('next')] },
      ],
    });
    expect(JSON.stringify((body['contents'] as JsonObject[]).slice(1))).toBe(
      JSON.stringify([
        {
          role: 'model',
          parts: [
            {
              functionCall: { name: 'f', args: { n: 'N' }, id: 'a' },
              thoughtSignature: 'skip_thought_signature_validator',
            },
            { functionCall: { name: 'g', args: {}, id: 'b' } },
          ],
        },
        {
          role: 'user',
          parts: [
            { functionResponse: { name: 'f', response: { result: 'one' }, id: 'a' } },
            { functionResponse: { name: 'g', response: { y: 2 }, id: 'b' } },
            { text: 'next' },
          ],
        },
      ]).replace('"N"', '12345678901234567890'),
    );
  });

  it.each<[Part, JsonObject]>([
    [{ kind: 'result', callId: 'x', name: 'f', parts: [] }, { result: '' }],
    [{ kind: 'result', callId: 'x', name: 'f', parts: [{ kind: 'text', text: '[1]' }] }, { result: '[1]' }],
    [{ kind: 'result', callId: 'x', name: 'f', parts: [{ kind: 'text', text: '{"a":' }] }, { result: '{"a":' }],
    [{ kind: 'result', callId: 'x', name: 'f', parts: [{ kind: 'text', text: 'No' }], isError: true }, { error: 'No' }],
  ])('the response of %j is an object', (part, response) => {
    expect(parts([part])).toEqual([{ functionResponse: { name: 'f', response, id: 'x' } }]);
  });

  it('a result without a call has no name, and is refused', () => {
    expect(() => parts([result('x')])).toThrow(expect.objectContaining({ status: 400, param: 'messages' }));
  });

  it('older models know no ids, want no signatures, and take images of results beside them', () => {
    const image: Part = { kind: 'image', source: { kind: 'data', mediaType: 'image/png', base64: 'AA==' } };
    const turns: Conversation['turns'] = [
      { role: 'assistant', parts: [call('a'), call('b')] },
      { role: 'user', parts: [{ kind: 'result', callId: 'a', parts: [image] }, result('b')] },
    ];
    const inline = { inlineData: { mimeType: 'image/png', data: 'AA==' } };
    expect(write({ turns }, G25).body['contents']).toEqual([
      { role: 'model', parts: [{ functionCall: { name: 'f', args: {} } }, { functionCall: { name: 'f', args: {} } }] },
      {
        role: 'user',
        parts: [
          { functionResponse: { name: 'f', response: { result: '' } } },
          { functionResponse: { name: 'f', response: { result: '' } } },
          inline,
        ],
      },
    ]);
    expect(write({ turns }).body).toHaveProperty('contents[1].parts[0]', {
      functionResponse: { name: 'f', response: { result: '' }, id: 'a', parts: [inline] },
    });
  });

  it('signatures of its own go back where they stood, those of others never', () => {
    const own = { family: 'gemini' as const, value: 's' };
    const foreign = { family: 'messages' as const, value: 'x' };
    const given: Part[] = [
      { kind: 'reasoning', text: 'mine', seal: own },
      { kind: 'reasoning', text: 'secret', seal: foreign },
      { kind: 'reasoning', text: 'secret' },
      { kind: 'text', text: 'T', seal: own },
      call('a', { seal: own }),
      call('b'),
    ];
    expect(parts(given, 'assistant')).toEqual([
      { text: 'mine', thought: true, thoughtSignature: 's' },
      { text: 'T', thoughtSignature: 's' },
      { functionCall: { name: 'f', args: {}, id: 'a' }, thoughtSignature: 's' },
      { functionCall: { name: 'f', args: {}, id: 'b' } },
    ]);
    const written = writeRequest(
      conversation({ turns: [{ role: 'assistant', parts: given }] }),
      targetFor(G3, { acceptsSeal: () => false }),
    );
    expect(JSON.stringify(written.body)).not.toContain('secret');
    expect(JSON.stringify(written.body)).not.toContain('mine');
    expect(JSON.stringify(written.body)).toContain('skip_thought_signature_validator');
    expect(written.dropped).toEqual(['reasoning']);
  });

  it('a thought that its signature carries is left out without a loss; without a signature it is named', () => {
    const thought: Part = { kind: 'reasoning', text: 'They ask for it.' };
    const dropped = (turn: Part[]) =>
      writeRequest(conversation({ turns: [{ role: 'assistant', parts: turn }] }), targetFor(G3)).dropped;
    expect(dropped([thought, call('a', { seal: { family: 'gemini', value: 's' } })])).toEqual([]);
    expect(dropped([thought, call('a', { seal: { family: 'messages', value: 's' } })])).toEqual(['reasoning']);
    expect(dropped([thought, call('a')])).toEqual(['reasoning']);
  });

  it('images, documents and audio are data; addresses and stored files are refused', () => {
    expect(parts([{ kind: 'audio', source: { kind: 'data', mediaType: 'audio/wav', base64: 'AA==' } }])).toEqual([
      { inlineData: { mimeType: 'audio/wav', data: 'AA==' } },
    ]);
    for (const source of [
      { kind: 'url' as const, url: 'https://a/b.png' },
      { kind: 'file' as const, id: 'file-1' },
    ]) {
      expect(() => parts([{ kind: 'image', source }])).toThrow(
        expect.objectContaining({ code: 'unsupported_parameter' }),
      );
    }
    expect(parts([{ kind: 'image', source: { kind: 'url', url: 'gs://b/o', mediaType: 'image/png' } }])).toEqual([
      { fileData: { fileUri: 'gs://b/o', mimeType: 'image/png' } },
    ]);
  });
});

describe('tools', () => {
  const tool = {
    kind: 'function' as const,
    name: 'f',
    parameters: { type: 'object', properties: { a: { type: ['string', 'null'] } } },
  };

  it('take plain JSON Schema, in Google’s own form for old models', () => {
    expect(write({ tools: [tool, { kind: 'function', name: 'g' }] }).body['tools']).toEqual([
      {
        functionDeclarations: [
          { name: 'f', parametersJsonSchema: tool.parameters },
          { name: 'g', parametersJsonSchema: { type: 'object', properties: {} } },
        ],
      },
    ]);
    expect(write({ tools: [tool, { kind: 'function', name: 'g' }] }, 'gemini-2.0-flash').body['tools']).toEqual([
      {
        functionDeclarations: [
          { name: 'f', parameters: { type: 'OBJECT', properties: { a: { type: 'STRING', nullable: true } } } },
          { name: 'g' },
        ],
      },
    ]);
  });

  it.each<[Conversation['toolChoice'], JsonObject]>([
    [{ kind: 'auto' }, { mode: 'AUTO' }],
    [{ kind: 'none' }, { mode: 'NONE' }],
    [{ kind: 'required' }, { mode: 'ANY' }],
    [
      { kind: 'named', names: ['f'], required: true },
      { mode: 'ANY', allowedFunctionNames: ['f'] },
    ],
    [{ kind: 'named', names: ['f'], required: false }, { mode: 'AUTO' }],
  ])('the choice of %j', (toolChoice, functionCallingConfig) => {
    const { body } = write({ tools: [tool, { ...tool, name: 'g' }], toolChoice });
    expect(body['toolConfig']).toEqual({ functionCallingConfig });
    const [declared] = body['tools'] as { functionDeclarations: unknown[] }[];
    expect(declared?.functionDeclarations).toHaveLength(toolChoice?.kind === 'named' && !toolChoice.required ? 1 : 2);
  });

  it('web search is Google’s own; one call at a time and strictness cannot be told; other hosted tools are refused', () => {
    const hosted = { kind: 'hosted' as const, family: 'messages' as const, value: { type: 'memory' } };
    const { body, dropped } = write({
      tools: [
        { ...hosted, name: 'web_search' },
        { ...tool, strict: true },
      ],
      parallelCalls: false,
    });
    expect(body['tools']).toEqual([{ functionDeclarations: [expect.anything()] }, { googleSearch: {} }]);
    expect(dropped).toEqual(['strict', 'parallel_tool_calls']);
    expect(() => write({ tools: [{ ...hosted, name: 'other' }] })).toThrow(/memory/);
  });
});

describe('settings', () => {
  it.each<[string, Partial<Conversation>, JsonObject, string[]]>([
    [
      G3,
      { temperature: 1.6, topP: 0.5, topK: 3, maxTokens: 9, seed: 4, stop: ['a', ''] },
      { temperature: 1.6, topP: 0.5, topK: 3, maxOutputTokens: 9, seed: 4, stopSequences: ['a'] },
      [],
    ],
    [
      G3,
      { presencePenalty: 0.1, frequencyPenalty: 0.2, count: 3 },
      { presencePenalty: 0.1, frequencyPenalty: 0.2, candidateCount: 3 },
      [],
    ],
    [G3, { logprobs: 5 }, { responseLogprobs: true, logprobs: 5 }, []],
    [G3, { logprobs: 0 }, { responseLogprobs: true }, []],
    [G3, { format: { kind: 'json' } }, { responseMimeType: 'application/json' }, []],
    [
      G3,
      { format: { kind: 'schema', name: 'a', schema: { type: 'object' } } },
      { responseMimeType: 'application/json', responseJsonSchema: { type: 'object' } },
      [],
    ],
    [
      'gemini-2.0-flash',
      { format: { kind: 'schema', name: 'a', schema: { type: 'string', const: 'x' } } },
      { responseMimeType: 'application/json', responseSchema: { type: 'STRING', enum: ['x'] } },
      [],
    ],
    [G3, { thinking: { effort: 'medium' } }, { thinkingConfig: { thinkingLevel: 'high', includeThoughts: true } }, []],
    [
      'gemini-3-flash-preview',
      { thinking: { effort: 'medium' } },
      { thinkingConfig: { thinkingLevel: 'medium', includeThoughts: true } },
      [],
    ],
    [G3, { thinking: { effort: 'none' } }, { thinkingConfig: { thinkingLevel: 'low' } }, []],
    [
      'gemini-flash-latest',
      { thinking: { budget: 100, summary: 'none' } },
      { thinkingConfig: { thinkingLevel: 'low' } },
      [],
    ],
    [G3, { thinking: { budget: -1 } }, { thinkingConfig: { includeThoughts: true } }, []],
    [G25, { thinking: { effort: 'low' } }, { thinkingConfig: { thinkingBudget: 1024, includeThoughts: true } }, []],
    [G25, { thinking: { effort: 'none' } }, { thinkingConfig: { thinkingBudget: 0 } }, []],
    [G25, { thinking: { budget: -1 } }, { thinkingConfig: { thinkingBudget: -1, includeThoughts: true } }, []],
    [G25, { thinking: { budget: 99_999 } }, { thinkingConfig: { thinkingBudget: 24_576, includeThoughts: true } }, []],
    [
      'gemini-2.5-flash-lite',
      { thinking: { budget: 100 } },
      { thinkingConfig: { thinkingBudget: 512, includeThoughts: true } },
      [],
    ],
    ['gemini-2.5-pro', { thinking: { effort: 'none' } }, { thinkingConfig: { thinkingBudget: 128 } }, []],
    [
      'gemini-2.5-pro',
      { thinking: { effort: 'max' } },
      { thinkingConfig: { thinkingBudget: 32_768, includeThoughts: true } },
      [],
    ],
  ])('%s with %j', (model, wish, config, dropped) => {
    const written = write(wish, model);
    expect(written.body['generationConfig']).toEqual(config);
    expect(written.dropped).toEqual(dropped);
  });

  it('what cannot be told is named', () => {
    const wish: Partial<Conversation> = {
      logitBias: { 1: 1 },
      user: 'u',
      promptCacheKey: 'k',
      serviceTier: 'flex',
      thinking: { effort: 'low' },
      rest: { metadata: {} },
    };
    expect(write(wish, 'gemini-2.0-flash').dropped).toEqual([
      'reasoning_effort',
      'logit_bias',
      'user',
      'prompt_cache_key',
      'service_tier',
      'metadata',
    ]);
    expect(() => write({ stop: ['a', 'b', 'c', 'd', 'e', 'f'] })).toThrow(expect.objectContaining({ param: 'stop' }));
  });
});
