import { createAnthropic } from '@ai-sdk/anthropic';
import { createGoogleGenerativeAI } from '@ai-sdk/google';
import { createOpenAI } from '@ai-sdk/openai';
import { generateText, isStepCount, Output, streamText, tool, type LanguageModel, type ModelMessage } from 'ai';
import { afterEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { atEveryEndpoint, callsThenSays, lastAsked, PIXEL, TEXT, THOUGHT, type Place } from './endpoints.ts';

globalThis.AI_SDK_LOG_WARNINGS = false;
const maxRetries = 0;
const River = z.object({ river: z.string(), kilometres: z.number().int() });

type ProviderOptions = NonNullable<Parameters<typeof generateText>[0]['providerOptions']>;

interface Provider {
  readonly model: (url: string) => LanguageModel;
  /** Has the model think and show its thoughts; absent where the library shows none. */
  readonly thinking?: ProviderOptions;
}

const PROVIDERS: Readonly<Record<string, Provider>> = {
  anthropic: {
    model: (url) => createAnthropic({ baseURL: `${url}/v1`, apiKey: 'key' })('claude-sonnet-4-6'),
    thinking: { anthropic: { thinking: { type: 'enabled', budgetTokens: 2000 } } },
  },
  google: {
    model: (url) => createGoogleGenerativeAI({ baseURL: `${url}/v1beta`, apiKey: 'key' })('gemini-2.5-flash'),
    thinking: { google: { thinkingConfig: { includeThoughts: true, thinkingBudget: 2000 } } },
  },
  'openai, Responses': {
    model: (url) => createOpenAI({ baseURL: `${url}/v1`, apiKey: 'key' }).responses('gpt-5'),
    thinking: { openai: { reasoningSummary: 'detailed' } },
  },
  'openai, chat': { model: (url) => createOpenAI({ baseURL: `${url}/v1`, apiKey: 'key' }).chat('gpt-5') },
};

function weatherTool(asked: string[]) {
  return tool({
    description: 'Weather of a city',
    inputSchema: z.object({ city: z.string() }),
    execute: ({ city }) => {
      asked.push(city);
      return `rain in ${city}`;
    },
  });
}

const suite =
  ({ model: modelAt, thinking }: Provider) =>
  (place: Place): void => {
    const model = () => modelAt(place.url);
    /** What the library could not read in a stream: it goes on without it. */
    const errors: unknown[] = [];
    const onError = ({ error }: { error: unknown }): void => void errors.push(error);
    afterEach(() => expect(errors.splice(0)).toEqual([]));

    test('a text, why it ended, and its usage', async () => {
      await place.mock.answer({ reply: { text: TEXT } });
      const request = { model: model(), maxRetries, instructions: 'Be brief.', prompt: 'Where does the Danube rise?' };
      const { text, finishReason, usage } = await generateText(request);
      expect([text, finishReason]).toEqual([TEXT, 'stop']);
      expect(usage.inputTokens).toBeGreaterThan(5);
      expect(usage.outputTokens).toBeGreaterThan(10);
      expect(await lastAsked(place)).toContain('Be brief.');

      const streamed = streamText({ ...request, onError });
      const pieces: string[] = [];
      for await (const piece of streamed.textStream) pieces.push(piece);
      expect(pieces.join('')).toBe(TEXT);
      expect(pieces.length).toBeGreaterThan(1);
      expect(await streamed.finishReason).toBe('stop');
      expect(await streamed.usage).toEqual(usage);
    });

    test.each([[['Oslo']], [['Oslo', 'Bergen']]])('a tool loop over %j', async (cities) => {
      const asked: string[] = [];
      const request = {
        model: model(),
        maxRetries,
        tools: { get_weather: weatherTool(asked) },
        stopWhen: isStepCount(4),
        prompt: 'How is the weather?',
      };
      await callsThenSays(place, 'get_weather', ...cities);
      const { steps, text } = await generateText(request);
      expect(steps.map(({ finishReason }) => finishReason)).toEqual(['tool-calls', 'stop']);
      expect(text).toContain(`rain in ${cities.at(-1)}`);
      const told = await lastAsked(place);
      for (const city of cities) expect(told).toContain(`rain in ${city}`);
      await place.mock.reset();
      await callsThenSays(place, 'get_weather', ...cities);
      const streamed = streamText({ ...request, onError });
      await streamed.consumeStream();
      expect(await streamed.text).toBe(text);
      expect(asked).toEqual([...cities, ...cities]);
    });

    test('an object that fits its schema', async () => {
      await place.mock.answer({ reply: { text: '{"river":"Danube","kilometres":2850}' } });
      const request = {
        model: model(),
        maxRetries,
        prompt: 'How long is the Danube?',
        output: Output.object({ schema: River }),
      };
      const danube = { river: 'Danube', kilometres: 2850 };
      expect((await generateText(request)).output).toEqual(danube);
      expect(await lastAsked(place)).toContain('kilometres');
      const streamed = streamText({ ...request, onError });
      await streamed.consumeStream();
      expect(await streamed.output).toEqual(danube);
    });

    test('an image reaches the endpoint', async () => {
      await place.mock.answer({ reply: { text: 'Red.' } });
      const { text } = await generateText({
        model: model(),
        maxRetries,
        messages: [
          {
            role: 'user',
            content: [
              { type: 'text', text: 'Which colour is this?' },
              { type: 'file', mediaType: 'image/png', data: PIXEL },
            ],
          },
        ],
      });
      expect(text).toBe('Red.');
      expect(await lastAsked(place)).toContain(PIXEL);
    });

    test.skipIf(thinking === undefined)('thoughts are shown, and given back in a tool loop', async () => {
      const request = {
        model: model(),
        maxRetries,
        tools: { get_weather: weatherTool([]) },
        stopWhen: isStepCount(4),
        prompt: 'How is the weather in Oslo?',
        providerOptions: thinking!,
      };
      await callsThenSays(place, 'get_weather', 'Oslo');
      const whole = await generateText(request);
      await place.mock.reset();
      await callsThenSays(place, 'get_weather', 'Oslo');
      const streamed = streamText({ ...request, onError });
      await streamed.consumeStream();
      const thoughts = [whole.steps[0]?.reasoningText, (await streamed.steps)[0]?.reasoningText];
      if (place.showsThoughts) expect(thoughts).toEqual([THOUGHT, THOUGHT]);
      expect(whole.text).toContain('rain in Oslo');
      expect(await streamed.text).toBe(whole.text);

      await place.mock.answer({ reply: { text: 'You are welcome.' } });
      const messages: ModelMessage[] = [
        { role: 'user', content: request.prompt },
        ...(await streamed.responseMessages),
        { role: 'user', content: 'Thank you.' },
      ];
      const { text } = await generateText({ model: model(), maxRetries, messages, providerOptions: thinking! });
      expect(text).toBe('You are welcome.');
    });

    test('a limit is told by its status and its wait', async () => {
      await place.mock.answer({ reply: { error: { status: 429, headers: { 'retry-after': '7' } } } });
      await expect(generateText({ model: model(), maxRetries, prompt: 'Hello?' })).rejects.toMatchObject({
        statusCode: 429,
        isRetryable: true,
        responseHeaders: { 'retry-after': '7' },
      });
    });
  };

for (const [name, provider] of Object.entries(PROVIDERS)) {
  describe(`Vercel AI SDK, ${name}`, () => atEveryEndpoint(suite(provider), name !== 'openai, chat'));
}

/** An older model has no word for a schema: the library forces a tool in its place. */
describe('Vercel AI SDK, anthropic: an object by a forced tool', () =>
  atEveryEndpoint((place) => {
    test('fits its schema', async () => {
      const { output } = await generateText({
        model: createAnthropic({ baseURL: `${place.url}/v1`, apiKey: 'key' })('claude-sonnet-4-20250514'),
        maxRetries,
        prompt: 'How long is the Danube?',
        output: Output.object({ schema: River }),
      });
      expect(River.safeParse(output).success).toBe(true);
    });
  }));
