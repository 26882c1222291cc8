import { createAnthropic } from '@ai-sdk/anthropic';
import { createGoogleGenerativeAI } from '@ai-sdk/google';
import Anthropic from '@anthropic-ai/sdk';
import { ApiError, FinishReason, GoogleGenAI } from '@google/genai';
import { ChatAnthropic } from '@langchain/anthropic';
import { ChatGoogleGenerativeAI } from '@langchain/google-genai';
import { generateText, jsonSchema, streamText, tool, type LanguageModel } from 'ai';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gemini } from '../../proxy/translate/gemini/index.ts';
import { messages } from '../../proxy/translate/messages/index.ts';
import type { Step } from '../../proxy/translate/steps.ts';
import { contextFor } from '../../proxy/translate/translate.fixture.ts';
import type { Translator } from '../../proxy/translate/types.ts';

/** What the server answers with: steps, each written by itself on a stream. */
let answer: { translator: Translator; steps: readonly Step[] };
let server: Server;
let baseURL: string;

beforeAll(async () => {
  server = createServer((request, response) => {
    const body: Buffer[] = [];
    request.on('data', (chunk: Buffer) => body.push(chunk));
    request.on('end', () => {
      const { translator, steps } = answer;
      const url = request.url ?? '';
      const array = url.includes('streamGenerateContent') && !url.includes('alt=sse');
      const writer = translator.answerWriter(contextFor({ model: 'asked', array }));
      const { stream } = JSON.parse(Buffer.concat(body).toString()) as { stream?: boolean };
      const streams = stream === true || url.includes('streamGenerateContent');
      if (!streams) {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(writer.body(steps));
        return;
      }
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      for (const step of steps) for (const bytes of writer.events([step])) response.write(bytes);
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  baseURL = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
});

const usage = { input: 20, output: 9, cacheRead: 5, reasoning: 3 };

/** A thought, a text and two calls that come interleaved. */
const STEPS: readonly Step[] = [
  // LangChain counts the prompt by the first event of a stream alone.
  { kind: 'start', id: 'x', model: 'maker', usage: { input: 20, output: 0, cacheRead: 5 } },
  { kind: 'reasoning-start', block: 0, choice: 0 },
  { kind: 'reasoning-delta', block: 0, text: 'Let me ' },
  { kind: 'reasoning-delta', block: 0, text: 'think' },
  { kind: 'seal', block: 0, seal: { family: 'chat', value: 'sealed' } },
  { kind: 'block-end', block: 0 },
  { kind: 'text-start', block: 1, choice: 0 },
  { kind: 'text-delta', block: 1, text: 'Grüße ' },
  { kind: 'text-delta', block: 1, text: '😀' },
  { kind: 'block-end', block: 1 },
  { kind: 'call-start', block: 2, choice: 0, id: 'call_1', name: 'f' },
  { kind: 'call-start', block: 3, choice: 0, id: 'call_2', name: 'g' },
  { kind: 'call-delta', block: 3, input: '{"b":' },
  { kind: 'call-delta', block: 2, input: '{"a":[1,' },
  { kind: 'call-delta', block: 3, input: '{}}' },
  { kind: 'call-delta', block: 2, input: '2]}' },
  { kind: 'block-end', block: 2 },
  { kind: 'block-end', block: 3 },
  { kind: 'finish', choice: 0, cause: 'tool_calls' },
  { kind: 'usage', usage },
  { kind: 'end' },
];

const FAILED: readonly Step[] = [...STEPS.slice(0, 9), { kind: 'error', message: 'Overloaded', status: 503 }];

describe('the SDK of Anthropic', () => {
  const client = () => new Anthropic({ apiKey: 'k', baseURL, maxRetries: 0 });
  const request = { model: 'm', max_tokens: 9, messages: [{ role: 'user' as const, content: 'Hi' }] };

  it('gathers of a stream what a whole answer says', async () => {
    answer = { translator: messages, steps: STEPS };
    const texts: string[] = [];
    const streamed = await client()
      .messages.stream(request)
      .on('text', (text) => texts.push(text))
      .finalMessage();
    const whole = await client().messages.create(request);
    expect(texts.join('')).toBe('Grüße 😀');
    expect(whole.content).toMatchObject([
      { type: 'thinking', thinking: 'Let me think' },
      { type: 'text', text: 'Grüße 😀' },
      { type: 'tool_use', id: 'call_1', name: 'f', input: { a: [1, 2] } },
      { type: 'tool_use', id: 'call_2', name: 'g', input: { b: {} } },
    ]);
    expect(streamed.content).toEqual(whole.content);
    expect(streamed.stop_reason).toBe('tool_use');
    expect(whole.stop_reason).toBe('tool_use');
    for (const { usage } of [streamed, whole]) {
      expect(usage).toMatchObject({ input_tokens: 15, cache_read_input_tokens: 5, output_tokens: 9 });
    }
  });

  it('throws what fails in the middle', async () => {
    answer = { translator: messages, steps: FAILED };
    await expect(client().messages.stream(request).finalMessage()).rejects.toThrow(/overloaded_error/);
  });

  it('does not take a cut stream for an answer', async () => {
    answer = { translator: messages, steps: STEPS.slice(0, -1) };
    await expect(client().messages.stream(request).finalMessage()).rejects.toThrow(/message/i);
  });
});

describe('the SDK of Google', () => {
  const client = () => new GoogleGenAI({ apiKey: 'k', httpOptions: { baseUrl: baseURL } });
  const request = { model: 'm', contents: 'Hi' };

  it('gathers of a stream what a whole answer says', async () => {
    answer = { translator: gemini, steps: STEPS };
    const chunks = [];
    for await (const chunk of await client().models.generateContentStream(request)) chunks.push(chunk);
    const whole = await client().models.generateContent(request);
    const calls = [
      { id: 'call_1', name: 'f', args: { a: [1, 2] } },
      { id: 'call_2', name: 'g', args: { b: {} } },
    ];
    expect(whole.text).toBe('Grüße 😀');
    expect(whole.functionCalls).toEqual(calls);
    expect(chunks.flatMap((chunk) => chunk.functionCalls ?? [])).toEqual(calls);
    const parts = chunks.flatMap((chunk) => chunk.candidates?.[0]?.content?.parts ?? []);
    const words = (thought: boolean) =>
      parts
        .filter((part) => (part.thought === true) === thought)
        .map((part) => part.text ?? '')
        .join('');
    expect(words(false)).toBe('Grüße 😀');
    expect(words(true)).toBe('Let me think');
    for (const { usageMetadata, candidates } of [chunks.at(-1)!, whole]) {
      expect(candidates?.[0]?.finishReason).toBe(FinishReason.STOP);
      expect(usageMetadata).toMatchObject({
        promptTokenCount: 20,
        candidatesTokenCount: 6,
        thoughtsTokenCount: 3,
        cachedContentTokenCount: 5,
        totalTokenCount: 29,
      });
    }
  });

  it('keeps every chunk in the history of a chat, from which the request is read back', async () => {
    answer = { translator: gemini, steps: STEPS };
    const chat = client().chats.create({ model: 'm' });
    for await (const chunk of await chat.sendMessageStream({ message: 'Hi' })) expect(chunk.candidates).toHaveLength(1);
    const contents = JSON.parse(JSON.stringify(chat.getHistory(true))) as never[];
    const { turns } = gemini.readRequest({ contents }, { stream: false, model: 'm' });
    expect(turns.map(({ role }) => role)).toEqual(['user', 'assistant']);
    expect(turns[1]?.parts.filter((part) => part.kind !== 'text' || part.text !== '')).toMatchObject([
      { kind: 'reasoning', text: 'Let me think', seal: { family: 'chat', value: 'sealed' } },
      { kind: 'text', text: 'Grüße 😀' },
      { kind: 'call', id: 'call_1', name: 'f', input: '{"a":[1,2]}' },
      { kind: 'call', id: 'call_2', name: 'g', input: '{"b":{}}' },
    ]);
  });

  it('throws what fails in the middle', async () => {
    answer = { translator: gemini, steps: FAILED };
    const stream = await client().models.generateContentStream(request);
    const drained = (async () => {
      for await (const chunk of stream) expect(chunk).toBeDefined();
    })();
    await expect(drained).rejects.toThrow(expect.objectContaining({ status: 503 }) as ApiError);
  });
});

const anything = jsonSchema<object>({ type: 'object', properties: {} });
const tools = { f: tool({ inputSchema: anything }), g: tool({ inputSchema: anything }) };

describe.each<[string, Translator, () => LanguageModel]>([
  ['Anthropic', messages, () => createAnthropic({ apiKey: 'k', baseURL: `${baseURL}/v1` })('claude-sonnet-4-5')],
  ['Google', gemini, () => createGoogleGenerativeAI({ apiKey: 'k', baseURL: `${baseURL}/v1beta` })('gemini-2.5-pro')],
])('the AI SDK with its client of %s', (_name, translator, model) => {
  it('reads streams and whole answers alike', async () => {
    answer = { translator, steps: STEPS };
    const whole = await generateText({ model: model(), prompt: 'Hi', tools });
    const streamed = streamText({ model: model(), prompt: 'Hi', tools });
    for (const result of [whole, streamed]) {
      expect(await result.text).toBe('Grüße 😀');
      expect(await result.reasoningText).toBe('Let me think');
      expect((await result.toolCalls).map(({ toolName, input }) => [toolName, input])).toEqual([
        ['f', { a: [1, 2] }],
        ['g', { b: {} }],
      ]);
      expect(await result.finishReason).toBe('tool-calls');
      expect(await result.usage).toMatchObject({
        inputTokens: 20,
        outputTokens: 9,
        inputTokenDetails: { cacheReadTokens: 5 },
      });
    }
  });
});

describe.each([
  [
    'Anthropic',
    messages,
    () => new ChatAnthropic({ apiKey: 'k', model: 'claude-sonnet-4-5', anthropicApiUrl: baseURL, maxRetries: 0 }),
  ],
  [
    'Google',
    gemini,
    () => new ChatGoogleGenerativeAI({ apiKey: 'k', model: 'gemini-2.5-pro', baseUrl: baseURL, maxRetries: 0 }),
  ],
] as const)('LangChain with its client of %s', (_name, translator, model) => {
  it('reads streams and whole answers alike', async () => {
    answer = { translator, steps: STEPS };
    const whole = await model().invoke('Hi');
    let streamed: Awaited<ReturnType<ReturnType<typeof model>['invoke']>> | undefined;
    for await (const chunk of await model().stream('Hi'))
      streamed = streamed === undefined ? chunk : streamed.concat(chunk);
    for (const message of [whole, streamed]) {
      expect(message?.text).toContain('Grüße 😀');
      expect(message?.tool_calls?.map(({ name, args }) => [name, args])).toEqual([
        ['f', { a: [1, 2] }],
        ['g', { b: {} }],
      ]);
      expect(message?.usage_metadata).toMatchObject({ input_tokens: 20 });
    }
  });
});
