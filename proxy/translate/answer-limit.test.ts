import { describe, expect, test } from 'vitest';
import type { Json } from '../core/json.ts';
import { writeChatRequest } from './chat/write-request.ts';
import type { Conversation } from './conversation.ts';
import { writeRequest as writeGemini } from './gemini/write-request.ts';
import { writeResponsesRequest } from './responses/write-request.ts';
import { targetFor } from './translate.fixture.ts';

const asked = (family: Conversation['family'], maxTokens = 128_000): Conversation => ({
  family,
  model: 'm',
  stream: false,
  turns: [{ role: 'user', parts: [{ kind: 'text', text: 'Hi' }] }],
  includeUsage: false,
  rest: {},
  maxTokens,
});

function limits(conversation: Conversation, model: string): (Json | undefined)[] {
  const target = targetFor(model, { provider: 'openai' });
  const { generationConfig } = writeGemini(conversation, target).body as {
    generationConfig: { maxOutputTokens: Json };
  };
  return [
    writeChatRequest(conversation, target).body['max_completion_tokens'],
    writeResponsesRequest(conversation, target).body['max_output_tokens'],
    generationConfig.maxOutputTokens,
  ];
}

describe('the limit that a Messages client has to set', () => {
  test.each([
    ['gemini-2.5-flash', 65_536],
    ['models/gemini-3-pro-preview', 65_536],
    ['gemini-2.0-flash', 8_192],
    ['gpt-4o', 16_384],
    ['gpt-4.1-mini', 32_768],
    ['openai/o3', 100_000],
    ['gpt-5.2', 128_000],
    ['qwen3', 128_000],
  ])('is at most what %s takes: %i', (model, most) => {
    expect(limits(asked('messages'), model)).toEqual([most, most, most]);
    expect(limits(asked('messages', 200), model)).toEqual([200, 200, 200]);
  });
});

test.each(['chat', 'responses', 'gemini'] as const)('a limit that a client of %s chose is told as it is', (family) => {
  expect(limits(asked(family), 'gemini-2.0-flash')).toEqual([128_000, 128_000, 128_000]);
});
