import { ChatAnthropic } from '@langchain/anthropic';
import { HumanMessage, ToolMessage } from '@langchain/core/messages';
import { tool } from '@langchain/core/tools';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { anthropicBed } from './bed.ts';

const bed = anthropicBed();

const chat = (over: object = {}) =>
  new ChatAnthropic({
    model: 'claude-sonnet-4-6',
    apiKey: 'sk-ant-test',
    anthropicApiUrl: bed.mock.url,
    maxRetries: 0,
    ...over,
  });

const weather = tool(() => 'sunny, 21 degrees', {
  name: 'get_weather',
  description: 'Weather of a city',
  schema: z.object({ city: z.string() }),
});

test('invoke gives the text and its usage', async () => {
  const answer = await chat().invoke('What is the capital of France?');
  expect(answer.text).toBe('Paris');
  expect(answer.usage_metadata).toMatchObject({ input_tokens: 14, output_tokens: 1, total_tokens: 15 });
});

test('stream gives the same, piece by piece', async () => {
  const pieces: string[] = [];
  for await (const piece of await chat().stream('Count from 1 to 5')) pieces.push(piece.text);
  expect(pieces.join('')).toBe('1\n2\n3\n4\n5');
});

test('a bound tool is called, and its answer read back', async () => {
  const bound = chat().bindTools([weather]);
  const question = new HumanMessage('What is the weather in Paris?');
  const asking = await bound.invoke([question]);
  expect(asking.tool_calls).toMatchObject([{ name: 'get_weather', args: { city: 'Paris' } }]);
  const answer: ToolMessage = await weather.invoke(asking.tool_calls![0]!);
  const last = await bound.invoke([question, asking, answer]);
  expect(last.text).toContain('sunny, 21 degrees');
});

test('thinking comes back as it was given', async () => {
  const thinking = chat({ maxTokens: 4000, thinking: { type: 'enabled', budget_tokens: 2000 } }).bindTools([weather]);
  const question = new HumanMessage('What is the weather in Paris?');
  const asking = await thinking.invoke([question]);
  expect(asking.content).toMatchObject([{ type: 'thinking' }, { type: 'tool_use' }]);
  const answer: ToolMessage = await weather.invoke(asking.tool_calls![0]!);
  expect((await thinking.invoke([question, asking, answer])).text).toContain('sunny');
});

test('structured output fits its schema', async () => {
  const structured = chat().withStructuredOutput(z.object({ title: z.string(), minutes: z.number().int() }));
  expect(await structured.invoke('A recipe for pancakes')).toEqual({
    title: expect.any(String) as string,
    minutes: expect.any(Number) as number,
  });
});
