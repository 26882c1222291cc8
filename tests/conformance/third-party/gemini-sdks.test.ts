import { createGoogleGenerativeAI } from '@ai-sdk/google';
import { HumanMessage } from '@langchain/core/messages';
import { tool as langchainTool } from '@langchain/core/tools';
import { ChatGoogleGenerativeAI, GoogleGenerativeAIEmbeddings } from '@langchain/google-genai';
import { embed, embedMany, generateObject, generateText, isStepCount, streamText, tool } from 'ai';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { bedForFile } from '../bed.ts';

globalThis.AI_SDK_LOG_WARNINGS = false;
const bed = bedForFile({ strictness: 'openai' });
const maxRetries = 0;
const Recipe = z.object({ title: z.string(), minutes: z.number().int(), steps: z.array(z.string()) });
const MODELS = ['gemini-2.0-flash', 'gemini-2.5-flash', 'gemini-3-flash-preview'];

const google = () => createGoogleGenerativeAI({ baseURL: `${bed.mock.url}/v1beta`, apiKey: 'key' });

describe.each(MODELS)('Vercel AI SDK, %s', (name) => {
  test('generateText gives the text, why it ended, and its usage', async () => {
    const { text, finishReason, usage } = await generateText({
      model: google()(name),
      maxRetries,
      prompt: 'What is the capital of France?',
    });
    expect([text, finishReason]).toEqual(['Paris', 'stop']);
    expect(usage.inputTokens).toBe(name === 'gemini-2.0-flash' ? 7 : 8);
    expect(usage.outputTokens).toBe(name === 'gemini-2.0-flash' ? 1 : 65);
  });

  test('a tool is called, its answer read back, and the loop ends, streamed or not', async () => {
    const asked: string[] = [];
    const weather = tool({
      description: 'Weather of a city',
      inputSchema: z.object({ city: z.string() }),
      execute: ({ city }) => {
        asked.push(city);
        return `sunny in ${city}`;
      },
    });
    const request = {
      model: google()(name),
      maxRetries,
      tools: { weather },
      stopWhen: isStepCount(5),
      prompt: 'What is the weather in Paris and in London?',
    };
    const { text, steps } = await generateText(request);
    expect(text).toContain('sunny in London');
    expect(steps.map(({ finishReason }) => finishReason)).toEqual(['tool-calls', 'stop']);
    const streamed = streamText(request);
    await streamed.consumeStream();
    expect(await streamed.text).toBe(text);
    expect(asked).toEqual(['Paris', 'London', 'Paris', 'London']);
  });

  test('generateObject gives an object that fits its schema', async () => {
    const { object } = await generateObject({ model: google()(name), maxRetries, schema: Recipe, prompt: 'a recipe' });
    expect(Recipe.safeParse(object).success).toBe(true);
  });
});

describe('Vercel AI SDK', () => {
  test('streamText gives the text piece by piece, thoughts apart from it', async () => {
    const text = 'one two three '.repeat(30).trim();
    await bed.mock.answer({ answer: { text } });
    const result = streamText({
      model: google()('gemini-3-flash-preview'),
      maxRetries,
      prompt: 'Speak',
      providerOptions: { google: { thinkingConfig: { includeThoughts: true, thinkingLevel: 'high' } } },
    });
    const pieces: string[] = [];
    for await (const piece of result.textStream) pieces.push(piece);
    expect(pieces.join('')).toBe(text);
    expect(pieces.length).toBeGreaterThan(2);
    expect(await result.reasoningText).toContain('Considering the request');
    expect((await result.usage).outputTokenDetails.reasoningTokens).toBe(320);
  });

  test('embeddings are equal for equal values', async () => {
    const model = google().embedding('gemini-embedding-001');
    const { embedding } = await embed({ model, maxRetries, value: 'a' });
    const { embeddings } = await embedMany({ model, maxRetries, values: ['a', 'b'] });
    expect(embedding).toHaveLength(3072);
    expect(embeddings[0]).toEqual(embedding);
    expect(embeddings[1]).not.toEqual(embedding);
  });

  test('a rate limit is told with the status and the sentence of the provider', async () => {
    const asked = generateText({ model: google()('gemini-2.5-flash!rate-limit'), maxRetries, prompt: 'Hi' });
    await expect(asked).rejects.toMatchObject({
      statusCode: 429,
      message: expect.stringContaining('Quota exceeded for metric') as string,
    });
  });

  test('a search has its sources', async () => {
    const { sources } = await generateText({
      model: google()('gemini-2.5-flash'),
      maxRetries,
      tools: { google_search: google().tools.googleSearch({}) },
      prompt: 'Search the web for the latest news about llamas',
    });
    expect(sources.map((source) => source.sourceType)).toEqual(['url', 'url']);
  });
});

describe.each(MODELS)('LangChain, %s', (model) => {
  const chat = () => new ChatGoogleGenerativeAI({ model, apiKey: 'key', baseUrl: bed.mock.url, maxRetries });
  const weather = langchainTool(() => 'sunny, 21 degrees', {
    name: 'get_weather',
    description: 'Weather of a city',
    schema: z.object({ city: z.string() }),
  });

  test('invoke and stream give the same text', async () => {
    const answer = await chat().invoke('Count from 1 to 5');
    expect(answer.text).toBe('1\n2\n3\n4\n5');
    expect(answer.usage_metadata?.input_tokens).toBeGreaterThan(5);
    const pieces: string[] = [];
    for await (const piece of await chat().stream('Count from 1 to 5')) pieces.push(piece.text);
    expect(pieces.join('')).toBe('1\n2\n3\n4\n5');
  });

  test('a bound tool is called, and its answer read back', async () => {
    const bound = chat().bindTools([weather]);
    const question = new HumanMessage('What is the weather in Paris?');
    const asking = await bound.invoke([question]);
    expect(asking.tool_calls).toMatchObject([{ name: 'get_weather', args: { city: 'Paris' } }]);
    const answer = await weather.invoke(asking.tool_calls![0]!);
    const last = await bound.invoke([question, asking, answer]);
    expect(last.text).toContain('sunny, 21 degrees');
  });

  test('a structured answer fits its schema', async () => {
    const recipe = await chat().withStructuredOutput(Recipe, { name: 'recipe' }).invoke('a recipe');
    expect(Recipe.safeParse(recipe).success).toBe(true);
  });
});

test('LangChain: embeddings of documents and of a query are equal for equal texts', async () => {
  const embeddings = new GoogleGenerativeAIEmbeddings({
    model: 'gemini-embedding-001',
    apiKey: 'key',
    baseUrl: bed.mock.url,
  });
  const [a, b] = await embeddings.embedDocuments(['a', 'b']);
  expect(await embeddings.embedQuery('a')).toEqual(a);
  expect(b).not.toEqual(a);
});
