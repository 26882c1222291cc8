import { Agent, OpenAIProvider, Runner, tool } from '@openai/agents';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { inBothPlaces, type Suite } from './places.ts';

const City = z.object({ city: z.string() });

function agentWith(asked: string[]): Agent {
  const weather = tool({
    name: 'get_weather',
    description: 'Weather of a city',
    parameters: City,
    execute: ({ city }) => {
      asked.push(city);
      return 'sunny, 21 degrees';
    },
  });
  return new Agent({ name: 'Forecaster', instructions: 'Tell the weather.', model: 'gpt-4o-mini', tools: [weather] });
}

function suite(useResponses: boolean): Suite {
  return (baseURL) => {
    const modelProvider = new OpenAIProvider({ apiKey: 'sk-test', baseURL, useResponses });
    // Traces would be sent to the provider itself.
    const runner = new Runner({ modelProvider, tracingDisabled: true });

    test('a run calls its tool once and ends with a text about its answer', async () => {
      const asked: string[] = [];
      const result = await runner.run(agentWith(asked), 'What is the weather in Paris?');
      expect(result.finalOutput).toContain('sunny, 21 degrees');
      expect(result.newItems.map(({ type }) => type)).toEqual([
        'tool_call_item',
        'tool_call_output_item',
        'message_output_item',
      ]);
      expect(asked).toHaveLength(1);
    });

    test('a streamed run gives the text piece by piece', async () => {
      const agent = new Agent({ name: 'Counter', model: 'gpt-4o-mini' });
      const result = await runner.run(agent, 'Count from 1 to 5', { stream: true });
      const pieces: string[] = [];
      for await (const piece of result.toTextStream()) pieces.push(piece);
      await result.completed;
      expect(pieces.join('')).toBe('1\n2\n3\n4\n5');
      expect(pieces.length).toBeGreaterThan(3);
      expect(result.finalOutput).toBe('1\n2\n3\n4\n5');
    });

    test('a streamed run calls its tool, too', async () => {
      const asked: string[] = [];
      const result = await runner.run(agentWith(asked), 'What is the weather in Rome?', { stream: true });
      await result.completed;
      expect(result.finalOutput).toContain('sunny, 21 degrees');
      expect(asked).toHaveLength(1);
    });

    test('an output type is honoured', async () => {
      const agent = new Agent({ name: 'Recorder', model: 'gpt-4o-mini', outputType: City });
      const result = await runner.run(agent, 'a city');
      expect(City.safeParse(result.finalOutput).success).toBe(true);
    });

    test('a hand-off reaches the other agent', async () => {
      const other = new Agent({ name: 'Historian', handoffDescription: 'Knows history', model: 'gpt-4o-mini' });
      const first = Agent.create({ name: 'Triage', model: 'gpt-4o-mini', handoffs: [other] });
      const result = await runner.run(first, 'Who was the first king in the history of France?');
      expect(result.lastAgent?.name).toBe('Historian');
      expect(result.finalOutput).not.toBe('');
    });
  };
}

inBothPlaces((baseURL) => {
  describe('OpenAI Agents SDK over responses', () => suite(true)(baseURL));
  describe('OpenAI Agents SDK over chat completions', () => suite(false)(baseURL));
});
