import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '../core/json.ts';
import { gemini } from './gemini/index.ts';
import { messages } from './messages/index.ts';
import { targetFor } from './translate.fixture.ts';

/** Requests that are written as the API's own form has them: what is read of them is written back, member for member. */

const words = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 10 })
  .filter((text) => text.trim() === text && text !== '');
const name = fc.stringMatching(/^[a-z][a-z0-9_]{0,8}$/);
/** As a body's parser gives it: there is no minus zero in what JSON.stringify writes. */
const args = fc
  .dictionary(fc.stringMatching(/^[a-z_]{1,4}$/), fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<Json>, {
    maxKeys: 3,
    noNullPrototype: true,
  })
  .map((value) => JSON.parse(JSON.stringify(value)) as JsonObject);
const base64 = fc.uint8Array({ maxLength: 9 }).map((bytes) => Buffer.from(bytes).toString('base64'));
const schema = fc.constant({ type: 'object', properties: { a: { type: 'string' } }, additionalProperties: false });

/** An object with those of its members that the run has. */
function some(members: Readonly<Record<string, fc.Arbitrary<unknown>>>): fc.Arbitrary<JsonObject> {
  return fc.record(members, { requiredKeys: [], noNullPrototype: true }) as fc.Arbitrary<JsonObject>;
}

const together = (list: readonly fc.Arbitrary<JsonObject>[]) =>
  fc.tuple(...list).map((parts): JsonObject => Object.assign({}, ...parts) as JsonObject);

describe('Messages', () => {
  const cacheControl = fc.option(fc.constant({ cache_control: { type: 'ephemeral' } }), { nil: {} });
  const block = (members: Readonly<Record<string, fc.Arbitrary<unknown>>>) =>
    together([fc.record(members, { noNullPrototype: true }) as fc.Arbitrary<JsonObject>, cacheControl]);
  const text = block({ type: fc.constant('text'), text: words });
  const image = block({
    type: fc.constant('image'),
    source: fc.oneof(
      base64.map((data) => ({ type: 'base64', media_type: 'image/png', data })),
      fc.constant({ type: 'url', url: 'https://a.example/b.png' }),
    ),
  });
  const document = block({
    type: fc.constant('document'),
    source: fc.oneof(
      base64.map((data) => ({ type: 'base64', media_type: 'application/pdf', data })),
      words.map((data) => ({ type: 'text', media_type: 'text/plain', data })),
    ),
    title: words,
  });
  const thought = fc.oneof(
    fc.record({ type: fc.constant('thinking'), thinking: fc.string(), signature: words }, { noNullPrototype: true }),
    fc.record({ type: fc.constant('redacted_thinking'), data: words }, { noNullPrototype: true }),
    fc.constant({ type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: {} }),
  ) as fc.Arbitrary<JsonObject>;

  /** A question, an answer with calls, their results. */
  const exchange = fc.record({
    question: fc.array(fc.oneof(text, image, document), { minLength: 1, maxLength: 3 }),
    thoughts: fc.array(thought, { maxLength: 2 }),
    answer: text,
    calls: fc.array(
      fc.record({
        name,
        input: args,
        result: fc.option(fc.oneof(words, fc.array(fc.oneof(image, text), { minLength: 2, maxLength: 2 }))),
        failed: fc.boolean(),
      }),
      {
        maxLength: 3,
      },
    ),
    next: fc.array(text, { maxLength: 1 }),
  });

  const conversation = fc.array(exchange, { minLength: 1, maxLength: 2 }).map((exchanges) => {
    const turns: { role: string; content: JsonObject[] }[] = [];
    const say = (role: string, content: JsonObject[]) => {
      const last = turns.at(-1);
      if (content.length === 0) return;
      if (last?.role === role) last.content.push(...content);
      else turns.push({ role, content });
    };
    for (const [at, { question, thoughts, answer, calls, next }] of exchanges.entries()) {
      say('user', question);
      const uses = calls.map((call, n): JsonObject => ({
        type: 'tool_use',
        id: `toolu_${at}_${n}`,
        name: call.name,
        input: call.input,
      }));
      say('assistant', [...thoughts, answer, ...uses]);
      const results = calls.map(({ result, failed }, n): JsonObject => ({
        type: 'tool_result',
        tool_use_id: `toolu_${at}_${n}`,
        ...(result === null ? {} : { content: result }),
        ...(failed ? { is_error: true } : {}),
      }));
      say('user', results.length > 0 ? [...results, ...next] : [{ type: 'text', text: 'go on' }]);
    }
    return { messages: turns };
  });

  const tool = fc.record(
    { name, description: words, input_schema: schema, strict: fc.constant(true) },
    { requiredKeys: ['name', 'input_schema'], noNullPrototype: true },
  );
  const request = together([
    fc.record({
      model: fc.constant('claude-opus-4-5'),
      max_tokens: fc.integer({ min: 5000, max: 9000 }),
    }) as fc.Arbitrary<JsonObject>,
    conversation,
    fc.oneof(
      fc.constant({}),
      some({ temperature: fc.double({ min: 0, max: 1, noNaN: true }), top_k: fc.nat(9) }),
      fc.constant({ thinking: { type: 'enabled', budget_tokens: 2048 } }).map((value) => value as JsonObject),
    ) as fc.Arbitrary<JsonObject>,
    some({
      system: fc.oneof(words, fc.array(text, { minLength: 2, maxLength: 2 })),
      stop_sequences: fc.array(words, { minLength: 1, maxLength: 2 }),
      stream: fc.constant(true),
      metadata: fc.record({ user_id: words }),
      service_tier: fc.constantFrom('auto', 'standard_only'),
      container: words,
      output_config: schema.map((value) => ({ format: { type: 'json_schema', schema: value } })),
    }),
    fc.option(
      fc.record({
        tools: fc.uniqueArray(tool, { minLength: 1, maxLength: 3, selector: ({ name }) => name }),
        tool_choice: fc.constantFrom(
          { type: 'auto' },
          { type: 'none' },
          { type: 'auto', disable_parallel_tool_use: true },
        ),
      }),
      { nil: {} },
    ) as fc.Arbitrary<JsonObject>,
  ]);

  it('lose nothing on the way through the neutral form', () => {
    fc.assert(
      fc.property(request, (body) => {
        const written = messages.writeRequest(messages.readRequest(body), targetFor('claude-opus-4-5'));
        // Thinking rests where a loop of tools has no thoughts.
        fc.pre(!written.dropped.includes('thinking'));
        expect(written.body).toEqual(body);
        expect(written.dropped).toEqual([]);
      }),
    );
  });
});

describe('generateContent', () => {
  const signature = fc.option(
    words.map((thoughtSignature) => ({ thoughtSignature })),
    { nil: {} },
  );
  const text = words.map((value): JsonObject => ({ text: value }));
  const inline = fc
    .tuple(fc.constantFrom('image/png', 'application/pdf', 'audio/wav', 'video/mp4'), base64)
    .map(([mimeType, data]): JsonObject => ({ inlineData: { mimeType, data } }));
  const file = fc.constantFrom<JsonObject>(
    { fileData: { fileUri: 'https://generativelanguage.googleapis.com/v1beta/files/a', mimeType: 'application/pdf' } },
    { fileData: { fileUri: 'https://youtu.be/x' } },
    { fileData: { fileUri: 'https://youtu.be/x' }, videoMetadata: { fps: 1 } },
  );
  /** A model's parts: no two texts or thoughts that a reader would join stand beside each other. */
  const said = fc
    .record({
      thought: fc.option(fc.tuple(words, signature)),
      answer: fc.option(fc.tuple(words, signature)),
      calls: fc.array(fc.record({ name, args, response: args }), { maxLength: 3 }),
    })
    .filter(({ thought, answer, calls }) => thought !== null || answer !== null || calls.length > 0);

  const request = together([
    fc
      .array(fc.tuple(fc.array(fc.oneof(text, inline, file), { minLength: 1, maxLength: 2 }), said), {
        minLength: 1,
        maxLength: 2,
      })
      .map((exchanges) => {
        const contents: { role: string; parts: JsonObject[] }[] = [];
        for (const [at, [question, { thought, answer, calls }]] of exchanges.entries()) {
          const last = contents.at(-1);
          if (last?.role === 'user') last.parts.push(...question);
          else contents.push({ role: 'user', parts: [...question] });
          const parts: JsonObject[] = [];
          if (thought !== null) parts.push({ text: thought[0], thought: true, ...thought[1] });
          if (answer !== null) parts.push({ text: answer[0], ...answer[1] });
          for (const [n, call] of calls.entries()) {
            parts.push({
              functionCall: { name: call.name, args: call.args, id: `c${at}${n}` },
              ...(n === 0 ? { thoughtSignature: 's' } : {}),
            });
          }
          contents.push({ role: 'model', parts });
          const results = calls.map((call, n): JsonObject => ({
            functionResponse: { name: call.name, response: call.response, id: `c${at}${n}` },
          }));
          if (results.length > 0) contents.push({ role: 'user', parts: results });
        }
        return { contents: contents };
      }) as fc.Arbitrary<JsonObject>,
    some({
      systemInstruction: fc.array(text, { minLength: 1, maxLength: 2 }).map((parts) => ({ parts })),
      safetySettings: fc.constant([{ category: 'X', threshold: 'Y' }]),
      serviceTier: fc.constant('flex'),
      labels: fc.constant({ a: 'b' }),
    }),
    fc.option(
      fc.record({
        tools: fc
          .uniqueArray(
            fc.record({ name, description: words, parametersJsonSchema: schema }, { noNullPrototype: true }),
            { minLength: 1, maxLength: 2, selector: (tool) => tool.name },
          )
          .map((functionDeclarations) => [{ functionDeclarations }, { googleSearch: {} }, { codeExecution: {} }]),
        toolConfig: fc
          .constantFrom<JsonObject>(
            { mode: 'AUTO' },
            { mode: 'ANY' },
            { mode: 'ANY', allowedFunctionNames: ['f'] },
            { mode: 'NONE' },
          )
          .map((functionCallingConfig) => ({ functionCallingConfig })),
      }),
      { nil: {} },
    ) as fc.Arbitrary<JsonObject>,
    together([
      some({
        temperature: fc.double({ min: 0, max: 2, noNaN: true }),
        topP: fc.double({ min: 0, max: 1, noNaN: true }),
        topK: fc.nat(9),
        maxOutputTokens: fc.nat(99),
        seed: fc.nat(9),
        presencePenalty: fc.constant(0.5),
        frequencyPenalty: fc.constant(0.5),
        candidateCount: fc.constantFrom(1, 2),
        stopSequences: fc.array(words, { minLength: 1, maxLength: 5 }),
        speechConfig: fc.constant({ voiceConfig: {} }),
        thinkingConfig: fc.constantFrom(
          { includeThoughts: true, thinkingLevel: 'low' },
          { includeThoughts: false, thinkingLevel: 'high' },
        ),
      }),
      fc.option(
        fc.constantFrom<JsonObject>(
          { responseMimeType: 'application/json' },
          { responseMimeType: 'application/json', responseJsonSchema: { type: 'object' } },
          { responseLogprobs: true, logprobs: 2 },
        ),
        { nil: {} },
      ),
    ]).map((generationConfig): JsonObject => (Object.keys(generationConfig).length === 0 ? {} : { generationConfig })),
  ]);

  it('lose nothing on the way through the neutral form', () => {
    fc.assert(
      fc.property(request, (body) => {
        const conversation = gemini.readRequest(body, { stream: false, model: 'm' });
        const written = gemini.writeRequest(conversation, targetFor('gemini-3-pro-preview'));
        expect(written.body).toEqual(body);
        expect(written.dropped).toEqual([]);
      }),
    );
  });

  it('both spellings are one request', () => {
    const snake = (value: Json, inside: boolean): Json => {
      if (Array.isArray(value)) return value.map((item) => snake(item, inside));
      if (typeof value !== 'object' || value === null) return value;
      return Object.fromEntries(
        Object.entries(value).map(([key, item]) => {
          const free =
            inside ||
            ['args', 'response', 'parametersJsonSchema', 'responseJsonSchema', 'labels', 'voiceConfig'].includes(key);
          const renamed = inside ? key : key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
          return [renamed, snake(item, free)];
        }),
      );
    };
    const head = { stream: false, model: 'm' };
    const known = request.filter(
      (body) =>
        !JSON.stringify(body).includes('Config":{"voice') &&
        !JSON.stringify(body).includes('codeExecution') &&
        !JSON.stringify(body).includes('videoMetadata'),
    );
    fc.assert(
      fc.property(known, (body) => {
        expect(gemini.readRequest(snake(body, false) as JsonObject, head)).toEqual(gemini.readRequest(body, head));
      }),
      { numRuns: 40 },
    );
  });
});
