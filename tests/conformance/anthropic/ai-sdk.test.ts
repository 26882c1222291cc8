import { createAnthropic } from '@ai-sdk/anthropic';
import type { ModelMessage } from 'ai';
import { Output, generateText, isStepCount, streamText, tool } from 'ai';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { anthropicBed } from './bed.ts';

const bed = anthropicBed();
const model = (name = 'claude-sonnet-4-6') =>
  createAnthropic({ baseURL: `${bed.mock.url}/v1`, apiKey: 'sk-ant-test' })(name);

const weather = tool({
  description: 'Weather of a city',
  inputSchema: z.object({ city: z.string() }),
  execute: () => 'sunny, 21 degrees',
});

test('generateText gives the text and its usage', async () => {
  const { text, usage, finishReason, response } = await generateText({
    model: model(),
    prompt: 'What is the capital of France?',
    maxRetries: 0,
  });
  expect({ text, finishReason }).toEqual({ text: 'Paris', finishReason: 'stop' });
  expect(usage).toMatchObject({ inputTokens: 14, outputTokens: 1 });
  expect(response.modelId).toBe('claude-sonnet-4-6');
});

test('streamText gives the same, piece by piece', async () => {
  const { textStream, usage } = streamText({ model: model(), prompt: 'Count from 1 to 5', maxRetries: 0 });
  const pieces: string[] = [];
  for await (const piece of textStream) pieces.push(piece);
  expect(pieces.join('')).toBe('1\n2\n3\n4\n5');
  expect(pieces.length).toBeGreaterThan(1);
  expect((await usage).inputTokens).toBeGreaterThan(7);
});

test('a tool loop ends with what the tool said', async () => {
  const { text, steps } = await generateText({
    model: model(),
    prompt: 'What is the weather in Paris?',
    tools: { get_weather: weather },
    stopWhen: isStepCount(4),
    maxRetries: 0,
  });
  expect(steps).toHaveLength(2);
  expect(steps[0]?.toolCalls).toMatchObject([{ toolName: 'get_weather', input: { city: 'Paris' } }]);
  expect(text).toContain('sunny, 21 degrees');
});

test('a streamed tool loop with thinking keeps its signatures', async () => {
  const result = streamText({
    model: model(),
    prompt: 'What is the weather in Paris?',
    tools: { get_weather: weather },
    stopWhen: isStepCount(4),
    providerOptions: { anthropic: { thinking: { type: 'enabled', budgetTokens: 2000 } } },
    maxRetries: 0,
  });
  expect(await result.text).toContain('sunny, 21 degrees');
  const [first] = await result.steps;
  expect(first?.reasoningText).toContain('The user says');
  const messages: ModelMessage[] = [
    { role: 'user', content: 'What is the weather in Paris?' },
    ...(await result.responseMessages),
    { role: 'user', content: '2+2' },
  ];
  expect((await generateText({ model: model(), messages, maxRetries: 0 })).text).toBe('4');
});

test.each(['claude-sonnet-4-6', 'claude-3-haiku'])('an object fits its schema: %s', async (name) => {
  const { output } = await generateText({
    model: model(name),
    prompt: 'A recipe for pancakes',
    output: Output.object({ schema: z.object({ title: z.string(), minutes: z.number().int() }) }),
    maxRetries: 0,
  });
  expect(output).toEqual({ title: expect.any(String) as string, minutes: expect.any(Number) as number });
});

test('an error is the provider’s', async () => {
  const refused = generateText({ model: model('claude-sonnet-4-6!overloaded-529'), prompt: 'hello', maxRetries: 0 });
  await expect(refused).rejects.toMatchObject({ statusCode: 529, message: 'Overloaded', isRetryable: true });
});
