import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import * as addFormats from 'ajv-formats';
import type {
  ChatCompletionCreateParamsNonStreaming,
  ChatCompletionMessageParam,
  ChatCompletionTool,
} from 'openai/resources/chat/completions';
import type {
  ResponseCreateParamsNonStreaming,
  ResponseFormatTextConfig,
  Tool,
} from 'openai/resources/responses/responses';
import { describe, expect, test } from 'vitest';
import { providerError, streamFailure } from './failures.ts';
import type { DialectContext, Reply, ScriptedAnswer } from './reply.ts';
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

const weather = {
  type: 'object',
  properties: { city: { type: 'string' }, unit: { type: 'string', enum: ['c', 'f'] } },
  required: ['city', 'unit'],
  additionalProperties: false,
};
const calendar = {
  type: 'object',
  properties: { title: { type: 'string' }, days: { type: 'array', items: { type: 'integer', minimum: 1 } } },
  required: ['title', 'days'],
  additionalProperties: false,
};

const chatTools: ChatCompletionTool[] = [
  { type: 'function', function: { name: 'get_weather', description: 'Weather', parameters: weather } },
  { type: 'function', function: { name: 'add_calendar', parameters: calendar, strict: true } },
  { type: 'custom', custom: { name: 'run_script', description: 'Free text' } },
];
const responsesTools: Tool[] = [
  { type: 'function', name: 'get_weather', description: 'Weather', parameters: weather, strict: true },
  { type: 'function', name: 'add_calendar', parameters: calendar, strict: true },
  { type: 'custom', name: 'run_script', description: 'Free text' },
];

const hello: ChatCompletionMessageParam[] = [{ role: 'user', content: 'Hello from LLMProxy, please' }];
const both = 'Look up the weather and write it into my calendar';
const schema: ResponseFormatTextConfig = { type: 'json_schema', name: 'weather', schema: weather, strict: true };

/** Chat requests that together make every shape a chat answer has. */
const CHAT_CASES: Readonly<Record<string, ChatCompletionCreateParamsNonStreaming>> = {
  'a text': { model: 'gpt-4o-mini', messages: hello },
  'a reasoning model': { model: 'gpt-5-mini', messages: hello },
  'a model without fingerprint': { model: 'gpt-3.5-turbo', messages: hello },
  'three choices': { model: 'gpt-4.1', messages: hello, n: 3 },
  logprobs: { model: 'gpt-4o', messages: hello, logprobs: true, top_logprobs: 3 },
  'a length limit': { model: 'gpt-4o', messages: hello, max_tokens: 2 },
  'a limit inside the reasoning': { model: 'gpt-5', messages: hello, max_completion_tokens: 20 },
  'a stop word': { model: 'gpt-4o', messages: hello, stop: ['from'] },
  'one tool call': { model: 'gpt-4o', messages: [{ role: 'user', content: 'weather?' }], tools: chatTools },
  'two tool calls': { model: 'gpt-4o', messages: [{ role: 'user', content: both }], tools: chatTools },
  'a custom tool': {
    model: 'gpt-5',
    messages: hello,
    tools: chatTools,
    tool_choice: { type: 'custom', custom: { name: 'run_script' } },
  },
  'a JSON schema': {
    model: 'gpt-4o',
    messages: hello,
    response_format: { type: 'json_schema', json_schema: { name: 'weather', schema: weather, strict: true } },
  },
  'a JSON object': { model: 'gpt-4o', messages: hello, response_format: { type: 'json_object' } },
  'the older functions': { model: 'gpt-4', messages: hello, functions: [{ name: 'get_weather', parameters: weather }] },
};

/** Responses requests that together make every shape a response has. */
const RESPONSES_CASES: Readonly<Record<string, ResponseCreateParamsNonStreaming>> = {
  'a text': { model: 'gpt-4o-mini', input: 'Count from 1 to 5', instructions: 'Be brief', metadata: { a: 'b' } },
  'a reasoning model': { model: 'gpt-5-mini', input: 'Hi' },
  'a reasoning summary': {
    model: 'gpt-5',
    input: 'Hi',
    reasoning: { effort: 'low', summary: 'auto' },
    include: ['reasoning.encrypted_content'],
  },
  'a model with phases': { model: 'gpt-5.5', input: [{ role: 'user', content: [{ type: 'input_text', text: 'Hi' }] }] },
  logprobs: { model: 'gpt-4o', input: 'Hi', include: ['message.output_text.logprobs'], top_logprobs: 2 },
  'a length limit': { model: 'gpt-4o', input: 'Tell me a bedtime story about a unicorn', max_output_tokens: 16 },
  'a limit inside the reasoning': { model: 'gpt-5', input: 'Hi', max_output_tokens: 16 },
  'one tool call': { model: 'gpt-4o', input: 'weather?', tools: responsesTools },
  'two tool calls': { model: 'gpt-5', input: both, tools: responsesTools },
  'a custom tool': {
    model: 'gpt-5',
    input: 'Hi',
    tools: responsesTools,
    tool_choice: { type: 'custom', name: 'run_script' },
  },
  'a JSON schema': { model: 'gpt-4o', input: 'Hi', text: { format: schema } },
  'a JSON object': { model: 'gpt-4o', input: 'Hi', text: { format: { type: 'json_object' }, verbosity: 'low' } },
  'background work': { model: 'gpt-4o', input: 'Hi', background: true },
  'a tool result': {
    model: 'gpt-4o',
    tools: responsesTools,
    input: [
      { role: 'user', content: 'weather?' },
      { type: 'function_call', call_id: 'call_1', name: 'get_weather', arguments: '{}' },
      { type: 'function_call_output', call_id: 'call_1', output: 'sunny' },
    ],
  },
};

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
