import { expect, test } from 'vitest';
import type { JsonObject } from '../core/json.ts';
import { messages } from './anthropic/messages.ts';
import { generate } from './gemini/generate.ts';
import { chatCompletions } from './openai/chat-completions.ts';
import { responses } from './openai/responses.ts';
import type { Protocol, TokenUsage } from './types.ts';
import { usageSum } from './token-usage.ts';

interface Family {
  readonly protocol: Protocol;
  readonly body: (usage: JsonObject) => object;
  readonly events: (usage: JsonObject) => readonly object[];
}

const CHAT: Family = {
  protocol: chatCompletions,
  body: (usage) => ({
    id: 'chatcmpl-1',
    choices: [{ index: 0, message: { role: 'assistant', content: 'Hi' }, finish_reason: 'stop' }],
    usage,
  }),
  events: (usage) => [
    { id: 'chatcmpl-1', choices: [{ index: 0, delta: { content: 'Hi' }, finish_reason: null }] },
    { id: 'chatcmpl-1', choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] },
    { id: 'chatcmpl-1', choices: [], usage },
  ],
};

const RESPONSES: Family = {
  protocol: responses,
  body: (usage) => ({ id: 'resp_1', object: 'response', status: 'completed', output: [], usage }),
  events: (usage) => [
    {
      type: 'response.completed',
      sequence_number: 0,
      response: { id: 'resp_1', status: 'completed', output: [], usage },
    },
  ],
};

const MESSAGES: Family = {
  protocol: messages,
  body: (usage) => ({
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    content: [{ type: 'text', text: 'Hi' }],
    stop_reason: 'end_turn',
    usage,
  }),
  // Before the middle of 2025 the last event had the output alone: what it lacks stands in the first.
  events: ({ output_tokens: output = 0, output_tokens_details: details, ...start }) => [
    { type: 'message_start', message: { id: 'msg_1', content: [], usage: { ...start, output_tokens: 1 } } },
    {
      type: 'message_delta',
      delta: { stop_reason: 'end_turn' },
      usage: { output_tokens: output, ...(details === undefined ? {} : { output_tokens_details: details }) },
    },
    { type: 'message_stop' },
  ],
};

const GEMINI: Family = {
  protocol: generate,
  body: (usage) => ({
    candidates: [{ content: { role: 'model', parts: [{ text: 'Hi' }] }, finishReason: 'STOP', index: 0 }],
    usageMetadata: usage,
  }),
  events: (usage) => [
    { candidates: [{ content: { role: 'model', parts: [{ text: 'H' }] }, index: 0 }], usageMetadata: {} },
    {
      candidates: [{ content: { role: 'model', parts: [{ text: 'i' }] }, finishReason: 'STOP', index: 0 }],
      usageMetadata: usage,
    },
  ],
};

const CASES: readonly (readonly [what: string, family: Family, reported: JsonObject, usage: TokenUsage])[] = [
  [
    'chat: parts of both totals',
    CHAT,
    {
      prompt_tokens: 100,
      completion_tokens: 50,
      total_tokens: 150,
      prompt_tokens_details: { cached_tokens: 30, cache_write_tokens: 10, audio_tokens: 20 },
      completion_tokens_details: { reasoning_tokens: 15, audio_tokens: 25 },
    },
    { input: 100, output: 50, cachedInput: 30, cacheWrite: 10, audioInput: 20, reasoning: 15, audioOutput: 25 },
  ],
  ['chat: without details', CHAT, { prompt_tokens: 7, completion_tokens: 2 }, { input: 7, output: 2 }],
  [
    'chat: reported zeros are reports',
    CHAT,
    { prompt_tokens: 0, completion_tokens: 0, prompt_tokens_details: { cached_tokens: 0 } },
    { input: 0, output: 0, cachedInput: 0 },
  ],
  [
    'chat: thoughts that stand in the total alone',
    CHAT,
    { prompt_tokens: 10, completion_tokens: 5, total_tokens: 35 },
    { input: 10, output: 25, reasoning: 20 },
  ],
  [
    'chat: thoughts that the details count beside the answer',
    CHAT,
    {
      prompt_tokens: 10,
      completion_tokens: 5,
      total_tokens: 35,
      completion_tokens_details: { reasoning_tokens: 20 },
    },
    { input: 10, output: 25, reasoning: 20 },
  ],
  [
    'chat: a total that exceeds its parts by something else',
    CHAT,
    {
      prompt_tokens: 10,
      completion_tokens: 5,
      total_tokens: 65,
      completion_tokens_details: { reasoning_tokens: 3 },
    },
    { input: 10, output: 5, reasoning: 3 },
  ],
  [
    'chat: cached tokens beside the details',
    CHAT,
    { prompt_tokens: 10, completion_tokens: 5, prompt_cache_hit_tokens: 6 },
    { input: 10, output: 5, cachedInput: 6 },
  ],
  [
    'responses: parts of both totals',
    RESPONSES,
    {
      input_tokens: 90,
      input_tokens_details: { cached_tokens: 40, cache_write_tokens: 20, audio_tokens: 5 },
      output_tokens: 60,
      output_tokens_details: { reasoning_tokens: 50, audio_tokens: 1 },
    },
    { input: 90, output: 60, cachedInput: 40, cacheWrite: 20, audioInput: 5, reasoning: 50, audioOutput: 1 },
  ],
  [
    'responses: sound out of the cache is not fresh sound',
    RESPONSES,
    {
      input_tokens: 100,
      input_token_details: { audio_tokens: 80, cached_tokens: 64, cached_tokens_details: { audio_tokens: 60 } },
      output_tokens: 1,
    },
    { input: 100, output: 1, cachedInput: 64, audioInput: 20 },
  ],
  [
    'messages: what the cache took and gave stands beside the input',
    MESSAGES,
    {
      input_tokens: 11,
      cache_creation_input_tokens: 2055,
      cache_read_input_tokens: 300,
      output_tokens: 40,
      output_tokens_details: { thinking_tokens: 30 },
    },
    { input: 2366, output: 40, cachedInput: 300, cacheWrite: 2055, reasoning: 30 },
  ],
  ['messages: old form', MESSAGES, { input_tokens: 11, output_tokens: 4 }, { input: 11, output: 4 }],
  [
    'gemini: thoughts and prompts of tools stand beside the totals',
    GEMINI,
    {
      promptTokenCount: 100,
      candidatesTokenCount: 10,
      totalTokenCount: 157,
      cachedContentTokenCount: 40,
      toolUsePromptTokenCount: 27,
      thoughtsTokenCount: 20,
    },
    { input: 127, output: 30, cachedInput: 40, reasoning: 20 },
  ],
  [
    'gemini: sound by modality, less what was cached',
    GEMINI,
    {
      promptTokenCount: 100,
      candidatesTokenCount: 50,
      promptTokensDetails: [
        { modality: 'TEXT', tokenCount: 40 },
        { modality: 'AUDIO', tokenCount: 60 },
      ],
      cachedContentTokenCount: 30,
      cacheTokensDetails: [{ modality: 'AUDIO', tokenCount: 20 }],
      candidatesTokensDetails: [{ modality: 'AUDIO', tokenCount: 50 }],
    },
    { input: 100, output: 50, cachedInput: 30, audioInput: 40, audioOutput: 50 },
  ],
  [
    'gemini: nothing but thoughts',
    GEMINI,
    { promptTokenCount: 9, thoughtsTokenCount: 100 },
    { input: 9, output: 100, reasoning: 100 },
  ],
];

test.each(CASES)('%s, as JSON', (_what, { protocol, body }, reported, usage) => {
  expect(protocol.judgeBody(Buffer.from(JSON.stringify(body(reported)))).usage).toEqual(usage);
});

test.each(CASES)('%s, in a stream', (_what, { protocol, events }, reported, usage) => {
  const stream = events(reported).map((event) => {
    const name = 'type' in event ? `event: ${String(event.type)}\n` : '';
    return Buffer.from(`${name}data: ${JSON.stringify(event)}\n\n`);
  });
  expect(protocol.judgeStream(stream).usage).toEqual(usage);
});

test('several passes of a message are summed, without what another model said', () => {
  const pass = { input_tokens: 5, cache_read_input_tokens: 7, cache_creation_input_tokens: 1, output_tokens: 2 };
  const usage = {
    ...pass,
    iterations: [
      { type: 'compaction', ...pass },
      { type: 'advisor_message', ...pass },
      { type: 'message', ...pass },
    ],
  };
  const facts = messages.judgeBody(Buffer.from(JSON.stringify(MESSAGES.body(usage))));
  expect(facts.usage).toEqual({ input: 26, output: 4, cachedInput: 14, cacheWrite: 2 });
});

test('a sum has the members that one of the two has', () => {
  const a = { input: 1, output: 2, cachedInput: 1, cacheWrite: 0, audioInput: 3, images: 1 };
  const b = { input: 10, output: 20, reasoning: 4, audioInput: 5, audioOutput: 6, seconds: 1.5 };
  const sum = { input: 11, output: 22, cachedInput: 1, cacheWrite: 0, audioInput: 8, images: 1 };
  expect(usageSum(a, b)).toEqual({ ...sum, reasoning: 4, audioOutput: 6, seconds: 1.5 });
  expect([usageSum(undefined, b), usageSum(a, undefined)]).toEqual([b, a]);
});
