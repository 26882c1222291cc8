import { AzureOpenAI, RateLimitError } from 'openai';
import { zodResponseFormat, zodTextFormat } from 'openai/helpers/zod';
import type { Response, ResponseInputItem } from 'openai/resources/responses/responses';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { atEveryEndpoint, callsThenSays, lastAsked, PIXEL, TEXT, THOUGHT, type Place } from './endpoints.ts';

const River = z.object({ river: z.string(), kilometres: z.number().int() });
const DANUBE = { river: 'Danube', kilometres: 2850 };
const model = 'gpt-5';
const QUESTION = 'Where does the Danube rise?';
const image = `data:image/png;base64,${PIXEL}`;
const parameters = {
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
  additionalProperties: false,
};

const clientAt = ({ url }: Place, apiVersion: string): AzureOpenAI =>
  new AzureOpenAI({ endpoint: url, apiKey: 'key', apiVersion, maxRetries: 0 });

function chat(place: Place): void {
  const completions = () => clientAt(place, '2024-10-21').chat.completions;
  const user = (content: string) => ({ role: 'user' as const, content });

  test('a text, streamed and whole', async () => {
    await place.mock.answer({ reply: { text: TEXT } });
    const request = { model, messages: [{ role: 'system' as const, content: 'Be brief.' }, user(QUESTION)] };
    const { choices, usage } = await completions().create(request);
    expect(choices).toMatchObject([{ message: { content: TEXT }, finish_reason: 'stop' }]);
    expect(await lastAsked(place)).toContain('Be brief.');
    const stream = completions().stream({ ...request, stream_options: { include_usage: true } });
    const pieces: string[] = [];
    stream.on('content', (piece) => pieces.push(piece));
    const whole = await stream.finalChatCompletion();
    expect(pieces.join('')).toBe(TEXT);
    expect(pieces.length).toBeGreaterThan(1);
    expect(whole.usage).toEqual(usage);
  });

  test.each([[['Oslo']], [['Oslo', 'Bergen']]])('a tool loop over %j', async (cities) => {
    const asked: unknown[] = [];
    const weather = ({ city }: { city: string }): string => {
      asked.push(city);
      return `rain in ${city}`;
    };
    const tool = { name: 'get_weather', description: 'Weather of a city', parameters };
    const request = {
      model,
      messages: [user('How is the weather?')],
      tools: [
        {
          type: 'function' as const,
          function: { ...tool, function: weather, parse: JSON.parse as () => { city: string } },
        },
      ],
    };
    for (const stream of [false, true] as const) {
      await place.mock.reset();
      await callsThenSays(place, 'get_weather', ...cities);
      const runner = stream ? completions().runTools({ ...request, stream }) : completions().runTools(request);
      expect(await runner.finalContent()).toContain(`rain in ${cities.at(-1)}`);
      const told = await lastAsked(place);
      for (const city of cities) expect(told).toContain(`rain in ${city}`);
    }
    expect(asked).toEqual([...cities, ...cities]);
  });

  test('an object that fits its schema, about an image', async () => {
    await place.mock.answer({ reply: { text: JSON.stringify(DANUBE) } });
    const { choices } = await completions().parse({
      model,
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Which river is this?' },
            { type: 'image_url', image_url: { url: image } },
          ],
        },
      ],
      response_format: zodResponseFormat(River, 'river'),
    });
    expect(choices[0]?.message.parsed).toEqual(DANUBE);
    expect(await lastAsked(place)).toContain(PIXEL);
    expect(await lastAsked(place)).toContain('kilometres');
  });

  test('a limit is told by its status and its wait', async () => {
    await place.mock.answer({ reply: { error: { status: 429, headers: { 'retry-after': '7' } } } });
    const failed: unknown = await completions()
      .create({ model, messages: [user('Hello?')] })
      .catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(RateLimitError);
    expect((failed as InstanceType<typeof RateLimitError>).headers?.get('retry-after')).toBe('7');
  });
}

function responses(place: Place): void {
  const client = () => clientAt(place, '2025-03-01-preview').responses;

  test('a text, streamed and whole', async () => {
    await place.mock.answer({ reply: { text: TEXT } });
    const request = { model, instructions: 'Be brief.', input: QUESTION };
    const { output_text, status, usage } = await client().create(request);
    expect([output_text, status]).toEqual([TEXT, 'completed']);
    expect(await lastAsked(place)).toContain('Be brief.');
    const stream = client().stream(request);
    const pieces: string[] = [];
    stream.on('response.output_text.delta', ({ delta }) => pieces.push(delta));
    const whole = await stream.finalResponse();
    expect(pieces.join('')).toBe(TEXT);
    expect(pieces.length).toBeGreaterThan(1);
    expect(whole.usage).toEqual(usage);
  });

  test.each([[['Oslo']], [['Oslo', 'Bergen']]])('a tool loop over %j, with thoughts', async (cities) => {
    const tools = [{ type: 'function' as const, name: 'get_weather', strict: true, parameters }];
    for (const stream of [false, true]) {
      await place.mock.reset();
      await callsThenSays(place, 'get_weather', ...cities);
      const input: ResponseInputItem[] = [{ role: 'user', content: 'How is the weather?' }];
      const request = { model, input, tools, reasoning: { summary: 'detailed' as const } };
      const ask = (): Promise<Response> =>
        stream ? client().stream(request).finalResponse() : client().create(request);
      const { output } = await ask();
      const calls = output.filter((item) => item.type === 'function_call');
      expect(calls.map((call) => JSON.parse(call.arguments) as unknown)).toEqual(cities.map((city) => ({ city })));
      if (place.showsThoughts) expect(output[0]).toMatchObject({ type: 'reasoning', summary: [{ text: THOUGHT }] });
      // What the helper of streams has parsed is refused by the API.
      const said = output.map((item) => ({ ...item, parsed_arguments: undefined }));
      input.push(...(said as ResponseInputItem[]));
      for (const [index, { call_id }] of calls.entries()) {
        input.push({ type: 'function_call_output', call_id, output: `rain in ${cities[index]}` });
      }
      expect((await ask()).output_text).toContain(`rain in ${cities.at(-1)}`);
      const told = await lastAsked(place);
      for (const city of cities) expect(told).toContain(`rain in ${city}`);
    }
  });

  test('an object that fits its schema, about an image', async () => {
    await place.mock.answer({ reply: { text: JSON.stringify(DANUBE) } });
    const { output_parsed } = await client().parse({
      model,
      input: [
        {
          role: 'user',
          content: [
            { type: 'input_text', text: 'Which river is this?' },
            { type: 'input_image', image_url: image, detail: 'auto' },
          ],
        },
      ],
      text: { format: zodTextFormat(River, 'river') },
    });
    expect(output_parsed).toEqual(DANUBE);
    expect(await lastAsked(place)).toContain(PIXEL);
    expect(await lastAsked(place)).toContain('kilometres');
  });

  test('a conversation goes on from its last response', async () => {
    await place.mock.answer({ match: { turn: 1 }, reply: { text: TEXT } });
    await place.mock.answer({ match: { turn: 2 }, reply: { text: 'Yes.' } });
    const { id } = await client().create({ model, input: QUESTION });
    const next = await client().create({ model, input: 'Are you sure?', previous_response_id: id });
    expect(next.output_text).toBe('Yes.');
  });
}

describe('AzureOpenAI, chat completions', () => atEveryEndpoint(chat, false));
describe('AzureOpenAI, Responses', () => atEveryEndpoint(responses));
