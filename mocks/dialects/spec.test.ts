import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import * as addFormats from 'ajv-formats';
import { describe, expect, test } from 'vitest';
import { providerError, streamFailure } from './failures.ts';
import type { DialectContext, Reply, ScriptedAnswer } from './reply.ts';
import { CHAT_CASES, RESPONSES_CASES } from './spec-cases.fixture.ts';
import { bodyOf, call, dataOf, testContext } from './testing.ts';

const shared = process.env['LLMPROXY_SHARED'] ?? resolve(import.meta.dirname, '../../../shared');
const file = resolve(shared, 'openai/openapi.reality.json');
const absent = existsSync(file) ? '' : ` (skipped: no specification at ../shared/openai; set LLMPROXY_SHARED)`;

interface EventSchema {
  readonly properties?: { readonly type?: { readonly enum?: readonly string[] } };
  readonly anyOf?: readonly EventSchema[];
}

/** `nullable` is no keyword of JSON Schema 2020-12; what it means is said in one that is. */
function spelledOut(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('nullable' in value)) return value;
  const { nullable, ...schema } = value;
  return nullable === true ? { anyOf: [schema, { type: 'null' }] } : schema;
}

/** Validators by component name, and by event type for the events of Responses streams. */
function specification() {
  const document = JSON.parse(readFileSync(file, 'utf8'), spelledOut) as {
    components: { schemas: Record<string, EventSchema> };
  };
  const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: true });
  addFormats.default.default(ajv);
  ajv.addFormat('unixtime', true);
  ajv.addSchema(document, 'spec');
  const { schemas } = document.components;
  const typesOf = (schema: EventSchema): readonly string[] => [
    ...(schema.properties?.type?.enum ?? []),
    ...(schema.anyOf ?? []).flatMap(typesOf),
  ];
  const events = new Map(
    Object.entries(schemas)
      .filter(([name]) => /^Response.*Event$/.test(name) && name !== 'ResponseStreamEvent')
      .flatMap(([name, schema]) => typesOf(schema).map((type) => [type, name] as const)),
  );
  const compiled = new Map<string, ValidateFunction>();
  const validator = (name: string): ValidateFunction => {
    const known = compiled.get(name) ?? ajv.compile({ $ref: `spec#/components/schemas/${name}` });
    compiled.set(name, known);
    return known;
  };
  return { validator, eventSchema: (type: string) => events.get(type) };
}

describe.skipIf(absent !== '')(`answers against the published specification${absent}`, () => {
  const spec = absent === '' ? specification() : undefined;

  function expectValid(name: string, value: unknown): void {
    const validate = spec!.validator(name);
    validate(value);
    expect({ [name]: validate.errors?.map((error) => `${error.instancePath} ${error.message}`) ?? [] }).toEqual({
      [name]: [],
    });
  }

  function expectValidEvents(reply: Reply): void {
    for (const event of dataOf(reply)) {
      const { type } = event as { type: string };
      const name = spec!.eventSchema(type);
      expect(name, type).toBeDefined();
      expectValid(name!, event);
    }
  }

  test('the judge refuses an answer that lacks a required field', () => {
    const {
      usage: _usage,
      choices: _choices,
      ...rest
    } = bodyOf(call('chat.completions', { body: CHAT_CASES['a text'] })) as Record<string, unknown>;
    expect(spec!.validator('CreateChatCompletionResponse')(rest)).toBe(false);
    const { tools: _tools, ...response } = bodyOf(call('responses', { body: RESPONSES_CASES['a text'] })) as Record<
      string,
      unknown
    >;
    expect(spec!.validator('Response')(response)).toBe(false);
  });

  test.each(Object.entries(CHAT_CASES))('a chat completion with %s is valid, whole and streamed', (_, body) => {
    expectValid('CreateChatCompletionResponse', bodyOf(call('chat.completions', { body })));
    // The specification has no chunk for calls of custom tools.
    if (JSON.stringify(body).includes('"tool_choice":{"type":"custom"')) return;
    const streamed = { ...body, stream: true, stream_options: { include_usage: true } };
    for (const chunk of dataOf(call('chat.completions', { body: streamed }))) {
      expectValid('CreateChatCompletionStreamResponse', chunk);
    }
  });

  test.each(Object.entries(RESPONSES_CASES))('a response with %s is valid, whole, stored and streamed', (_, body) => {
    const context = testContext();
    const response = bodyOf(call('responses', { body }, context)) as { id: string };
    expectValid('Response', response);
    if (body['store'] !== false) {
      const params = { id: response.id };
      expectValid('Response', bodyOf(call('responses.retrieve', { params }, context)));
      expectValid('ResponseItemList', bodyOf(call('responses.input_items', { params }, context)));
    }
    expectValidEvents(call('responses', { body: { ...body, stream: true } }, context));
  });

  const scripts: Readonly<Record<string, ScriptedAnswer>> = {
    'a refusal': { refusal: 'I cannot help with that.' },
    'text and a call': { text: 'Let me see.', toolCalls: [{ name: 'look', arguments: { at: 1 } }] },
    reasoning: { reasoning: 'Thinking it over.', text: 'Done.' },
    'a content filter': { text: 'Well', finishReason: 'content_filter' },
    'claimed usage': {
      text: 'x',
      usage: { inputTokens: 5000, outputTokens: 7, cachedTokens: 1024, reasoningTokens: 3 },
    },
  };

  test.each(Object.entries(scripts))('scripted answers with %s are valid in both dialects', (_, scripted) => {
    const context: DialectContext = testContext({ scripted });
    const chat = { model: 'gpt-4o', messages: [{ role: 'user', content: 'x' }] };
    expectValid('CreateChatCompletionResponse', bodyOf(call('chat.completions', { body: chat }, context)));
    for (const chunk of dataOf(call('chat.completions', { body: { ...chat, stream: true } }, context))) {
      expectValid('CreateChatCompletionStreamResponse', chunk);
    }
    const body = { model: 'gpt-5', input: 'x' };
    expectValid('Response', bodyOf(call('responses', { body }, context)));
    expectValidEvents(call('responses', { body: { ...body, stream: true } }, context));
  });

  test('a cancelled background response, counted input and a stored background stream are valid', () => {
    const context = testContext();
    const body = { model: 'gpt-4o', input: 'Hi', background: true };
    const queued = bodyOf(call('responses', { body }, context)) as { id: string };
    expectValid('Response', bodyOf(call('responses.cancel', { params: { id: queued.id } }, context)));
    expectValid(
      'TokenCountsResource',
      bodyOf(call('responses.input_tokens', { body: { model: 'gpt-4o', input: 'Hi' } })),
    );
    expectValidEvents(call('responses', { body: { ...body, stream: true } }, context));
  });

  test('the event of a stream that failed is valid', () => {
    const [event] = streamFailure('responses', providerError(500), 3);
    const data = JSON.parse(/^data: (.*)$/m.exec(event!.bytes)![1]!) as unknown;
    expectValid('ResponseErrorEvent', data);
  });

  test('completions, embeddings, models and errors are valid', () => {
    const body = { model: 'gpt-3.5-turbo-instruct', prompt: 'Say hi', n: 2 };
    expectValid('CreateCompletionResponse', bodyOf(call('completions', { body })));
    const streamed = { ...body, stream: true, stream_options: { include_usage: true } };
    for (const chunk of dataOf(call('completions', { body: streamed }))) expectValid('CreateCompletionResponse', chunk);
    const input = ['one', 'two'];
    for (const format of ['float', 'base64']) {
      const asked = { model: 'text-embedding-3-small', input, encoding_format: format, dimensions: 8 };
      expectValid('CreateEmbeddingResponse', bodyOf(call('embeddings', { body: asked })));
    }
    expectValid('ListModelsResponse', bodyOf(call('models.list', {})));
    expectValid('Model', bodyOf(call('models.retrieve', { params: { id: 'gpt-4o' } })));
    expectValid('ErrorResponse', bodyOf(call('responses.retrieve', { params: { id: 'resp_none' } })));
  });
});
