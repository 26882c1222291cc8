import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../core/json.ts';
import { packSeal } from '../seal.ts';
import { readRequest } from './read-request.ts';

const HEAD = { stream: true, model: 'gemini-x' };
const read = (body: JsonObject) => readRequest(body, HEAD);

/** The parts of the conversation's turns. */
const parts = (contents: JsonObject[]) => read({ contents }).turns.map((turn) => turn.parts);

describe('spelling', () => {
  it('both are the same request', () => {
    const camel = {
      systemInstruction: { parts: [{ text: 'S' }] },
      contents: [
        { role: 'user', parts: [{ inlineData: { mimeType: 'image/png', data: 'a-_=' } }] },
        { role: 'model', parts: [{ functionCall: { name: 'f', args: { snake_case: 1 } }, thoughtSignature: 's' }] },
        { role: 'user', parts: [{ functionResponse: { name: 'f', response: { some_key: 1 } } }] },
      ],
      tools: [{ functionDeclarations: [{ name: 'f', parametersJsonSchema: { type: 'object' } }] }],
      toolConfig: { functionCallingConfig: { mode: 'ANY', allowedFunctionNames: ['f'] } },
      generationConfig: {
        topP: 0.5,
        maxOutputTokens: 7,
        stopSequences: ['x'],
        thinkingConfig: { includeThoughts: true, thinkingBudget: 5 },
        responseMimeType: 'application/json',
      },
      serviceTier: 'standard',
    };
    const snake = {
      system_instruction: { parts: [{ text: 'S' }] },
      contents: [
        { role: 'user', parts: [{ inline_data: { mime_type: 'image/png', data: 'a-_=' } }] },
        { role: 'model', parts: [{ function_call: { name: 'f', args: { snake_case: 1 } }, thought_signature: 's' }] },
        { role: 'user', parts: [{ function_response: { name: 'f', response: { some_key: 1 } } }] },
      ],
      tools: [{ function_declarations: [{ name: 'f', parameters_json_schema: { type: 'object' } }] }],
      tool_config: { function_calling_config: { mode: 'ANY', allowed_function_names: ['f'] } },
      generation_config: {
        top_p: 0.5,
        max_output_tokens: 7,
        stop_sequences: ['x'],
        thinking_config: { include_thoughts: true, thinking_budget: 5 },
        response_mime_type: 'application/json',
      },
      service_tier: 'standard',
    };
    const conversation = read(camel);
    expect(read(snake)).toEqual(conversation);
    expect(conversation).toMatchObject({
      family: 'gemini',
      model: 'gemini-x',
      stream: true,
      topP: 0.5,
      maxTokens: 7,
      stop: ['x'],
      thinking: { budget: 5, summary: 'auto' },
      format: { kind: 'json' },
      toolChoice: { kind: 'named', names: ['f'], required: true },
      serviceTier: 'standard',
      rest: {},
    });
    expect(conversation.turns[1]?.parts).toEqual([
      { kind: 'image', source: { kind: 'data', mediaType: 'image/png', base64: 'a+/=' } },
    ]);
    expect(conversation.turns[2]?.parts[0]).toMatchObject({
      input: '{"snake_case":1}',
      seal: { family: 'gemini', value: 's' },
    });
    expect(conversation.turns[3]?.parts[0]).toMatchObject({ parts: [{ kind: 'text', text: '{"some_key":1}' }] });
  });

  it('contents may be one, parts may be a text, the system instruction too', () => {
    expect(read({ systemInstruction: 'S', contents: { parts: { text: 'Hi' } } }).turns).toEqual([
      { role: 'system', parts: [{ kind: 'text', text: 'S' }] },
      { role: 'user', parts: [{ kind: 'text', text: 'Hi' }] },
    ]);
  });

  it('wrong types are named', () => {
    expect(() => read({ contents: [{ parts: 7 }] })).toThrow(expect.objectContaining({ param: 'contents[0].parts' }));
    expect(() => read({ generationConfig: { topK: 'x' } })).toThrow(
      expect.objectContaining({ code: 'invalid_type', param: 'generationConfig.topK' }),
    );
  });
});

describe('calls and results', () => {
  it('without ids, results belong to the open calls of their name in order', () => {
    const [, calls, results] = parts([
      { role: 'user', parts: [{ text: 'go' }] },
      {
        role: 'model',
        parts: [{ functionCall: { name: 'f' } }, { functionCall: { name: 'g' } }, { functionCall: { name: 'f' } }],
      },
      {
        role: 'user',
        parts: ['f', 'f', 'g'].map((name, at) => ({ functionResponse: { name, response: { result: String(at) } } })),
      },
    ]);
    const ids = (calls ?? []).map((part) => (part.kind === 'call' ? part.id : ''));
    expect(new Set(ids).size).toBe(3);
    expect((results ?? []).map((part) => (part.kind === 'result' ? part.callId : ''))).toEqual([
      ids[0],
      ids[2],
      ids[1],
    ]);
  });

  it('ids lead where they are given, and errors are told as such', () => {
    const [calls, results] = parts([
      { role: 'model', parts: [{ functionCall: { name: 'f', id: 'a' } }, { functionCall: { name: 'f', id: 'b' } }] },
      {
        role: 'user',
        parts: [
          { functionResponse: { name: 'f', id: 'b', response: { error: 'No' } } },
          {
            functionResponse: {
              name: 'f',
              id: 'a',
              response: {},
              parts: [{ inlineData: { mimeType: 'image/png', data: '' } }],
            },
          },
        ],
      },
    ]);
    expect(calls).toMatchObject([{ id: 'a' }, { id: 'b' }]);
    expect(results).toMatchObject([
      { callId: 'b', isError: true, parts: [{ text: 'No' }] },
      { callId: 'a', parts: [{ kind: 'text', text: '{}' }, { kind: 'image' }] },
    ]);
  });
});

it('the stand-in for a signature is none', () => {
  const [calls] = parts([
    { role: 'model', parts: [{ functionCall: { name: 'f' }, thoughtSignature: 'skip_thought_signature_validator' }] },
  ]);
  expect(calls?.[0]).not.toHaveProperty('seal');
});

describe('pieces of a streamed answer, each kept as a content', () => {
  it('are one text and one thought, which its last piece seals', () => {
    const signature = packSeal({ family: 'messages', model: 'claude', value: 'sig' });
    const [turn] = parts([
      { role: 'model', parts: [{ text: 'Let ', thought: true }] },
      { role: 'model', parts: [{ text: 'me', thought: true }] },
      { role: 'model', parts: [{ text: '', thought: true, thoughtSignature: signature }] },
      { role: 'model', parts: [{ text: 'Hel' }] },
      { role: 'model', parts: [{ text: 'lo' }] },
      { role: 'model', parts: [{ text: '', thoughtSignature: 'g' }] },
    ]);
    expect(turn).toEqual([
      { kind: 'reasoning', text: 'Let me', seal: { family: 'messages', model: 'claude', value: 'sig' } },
      { kind: 'text', text: 'Hello' },
      { kind: 'text', text: '', seal: { family: 'gemini', value: 'g' } },
    ]);
  });

  it('calls keep their results when they came in several', () => {
    const [calls, results] = parts([
      { role: 'model', parts: [{ functionCall: { name: 'f' } }] },
      { role: 'model', parts: [{ functionCall: { name: 'g' } }] },
      { role: 'user', parts: [{ functionResponse: { name: 'f', response: {} } }] },
    ]);
    expect(results).toMatchObject([{ callId: calls?.[0]?.kind === 'call' ? calls[0].id : '' }]);
  });
});

describe('tools and settings', () => {
  it('Google’s own schemas become JSON Schema; its own tools are kept', () => {
    const { tools } = read({
      tools: [
        {
          functionDeclarations: [
            {
              name: 'f',
              parameters: { type: 'OBJECT', properties: { a: { type: 'STRING', nullable: true } }, required: ['a'] },
            },
          ],
        },
        { google_search: {} },
        { codeExecution: {} },
      ],
    });
    expect(tools).toMatchObject([
      {
        kind: 'function',
        parameters: { type: 'object', properties: { a: { type: ['string', 'null'] } }, required: ['a'] },
      },
      { kind: 'hosted', name: 'web_search', value: { googleSearch: {} } },
      { kind: 'hosted', name: 'other', value: { codeExecution: {} } },
    ]);
  });

  it('members that nothing holds are kept by their names', () => {
    const { rest, logprobs, count } = read({
      safetySettings: [],
      cachedContent: 'c',
      generationConfig: { speechConfig: {}, responseLogprobs: true, logprobs: 3, candidateCount: 2 },
    });
    expect(rest).toEqual({ safetySettings: [], cachedContent: 'c', 'generationConfig.speechConfig': {} });
    expect([logprobs, count]).toEqual([3, 2]);
  });

  it('a word of an enumeration without quotes has no name elsewhere', () => {
    const generationConfig = { responseMimeType: 'text/x.enum', responseSchema: { type: 'STRING', enum: ['a'] } };
    const { format, rest } = read({ generationConfig });
    expect(format).toBeUndefined();
    expect(Object.keys(rest)).toEqual(['generationConfig.responseMimeType', 'generationConfig.responseSchema']);
  });

  it('members of functions that nothing holds are named', () => {
    expect(read({ tools: [{ functionDeclarations: [{ name: 'f', behavior: 'NON_BLOCKING' }] }] }).rest).toEqual({
      'functionDeclarations[].behavior': 'NON_BLOCKING',
    });
  });

  it.each([
    [{ thinkingLevel: 'HIGH' }, { effort: 'high', summary: 'none' }],
    [{ thinkingBudget: 0 }, { budget: 0, summary: 'none' }],
    [
      { thinkingBudget: -1, includeThoughts: true },
      { budget: -1, summary: 'auto' },
    ],
  ])('thinking of %j', (thinkingConfig, thinking) => {
    expect(read({ generationConfig: { thinkingConfig } }).thinking).toEqual(thinking);
  });
});
