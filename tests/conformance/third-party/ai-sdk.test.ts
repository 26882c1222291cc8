import { createOpenAI } from '@ai-sdk/openai';
import { embed, embedMany, generateObject, generateText, isStepCount, streamText, tool } from 'ai';
import type { LanguageModel } from 'ai';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { inBothPlaces } from './places.ts';

// `generateObject` is deprecated and still what many applications call.
globalThis.AI_SDK_LOG_WARNINGS = false;
const maxRetries = 0;
const Event = z.object({ name: z.string(), tags: z.array(z.enum(['a', 'b'])), place: z.object({ city: z.string() }) });

/** `endTokens`: Responses counts the end of its message, chat does not. */
function generation(model: LanguageModel, endTokens: number): void {
  test('generateText gives the text, why it ended, and its usage', async () => {
    const { text, finishReason, usage } = await generateText({
      model,
      maxRetries,
      prompt: 'What is the capital of France?',
    });
    expect([text, finishReason]).toEqual(['Paris', 'stop']);
    expect(usage.outputTokens).toBe(1 + endTokens);
    expect(usage.totalTokens).toBe(usage.inputTokens! + usage.outputTokens!);
  });

  test('streamText gives the same, piece by piece', async () => {
    const result = streamText({ model, maxRetries, prompt: 'Count from 1 to 5' });
    const pieces: string[] = [];
    for await (const piece of result.textStream) pieces.push(piece);
    expect(pieces.join('')).toBe('1\n2\n3\n4\n5');
    expect(pieces.length).toBeGreaterThan(3);
    expect(await result.finishReason).toBe('stop');
    expect((await result.usage).outputTokens).toBe(9 + endTokens);
  });

  test('generateObject gives an object that fits its schema', async () => {
    const { object } = await generateObject({ model, maxRetries, schema: Event, prompt: 'an event' });
    expect(Event.safeParse(object).success).toBe(true);
  });

  test('a tool is called once, its answer read back, and the loop ends', async () => {
    const asked: string[] = [];
    const weather = tool({
      description: 'Weather of a city',
      inputSchema: z.object({ city: z.string() }),
      execute: ({ city }) => {
        asked.push(city);
        return 'sunny, 21 degrees';
      },
    });
    const request = {
      model,
      maxRetries,
      tools: { weather },
      stopWhen: isStepCount(5),
      prompt: 'What is the weather in Paris?',
    };
    const { text, steps } = await generateText(request);
    expect(text).toContain('sunny, 21 degrees');
    expect(steps.map(({ finishReason }) => finishReason)).toEqual(['tool-calls', 'stop']);
    const streamed = streamText(request);
    await streamed.consumeStream();
    expect(await streamed.text).toBe(text);
    expect(asked).toEqual([asked[0], asked[0]]);
  });
}

inBothPlaces((baseURL) => {
  const openai = createOpenAI({ baseURL, apiKey: 'sk-test' });

  describe('Vercel AI SDK, chat model', () => generation(openai.chat('gpt-4o-mini'), 0));
  describe('Vercel AI SDK, responses model', () => generation(openai.responses('gpt-4o-mini'), 1));

  test('Vercel AI SDK: a reasoning model keeps its reasoning apart from its text', async () => {
    const { text, reasoningText, usage } = await generateText({
      model: openai.responses('gpt-5-mini'),
      maxRetries,
      prompt: 'What is 2+2?',
      providerOptions: { openai: { reasoningSummary: 'detailed' } },
    });
    expect(text).toBe('4');
    expect(reasoningText).not.toBe('');
    expect(usage.outputTokenDetails.reasoningTokens).toBeGreaterThan(0);
  });

  test('Vercel AI SDK: embeddings are equal for equal values', async () => {
    const model = openai.embedding('text-embedding-3-small');
    const { embedding } = await embed({ model, maxRetries, value: 'a' });
    const { embeddings, usage } = await embedMany({ model, maxRetries, values: ['a', 'b'] });
    expect(embedding).toHaveLength(1536);
    expect(embeddings[0]).toEqual(embedding);
    expect(embeddings[1]).not.toEqual(embedding);
    expect(usage.tokens).toBe(2);
  });
});
