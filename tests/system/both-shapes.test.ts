import type { OpenAI } from 'openai';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { AnswerRule } from '../../mocks/index.ts';
import { chat, type ChatRequest } from './ask.ts';
import { startBed, type Bed } from './bed.ts';

type Reply = AnswerRule['reply'];
type ResponseRequest = OpenAI.Responses.ResponseCreateParamsNonStreaming;

let bed: Bed;
let client: OpenAI;

beforeAll(async () => {
  bed = await startBed({
    moreModels: ([mock]) => ({
      'gpt-5-mini': { endpoints: [{ provider: 'openai', name: 'r', base_url: mock!.baseURL, api_key: 'sk-r' }] },
    }),
  });
  client = bed.client();
});
beforeEach(async () => {
  await bed.mock.reset();
  await fetch(`${bed.url}/cache`, { method: 'DELETE' });
});
afterAll(() => bed[Symbol.asyncDispose]());

async function scripted(reply: Reply | undefined): Promise<void> {
  if (reply) await bed.mock.answer({ reply });
}

/** Everything was answered with one call, and what came after the first was a hit. */
async function expectOneCall(said: readonly (string | null)[]): Promise<void> {
  expect(said).toEqual(['miss', ...said.slice(1).map(() => 'hit')]);
  expect(await bed.requests()).toHaveLength(1);
}

const schema = {
  type: 'object',
  properties: { name: { type: 'string' }, tags: { type: 'array', items: { type: 'string' } } },
  required: ['name', 'tags'],
  additionalProperties: false,
} as const;
const calls = [
  { name: 'find', arguments: { name: 'Größe 🙂', tags: ['a', 'b'] } },
  { name: 'tell', arguments: '{}' },
];
const chatTools: ChatRequest['tools'] = ['find', 'tell'].map((name) => ({
  type: 'function',
  function: { name, parameters: { ...schema } },
}));

const CHAT: Readonly<Record<string, { request: Partial<ChatRequest>; reply?: Reply }>> = {
  text: { request: {}, reply: { text: 'Ünicode — 大きさ 🙂\n"quoted" \\ back' } },
  'one tool call': { request: { tools: chatTools }, reply: { toolCalls: calls.slice(0, 1) } },
  'two tool calls': { request: { tools: chatTools }, reply: { toolCalls: calls } },
  'text and tool calls': { request: { tools: chatTools }, reply: { text: 'Let me see.', toolCalls: calls } },
  'structured output': {
    request: {
      response_format: { type: 'json_schema', json_schema: { name: 'thing', schema: { ...schema }, strict: true } },
    },
  },
  'a refusal': { request: {}, reply: { refusal: 'I will not do that.' } },
  'two choices': { request: { n: 2 } },
  'log probabilities': { request: { logprobs: true, top_logprobs: 2 } },
  'an end by length': { request: { max_completion_tokens: 3 } },
  'reasoning tokens': { request: { model: 'gpt-5-mini' } },
};

/** What both shapes of a chat answer have; the helper adds what it parsed, the unary body its annotations. */
function essence(completion: OpenAI.ChatCompletion, usage: boolean): object {
  const { id, model, created, service_tier: tier, system_fingerprint: fingerprint } = completion;
  const choices = completion.choices.map(({ index, finish_reason: reason, message, logprobs }) => ({
    index,
    reason,
    role: message.role,
    content: message.content,
    refusal: message.refusal ?? null,
    calls: (message.tool_calls ?? []).map((call) =>
      call.type === 'function' ? [call.id, call.function.name, call.function.arguments] : [call.id],
    ),
    logprobs: logprobs ?? null,
  }));
  return {
    id,
    model,
    created,
    tier,
    fingerprint: fingerprint ?? null,
    choices,
    ...(usage ? { usage: completion.usage } : {}),
  };
}

describe.each(Object.entries(CHAT))('chat with %s', (_name, { request, reply }) => {
  const body = chat('Tell me about rivers', request);
  const streamed = (usage: boolean): Promise<OpenAI.ChatCompletion> => {
    const options = usage ? { stream_options: { include_usage: true } } : {};
    return client.chat.completions.stream({ ...body, ...options }).finalChatCompletion();
  };
  const whole = () => client.chat.completions.create(body).withResponse();

  test.each([true, false])('a recorded stream gives every shape (usage asked first: %s)', async (usage) => {
    await scripted(reply);
    const miss = essence(await streamed(usage), usage);
    const hit = essence(await streamed(usage), usage);
    const other = await whole();
    expect(hit).toEqual(miss);
    expect(essence(other.data, usage)).toEqual(miss);
    expect(other.data.usage!.total_tokens).toBeGreaterThan(0);
    expect(essence(await streamed(true), true)).toEqual(essence(other.data, true));
    expect(other.response.headers.get('x-llmproxy-cache')).toBe('hit');
    expect(await bed.requests()).toHaveLength(1);
  });

  test('a recorded JSON answer gives every shape', async () => {
    await scripted(reply);
    const miss = await whole();
    const hit = await whole();
    expect(hit.data).toEqual(miss.data);
    await expectOneCall([miss, hit].map(({ response }) => response.headers.get('x-llmproxy-cache')));
    expect(essence(await streamed(true), true)).toEqual(essence(miss.data, true));
    expect(essence(await streamed(false), false)).toEqual(essence(miss.data, false));
    expect(await bed.requests()).toHaveLength(1);
  });
});

const responseTools: ResponseRequest['tools'] = ['find', 'tell'].map((name) => ({
  type: 'function',
  name,
  parameters: { ...schema },
  strict: true,
}));

const RESPONSES: Readonly<Record<string, { request: Partial<ResponseRequest>; reply?: Reply }>> = {
  text: { request: {}, reply: { text: 'Ünicode — 大きさ 🙂\n"quoted" \\ back' } },
  'one tool call': { request: { tools: responseTools }, reply: { toolCalls: calls.slice(0, 1) } },
  'two tool calls': { request: { tools: responseTools }, reply: { toolCalls: calls } },
  'structured output': {
    request: { text: { format: { type: 'json_schema', name: 'thing', schema: { ...schema }, strict: true } } },
  },
  'a refusal': { request: {}, reply: { refusal: 'I will not do that.' } },
  'log probabilities': { request: { include: ['message.output_text.logprobs'], top_logprobs: 2 } },
  'a reasoning summary': {
    request: { model: 'gpt-5-mini', reasoning: { effort: 'low', summary: 'auto' } },
    reply: { reasoning: 'I think, and think again.', text: 'Done.' },
  },
  'encrypted reasoning and tool calls': {
    request: { model: 'gpt-5-mini', include: ['reasoning.encrypted_content'], store: false, tools: responseTools },
    reply: { reasoning: 'Which tool?', toolCalls: calls },
  },
  'instructions and metadata': { request: { instructions: 'Be brief.', metadata: { a: 'b' }, temperature: 0.5 } },
};

/** A response without what only the helper adds (`parsed…`, `output_text`) or only the unary body has (`billing`). */
function plain(response: object): unknown {
  const text = JSON.stringify(response, (key, value: unknown) =>
    ['parsed', 'parsed_arguments', 'output_parsed', 'output_text', 'billing', '_request_id'].includes(key)
      ? undefined
      : value,
  );
  return JSON.parse(text) as unknown;
}

describe.each(Object.entries(RESPONSES))('Responses with %s', (_name, { request, reply }) => {
  const body: ResponseRequest = { model: 'gpt-4o-mini', input: 'Tell me about rivers', ...request };
  const streamed = async (): Promise<unknown> => {
    const params = body as Parameters<typeof client.responses.stream>[0];
    return plain(await client.responses.stream(params).finalResponse());
  };
  const whole = () => client.responses.create(body).withResponse();

  test('a recorded stream gives every shape', async () => {
    await scripted(reply);
    const miss = await streamed();
    const hit = await streamed();
    const other = await whole();
    expect(hit).toEqual(miss);
    expect(plain(other.data)).toEqual(miss);
    expect(other.response.headers.get('x-llmproxy-cache')).toBe('hit');
    expect(await bed.requests()).toHaveLength(1);
  });

  test('a recorded JSON answer gives every shape', async () => {
    await scripted(reply);
    const miss = await whole();
    const hit = await whole();
    expect(hit.data).toEqual(miss.data);
    await expectOneCall([miss, hit].map(({ response }) => response.headers.get('x-llmproxy-cache')));
    expect(await streamed()).toEqual(plain(miss.data));
    expect(await streamed()).toEqual(plain(miss.data));
    expect(await bed.requests()).toHaveLength(1);
  });
});

describe.each([true, false])('legacy completions (usage asked: %s)', (usage) => {
  const body = { model: 'gpt-4o-mini', prompt: 'Tell me about rivers', n: 2, max_tokens: 40 };

  test('a stream and a JSON answer have one entry', async () => {
    const options = usage ? { stream_options: { include_usage: true } } : {};
    const texts = ['', ''];
    let total: number | undefined;
    for await (const chunk of await client.completions.create({ ...body, stream: true, ...options })) {
      for (const { index, text } of chunk.choices) texts[index] += text;
      total = chunk.usage?.total_tokens ?? total;
    }
    const { data, response } = await client.completions.create(body).withResponse();
    expect(data.choices.map(({ text }) => text)).toEqual(texts);
    if (usage) expect(data.usage?.total_tokens).toBe(total);
    expect(data.usage!.total_tokens).toBeGreaterThan(0);
    expect(response.headers.get('x-llmproxy-cache')).toBe('hit');
    expect(await bed.requests()).toHaveLength(1);
  });
});
