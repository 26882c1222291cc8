import { ChatAnthropic } from '@langchain/anthropic';
import type { BaseChatModel } from '@langchain/core/language_models/chat_models';
import {
  AIMessageChunk,
  HumanMessage,
  SystemMessage,
  type AIMessage,
  type BaseMessage,
} from '@langchain/core/messages';
import { tool } from '@langchain/core/tools';
import { ChatGoogleGenerativeAI } from '@langchain/google-genai';
import { ChatOpenAI } from '@langchain/openai';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { atEveryEndpoint, callsThenSays, lastAsked, PIXEL, TEXT, THOUGHT, type Place } from './endpoints.ts';

const River = z.object({ river: z.string(), kilometres: z.number().int() });
const common = { apiKey: 'key', maxRetries: 0 };

interface Provider {
  readonly chat: (url: string) => BaseChatModel;
  /** Thinks, and shows its thoughts; absent where the library shows none. */
  readonly thinking?: (url: string) => BaseChatModel;
  /** Adds the output tokens of `message_start` to those of the end: Anthropic begins with one, the proxy's translation with none. */
  readonly countsStart?: true;
}

const anthropic = (url: string, more: object = {}) =>
  new ChatAnthropic({ ...common, model: 'claude-sonnet-4-6', anthropicApiUrl: url, ...more });
const google = (url: string, more: object = {}) =>
  new ChatGoogleGenerativeAI({ ...common, model: 'gemini-2.5-flash', baseUrl: url, ...more });
const openai = (url: string, useResponsesApi: boolean, more: object = {}) =>
  new ChatOpenAI({ ...common, model: 'gpt-5', useResponsesApi, configuration: { baseURL: `${url}/v1` }, ...more });

const PROVIDERS: Readonly<Record<string, Provider>> = {
  ChatAnthropic: {
    chat: anthropic,
    thinking: (url) => anthropic(url, { maxTokens: 4000, thinking: { type: 'enabled', budget_tokens: 2000 } }),
    countsStart: true,
  },
  ChatGoogleGenerativeAI: {
    chat: google,
    thinking: (url) => google(url, { thinkingConfig: { includeThoughts: true, thinkingBudget: 2000 } }),
  },
  'ChatOpenAI over Responses': {
    chat: (url) => openai(url, true),
    thinking: (url) => openai(url, true, { reasoning: { summary: 'detailed' } }),
  },
  'ChatOpenAI over chat completions': { chat: (url) => openai(url, false) },
};

const weather = tool(({ city }) => `rain in ${city}`, {
  name: 'get_weather',
  description: 'Weather of a city',
  schema: z.object({ city: z.string() }),
});

type Ask = (messages: BaseMessage[]) => Promise<AIMessage | AIMessageChunk>;

const whole =
  (model: BaseChatModel): Ask =>
  async (messages) =>
    model.bindTools!([weather]).invoke(messages);

const streamed =
  (model: BaseChatModel): Ask =>
  async (messages) => {
    let all: AIMessageChunk | undefined;
    for await (const piece of await model.bindTools!([weather]).stream(messages)) all = all?.concat(piece) ?? piece;
    return all!;
  };

/** A question, calls with their results, an answer: all that was said. */
async function loop(place: Place, ask: Ask, cities: readonly string[]): Promise<(AIMessage | AIMessageChunk)[]> {
  await place.mock.reset();
  await callsThenSays(place, 'get_weather', ...cities);
  const messages: BaseMessage[] = [new HumanMessage('How is the weather?')];
  const asking = await ask(messages);
  messages.push(asking);
  for (const call of asking.tool_calls ?? []) messages.push(await weather.invoke(call));
  return [asking, await ask(messages)];
}

/** Whole answers of Google's have no blocks of reasoning: the thoughts stand in the content. */
function thoughtsOf({ content, contentBlocks }: AIMessage | AIMessageChunk): string {
  const blocks = typeof content === 'string' ? [] : content;
  const own = blocks.map((block) => (block.type === 'thinking' ? String(block['thinking']) : '')).join('');
  return own || contentBlocks.map((block) => (block.type === 'reasoning' ? block.reasoning : '')).join('');
}

const suite =
  ({ chat, thinking, countsStart }: Provider) =>
  (place: Place): void => {
    const model = () => chat(place.url);

    test('a text and its usage', async () => {
      await place.mock.answer({ reply: { text: TEXT } });
      const messages = [new SystemMessage('Be brief.'), new HumanMessage('Where does the Danube rise?')];
      const answer = (await model().invoke(messages)) as AIMessage;
      expect(answer.text).toBe(TEXT);
      expect(answer.usage_metadata?.input_tokens).toBeGreaterThan(5);
      expect(answer.usage_metadata?.output_tokens).toBeGreaterThan(10);
      expect(await lastAsked(place)).toContain('Be brief.');

      const pieces: AIMessageChunk[] = [];
      for await (const piece of await model().stream(messages)) pieces.push(piece);
      const said = pieces.map(({ text }) => text).filter((text) => text !== '');
      expect(said.join('')).toBe(TEXT);
      expect(said.length).toBeGreaterThan(1);
      const usage = pieces.reduce((all, piece) => all.concat(piece)).usage_metadata;
      const alreadyCounted = countsStart && (place.endpoint ?? 'Messages') === 'Messages' ? 1 : 0;
      expect(usage!.output_tokens).toBe(answer.usage_metadata!.output_tokens + alreadyCounted);
    });

    test.each([[['Oslo']], [['Oslo', 'Bergen']]])('a tool loop over %j', async (cities) => {
      for (const ask of [whole(model()), streamed(model())]) {
        const [asking, answer] = await loop(place, ask, cities);
        expect(asking!.tool_calls).toMatchObject(cities.map((city) => ({ name: 'get_weather', args: { city } })));
        expect(answer!.text).toContain(`rain in ${cities.at(-1)}`);
        const told = await lastAsked(place);
        for (const city of cities) expect(told).toContain(`rain in ${city}`);
      }
    });

    test.each(['functionCalling', 'jsonSchema'] as const)('an object that fits its schema, by %s', async (method) => {
      const structured = model().withStructuredOutput(River, { name: 'river', method });
      expect(River.safeParse(await structured.invoke('How long is the Danube?')).error).toBeUndefined();
      expect(await lastAsked(place)).toContain('kilometres');
    });

    test('an image reaches the endpoint', async () => {
      await place.mock.answer({ reply: { text: 'Red.' } });
      const message = new HumanMessage({
        content: [
          { type: 'text', text: 'Which colour is this?' },
          { type: 'image_url', image_url: { url: `data:image/png;base64,${PIXEL}` } },
        ],
      });
      expect((await model().invoke([message])).text).toBe('Red.');
      expect(await lastAsked(place)).toContain(PIXEL);
    });

    test.skipIf(thinking === undefined)('thoughts are shown, and given back in a tool loop', async () => {
      const thinker = thinking!(place.url);
      for (const ask of [whole(thinker), streamed(thinker)]) {
        const [asking, answer] = await loop(place, ask, ['Oslo']);
        if (place.showsThoughts) expect(thoughtsOf(asking!)).toBe(THOUGHT);
        expect(answer!.text).toContain('rain in Oslo');
      }
    });
  };

for (const [name, provider] of Object.entries(PROVIDERS)) {
  describe(`LangChain, ${name}`, () => atEveryEndpoint(suite(provider), name !== 'ChatOpenAI over chat completions'));
}
