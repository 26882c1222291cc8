import Anthropic from '@anthropic-ai/sdk';
import { betaZodTool } from '@anthropic-ai/sdk/helpers/beta/zod';
import { zodOutputFormat } from '@anthropic-ai/sdk/helpers/zod';
import {
  type CallableTool,
  createPartFromFunctionResponse,
  type GenerateContentResponse,
  GoogleGenAI,
  type Part,
} from '@google/genai';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { atEveryEndpoint, callsThenSays, lastAsked, PIXEL, TEXT, THOUGHT, type Place } from './endpoints.ts';

// What the SDKs of Anthropic and Google do beyond one request: loops over tools, chats, parsed objects, accumulated streams.

const River = z.object({ river: z.string(), kilometres: z.number().int() });
const DANUBE = { river: 'Danube', kilometres: 2850 };
const CITIES = [[['Oslo']], [['Oslo', 'Bergen']]];

async function told(place: Place, cities: readonly string[]): Promise<void> {
  const last = await lastAsked(place);
  for (const city of cities) expect(last).toContain(`rain in ${city}`);
}

function anthropic(place: Place): void {
  const model = 'claude-sonnet-4-6';
  const client = () => new Anthropic({ baseURL: place.url, apiKey: 'key', maxRetries: 0, logLevel: 'off' });
  const user = (content: string) => ({ role: 'user' as const, content });

  test.each(CITIES)('the runner of tools, over %j', async (cities) => {
    const asked: string[] = [];
    const weather = betaZodTool({
      name: 'get_weather',
      description: 'Weather of a city',
      inputSchema: z.object({ city: z.string() }),
      run: ({ city }) => {
        asked.push(city);
        return `rain in ${city}`;
      },
    });
    for (const stream of [false, true]) {
      await place.mock.reset();
      await callsThenSays(place, 'get_weather', ...cities);
      const request = {
        model,
        max_tokens: 4000,
        messages: [user('How is the weather?')],
        tools: [weather],
        thinking: { type: 'enabled' as const, budget_tokens: 2000 },
      };
      const runner = client().beta.messages.toolRunner({ ...request, stream });
      const { content, stop_reason } = await runner.runUntilDone();
      expect(stop_reason).toBe('end_turn');
      expect(content.at(-1)).toMatchObject({ text: expect.stringContaining(`rain in ${cities.at(-1)}`) as string });
      await told(place, cities);
    }
    expect(asked).toEqual([...cities, ...cities]);
  });

  test('a parsed object, about an image', async () => {
    await place.mock.answer({ reply: { text: JSON.stringify(DANUBE) } });
    const { parsed_output } = await client().messages.parse({
      model,
      max_tokens: 500,
      messages: [
        {
          role: 'user',
          content: [
            { type: 'image', source: { type: 'base64', media_type: 'image/png', data: PIXEL } },
            { type: 'text', text: 'Which river is this?' },
          ],
        },
      ],
      output_config: { format: zodOutputFormat(River) },
    });
    expect(parsed_output).toEqual(DANUBE);
    expect(await lastAsked(place)).toContain(PIXEL);
  });

  test('the events of a stream: thoughts, then the text, piece by piece', async () => {
    await place.mock.answer({ reply: { reasoning: THOUGHT, text: TEXT } });
    const stream = client().messages.stream({
      model,
      max_tokens: 4000,
      system: [{ type: 'text', text: 'Be brief.', cache_control: { type: 'ephemeral' } }],
      messages: [user('Where does the Danube rise?')],
      thinking: { type: 'enabled', budget_tokens: 2000 },
    });
    const pieces: string[] = [];
    const thoughts: string[] = [];
    stream.on('text', (piece) => pieces.push(piece)).on('thinking', (piece) => thoughts.push(piece));
    const { stop_reason, usage } = await stream.finalMessage();
    expect(pieces.join('')).toBe(TEXT);
    expect(pieces.length).toBeGreaterThan(1);
    if (place.showsThoughts) expect(thoughts.join('')).toBe(THOUGHT);
    expect(stop_reason).toBe('end_turn');
    expect(usage.input_tokens).toBeGreaterThan(5);
    expect(await lastAsked(place)).toContain('Be brief.');
  });

  test('tokens are counted', async () => {
    const { input_tokens } = await client().messages.countTokens({ model, messages: [user(TEXT)] });
    expect(input_tokens).toBeGreaterThan(100);
  });
}

/** The getter of the SDK warns of calls among the texts. */
function said({ candidates }: GenerateContentResponse): string {
  const parts = candidates?.[0]?.content?.parts ?? [];
  return parts.map(({ text, thought }) => (thought === true ? '' : (text ?? ''))).join('');
}

function gemini(place: Place): void {
  const model = 'gemini-2.5-flash';
  const client = () => new GoogleGenAI({ apiKey: 'key', httpOptions: { baseUrl: place.url } });

  test.each(CITIES)('automatic function calling, over %j', async (cities) => {
    const asked: unknown[] = [];
    const weather: CallableTool = {
      tool: async () => ({
        functionDeclarations: [
          {
            name: 'get_weather',
            description: 'Weather of a city',
            parametersJsonSchema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
          },
        ],
      }),
      callTool: async (calls) =>
        calls.map(({ id, name, args }): Part => {
          asked.push(args?.['city']);
          return createPartFromFunctionResponse(id ?? '', name ?? '', { result: `rain in ${String(args?.['city'])}` });
        }),
    };
    await callsThenSays(place, 'get_weather', ...cities);
    const request = {
      model,
      contents: 'How is the weather?',
      config: { tools: [weather], thinkingConfig: { includeThoughts: true, thinkingBudget: 2000 } },
    };
    const whole = await client().models.generateContent(request);
    expect(whole.text).toContain(`rain in ${cities.at(-1)}`);
    await told(place, cities);

    await place.mock.reset();
    await callsThenSays(place, 'get_weather', ...cities);
    let text = '';
    for await (const piece of await client().models.generateContentStream(request)) text += said(piece);
    expect(text).toBe(whole.text);
    expect(asked).toEqual([...cities, ...cities]);
  });

  test('an object that fits its schema, about an image', async () => {
    await place.mock.answer({ reply: { text: JSON.stringify(DANUBE) } });
    const { text } = await client().models.generateContent({
      model,
      contents: [{ inlineData: { mimeType: 'image/png', data: PIXEL } }, { text: 'Which river is this?' }],
      config: { responseMimeType: 'application/json', responseJsonSchema: z.toJSONSchema(River) },
    });
    expect(JSON.parse(text ?? '')).toEqual(DANUBE);
    expect(await lastAsked(place)).toContain(PIXEL);
    expect(await lastAsked(place)).toContain('kilometres');
  });

  test('a chat goes on, streamed', async () => {
    await place.mock.answer({ match: { turn: 1 }, reply: { reasoning: THOUGHT, text: TEXT } });
    await place.mock.answer({ match: { turn: 2 }, reply: { text: 'Yes.' } });
    const chat = client().chats.create({
      model,
      config: { systemInstruction: 'Be brief.', thinkingConfig: { includeThoughts: true } },
    });
    const pieces: string[] = [];
    const thoughts: string[] = [];
    for await (const { text, candidates } of await chat.sendMessageStream({ message: 'Where does the Danube rise?' })) {
      if (text !== undefined && text !== '') pieces.push(text);
      for (const part of candidates?.[0]?.content?.parts ?? [])
        if (part.thought === true) thoughts.push(part.text ?? '');
    }
    expect(pieces.join('')).toBe(TEXT);
    expect(pieces.length).toBeGreaterThan(1);
    if (place.showsThoughts) expect(thoughts.join('')).toBe(THOUGHT);
    expect((await chat.sendMessage({ message: 'Are you sure?' })).text).toBe('Yes.');
    const last = await lastAsked(place);
    expect(last).toContain('Be brief.');
    expect(last).toContain('Where does the Danube rise?');
    expect(last).toContain('ends in the Black Sea.');
  });

  test('tokens are counted', async () => {
    const { totalTokens } = await client().models.countTokens({ model, contents: TEXT });
    expect(totalTokens).toBeGreaterThan(100);
  });
}

describe('@anthropic-ai/sdk', () => atEveryEndpoint(anthropic));
describe('@google/genai', () => atEveryEndpoint(gemini));
