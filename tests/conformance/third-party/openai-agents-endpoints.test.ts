import { Agent, OpenAIProvider, Runner, tool } from '@openai/agents';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { atEveryEndpoint, callsThenSays, lastAsked, TEXT, type Place } from './endpoints.ts';

const River = z.object({ river: z.string(), kilometres: z.number().int() });
const DANUBE = { river: 'Danube', kilometres: 2850 };
const model = 'gpt-5';

const suite =
  (useResponses: boolean) =>
  (place: Place): void => {
    const runner = () =>
      new Runner({
        modelProvider: new OpenAIProvider({ apiKey: 'key', baseURL: `${place.url}/v1`, useResponses }),
        // Traces would be sent to the provider itself.
        tracingDisabled: true,
      });

    test.each([[['Oslo']], [['Oslo', 'Bergen']]])('a run calls its tool for %j', async (cities) => {
      const asked: string[] = [];
      const weather = tool({
        name: 'get_weather',
        description: 'Weather of a city',
        parameters: z.object({ city: z.string() }),
        execute: ({ city }) => {
          asked.push(city);
          return `rain in ${city}`;
        },
      });
      const agent = new Agent({ name: 'Forecaster', instructions: 'Tell the weather.', model, tools: [weather] });
      await callsThenSays(place, 'get_weather', ...cities);
      const whole = await runner().run(agent, 'How is the weather?');
      expect(whole.finalOutput).toContain(`rain in ${cities.at(-1)}`);
      const told = await lastAsked(place);
      for (const part of ['Tell the weather.', ...cities.map((city) => `rain in ${city}`)])
        expect(told).toContain(part);

      await place.mock.reset();
      await callsThenSays(place, 'get_weather', ...cities);
      const streamed = await runner().run(agent, 'How is the weather?', { stream: true });
      await streamed.completed;
      expect(streamed.finalOutput).toBe(whole.finalOutput);
      expect(asked).toEqual([...cities, ...cities]);
    });

    test('a streamed run gives the text piece by piece', async () => {
      await place.mock.answer({ reply: { text: TEXT } });
      const agent = new Agent({ name: 'Geographer', model });
      const run = await runner().run(agent, 'Where does the Danube rise?', { stream: true });
      const pieces: string[] = [];
      for await (const piece of run.toTextStream()) pieces.push(piece);
      await run.completed;
      expect(pieces.join('')).toBe(TEXT);
      expect(pieces.length).toBeGreaterThan(1);
    });

    test('an output type is honoured', async () => {
      await place.mock.answer({ reply: { text: JSON.stringify(DANUBE) } });
      const agent = new Agent({ name: 'Geographer', model, outputType: River });
      expect((await runner().run(agent, 'How long is the Danube?')).finalOutput).toEqual(DANUBE);
      expect(await lastAsked(place)).toContain('kilometres');
    });

    test('a hand-off reaches the other agent', async () => {
      const billing = new Agent({ name: 'Billing', model });
      const first = Agent.create({ name: 'Triage', model, handoffs: [billing] });
      await place.mock.answer({
        match: { turn: 1 },
        reply: { toolCalls: [{ name: 'transfer_to_Billing', arguments: {} }] },
      });
      await place.mock.script([{ match: { toolResultOf: 'transfer_to_Billing' }, answer: 'Billing speaks.' }]);
      const result = await runner().run(first, 'My invoice is wrong.');
      expect([result.lastAgent?.name, result.finalOutput]).toEqual(['Billing', 'Billing speaks.']);
    });
  };

describe('OpenAI Agents SDK over Responses', () => atEveryEndpoint(suite(true)));
describe('OpenAI Agents SDK over chat completions', () => atEveryEndpoint(suite(false)));
