import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { ProxyError } from '../core/errors.ts';
import type { JsonObject } from '../core/json.ts';
import { broken } from './broken-values.fixture.ts';
import { gemini } from './gemini/index.ts';
import { MESSAGE, messageStream } from './messages/answers.fixture.ts';
import { messages } from './messages/index.ts';
import { contextFor, eventsOf, targetFor } from './translate.fixture.ts';

const CHUNK: JsonObject = {
  candidates: [
    {
      content: {
        parts: [
          { text: 'a', thought: true },
          { text: 'b', thoughtSignature: 's' },
          { functionCall: { name: 'f', args: { a: 1 }, id: 'i' } },
        ],
        role: 'model',
      },
      finishReason: 'STOP',
      index: 0,
      groundingMetadata: {
        groundingChunks: [{ web: { uri: 'u', title: 't' } }],
        groundingSupports: [{ segment: { startIndex: 0, endIndex: 1 }, groundingChunkIndices: [0] }],
      },
      logprobsResult: { chosenCandidates: [{ token: 'b', logProbability: 0 }], topCandidates: [{ candidates: [] }] },
    },
  ],
  usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 1 },
  modelVersion: 'm',
  responseId: 'r',
};

it('readers of answers never throw, and what they say can be written', () => {
  const events = eventsOf([messageStream()]).map(({ data }) => data as JsonObject);
  fc.assert(
    fc.property(
      fc.nat(events.length - 1).chain((at) => fc.tuple(fc.constant(at), broken(events[at] ?? null))),
      ([at, event]) => {
        const reader = messages.answerReader();
        const steps = events.flatMap((value, place) => [
          ...reader.event(undefined, JSON.stringify(place === at ? event : value)),
        ]);
        for (const client of [messages, gemini]) {
          expect(client.answerWriter(contextFor()).body(steps).length).toBeGreaterThan(0);
          expect(client.answerWriter(contextFor()).events(steps).length).toBeGreaterThan(0);
        }
      },
    ),
  );
  fc.assert(
    fc.property(broken(MESSAGE), (body) => {
      const steps = messages.answerReader().body(Buffer.from(JSON.stringify(body)));
      expect(['end', 'error']).toContain(steps.at(-1)?.kind);
    }),
  );
  fc.assert(
    fc.property(broken(CHUNK), (chunk) => {
      const reader = gemini.answerReader();
      const steps = [...reader.event(undefined, JSON.stringify(chunk)), ...reader.end()];
      expect(steps.length).toBeGreaterThan(0);
      expect(['end', 'error']).toContain(
        gemini
          .answerReader()
          .body(Buffer.from(JSON.stringify(chunk)))
          .at(-1)?.kind,
      );
      messages.answerWriter(contextFor()).events(steps);
    }),
  );
});

const MESSAGES_REQUEST: JsonObject = {
  model: 'm',
  max_tokens: 5,
  system: [{ type: 'text', text: 's' }],
  messages: [
    {
      role: 'user',
      content: [
        { type: 'text', text: 'a' },
        { type: 'image', source: { type: 'base64', media_type: 'image/png', data: '' } },
      ],
    },
    {
      role: 'assistant',
      content: [
        { type: 'thinking', thinking: 't', signature: 's' },
        { type: 'tool_use', id: 'i', name: 'f', input: {} },
      ],
    },
    {
      role: 'user',
      content: [{ type: 'tool_result', tool_use_id: 'i', content: [{ type: 'text', text: 'r' }], is_error: true }],
    },
  ],
  tools: [{ name: 'f', input_schema: { type: 'object' } }],
  tool_choice: { type: 'tool', name: 'f' },
  thinking: { type: 'enabled', budget_tokens: 2000 },
  output_config: { format: { type: 'json_schema', schema: { type: 'object', properties: { a: { type: 'string' } } } } },
  metadata: { user_id: 'u' },
  stop_sequences: ['x'],
};

const GEMINI_REQUEST: JsonObject = {
  systemInstruction: { parts: [{ text: 's' }] },
  contents: [
    { role: 'user', parts: [{ text: 'a' }, { inlineData: { mimeType: 'image/png', data: '' } }] },
    { role: 'model', parts: [{ functionCall: { name: 'f', args: {} }, thoughtSignature: 's' }] },
    { role: 'user', parts: [{ functionResponse: { name: 'f', response: { result: 'r' } } }] },
  ],
  tools: [
    { functionDeclarations: [{ name: 'f', parameters: { type: 'OBJECT', properties: { a: { type: 'STRING' } } } }] },
  ],
  toolConfig: { functionCallingConfig: { mode: 'ANY', allowedFunctionNames: ['f'] } },
  generationConfig: {
    topK: 1,
    stopSequences: ['x'],
    thinkingConfig: { thinkingLevel: 'low' },
    responseSchema: { type: 'STRING' },
  },
};

it.each([
  ['Messages', messages, MESSAGES_REQUEST],
  ['generateContent', gemini, GEMINI_REQUEST],
] as const)('requests of %s are translated or refused with a name, and nothing else', (_name, client, request) => {
  fc.assert(
    fc.property(broken(request), (body) => {
      fc.pre(typeof body === 'object' && body !== null && !Array.isArray(body));
      for (const [endpoint, model] of [
        [messages, 'claude-opus-4-1'],
        [gemini, 'gemini-2.0-flash'],
      ] as const) {
        try {
          endpoint.writeRequest(client.readRequest(body, { stream: false, model: 'm' }), targetFor(model));
        } catch (error) {
          expect(error).toBeInstanceOf(ProxyError);
          expect(error).toMatchObject({ status: 400, param: expect.any(String) as string });
        }
      }
    }),
    { numRuns: 400 },
  );
});
