import OpenAI from 'openai';
import { zodFunction, zodResponseFormat, zodTextFormat } from 'openai/helpers/zod';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { inBothPlaces, type Suite } from './places.ts';

const model = 'gpt-4o-mini';
const ask = (content: string): { role: 'user'; content: string }[] => [{ role: 'user', content }];
const Recipe = z.object({
  title: z.string(),
  steps: z.array(z.object({ text: z.string(), minutes: z.number().int() })),
});
const City = z.object({ city: z.string() });

const chatHelpers: Suite = (baseURL) => {
  const { completions } = new OpenAI({ baseURL, apiKey: 'sk-test', maxRetries: 0 }).chat;

  test('chat stream: the deltas make the final text, and the usage is the unary one', async () => {
    const request = { model, messages: ask('Count from 1 to 5') };
    const unary = await completions.create(request);
    const stream = completions.stream({ ...request, stream_options: { include_usage: true } });
    const deltas: string[] = [];
    stream.on('content', (delta) => deltas.push(delta));
    expect(await stream.finalContent()).toBe('1\n2\n3\n4\n5');
    expect(deltas.join('')).toBe(unary.choices[0]?.message.content);
    expect(await stream.totalUsage()).toEqual(unary.usage);
  });

  test('chat parse: the object fits its schema, streamed or not', async () => {
    const request = { model, messages: ask('a recipe'), response_format: zodResponseFormat(Recipe, 'recipe') };
    const parsed = await completions.parse(request);
    const streamed = await completions.stream(request).finalChatCompletion();
    expect(Recipe.safeParse(parsed.choices[0]?.message.parsed).success).toBe(true);
    expect(streamed.choices[0]?.message.parsed).toEqual(parsed.choices[0]?.message.parsed);
  });

  test.each([false, true])(
    'chat runTools: the tool is called, its answer read back, the loop ends (stream: %s)',
    async (stream) => {
      const cities: unknown[] = [];
      const weather = zodFunction({
        name: 'get_weather',
        parameters: City,
        function: ({ city }) => {
          cities.push(city);
          return 'sunny, 21 degrees';
        },
      });
      const body = { model, messages: ask('What is the weather in Paris?'), tools: [weather] };
      const runner = stream ? completions.runTools({ ...body, stream: true }) : completions.runTools(body);
      expect(await runner.finalContent()).toContain('sunny, 21 degrees');
      expect(cities).toEqual([expect.any(String)]);
      expect(runner.messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'tool', 'assistant']);
    },
  );
};

const responsesHelpers: Suite = (baseURL) => {
  const { responses } = new OpenAI({ baseURL, apiKey: 'sk-test', maxRetries: 0 });

  test('responses stream: the final response has the text of the deltas', async () => {
    const stream = responses.stream({ model, input: 'Name three colors' });
    const deltas: string[] = [];
    stream.on('response.output_text.delta', ({ delta }) => deltas.push(delta));
    const final = await stream.finalResponse();
    expect(final.output_text).toBe('Red\nBlue\nYellow');
    expect(deltas.join('')).toBe(final.output_text);
  });

  test('responses parse: the object fits its schema, streamed or not', async () => {
    const request = { model, input: 'a recipe', text: { format: zodTextFormat(Recipe, 'recipe') } };
    const parsed = await responses.parse(request);
    expect(Recipe.safeParse(parsed.output_parsed).success).toBe(true);
    expect((await responses.stream(request).finalResponse()).output_parsed).toEqual(parsed.output_parsed);
  });

  test('background work is queued, polled, and completed', async () => {
    const queued = await responses.create({ model, input: 'What is 2+2?', background: true });
    expect(queued.status).toBe('queued');
    await expect.poll(async () => (await responses.retrieve(queued.id)).status).toBe('completed');
    expect((await responses.retrieve(queued.id)).output_text).toBe('4');
  });

  test('a stream is resumed after the event that was seen last, by retrieve and by the helper', async () => {
    const all = [];
    for await (const event of await responses.create({
      model,
      input: 'Count from 1 to 5',
      background: true,
      stream: true,
    })) {
      all.push(event);
    }
    const id = all.flatMap((event) => (event.type === 'response.created' ? [event.response.id] : []))[0]!;
    const rest = [];
    for await (const event of await responses.retrieve(id, { stream: true, starting_after: 3 })) rest.push(event);
    expect(rest).toEqual(all.slice(4));
    const resumed = await responses.stream({ response_id: id }).finalResponse();
    expect(resumed.output_text).toBe('1\n2\n3\n4\n5');
  });
};

inBothPlaces((baseURL) => {
  describe('helpers of the openai SDK for chat', () => chatHelpers(baseURL));
  describe('helpers of the openai SDK for responses', () => responsesHelpers(baseURL));
});
