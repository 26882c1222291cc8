import { createOpenAI } from '@ai-sdk/openai';
import { HumanMessage } from '@langchain/core/messages';
import type { BaseMessage, ToolMessage } from '@langchain/core/messages';
import { tool as langchainTool } from '@langchain/core/tools';
import { ChatOpenAI } from '@langchain/openai';
import { Agent, OpenAIProvider, Runner, tool as agentTool } from '@openai/agents';
import { generateText, isStepCount, tool as aiTool } from 'ai';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { inBothPlaces, type Suite } from './places.ts';

// What agents ask of a provider without a word of configuration: the right tool, its arguments, an end.

const City = z.object({ city: z.string() });
const Pair = z.object({ a: z.number(), b: z.number() });
const Answer = z.object({ answer: z.string() });

const weatherOf = ({ city }: z.infer<typeof City>): string => `sunny in ${city}`;
const multiplied = ({ a, b }: z.infer<typeof Pair>): string => String(a * b);

/** Question, calls in their order, words of the last answer. */
const QUESTIONS = [
  ['What is the weather in Paris?', ['get_weather {"city":"Paris"}'], 'sunny in Paris'],
  ['What is 12 times 7?', ['multiply {"a":12,"b":7}'], '84'],
  [
    'How is the weather in Oslo and in Rome?',
    ['get_weather {"city":"Oslo"}', 'get_weather {"city":"Rome"}'],
    'sunny in Rome',
  ],
  [
    'How is the weather in Oslo, and what is 6 times 7?',
    ['get_weather {"city":"Oslo"}', 'multiply {"a":6,"b":7}'],
    '42',
  ],
  ['Hello, how are you?', [], 'Hello, how are you?'],
] as const;

const aiSdk =
  (chat: boolean): Suite =>
  (baseURL) => {
    const provider = createOpenAI({ baseURL, apiKey: 'sk-test' });
    const model = chat ? provider.chat('gpt-4o-mini') : provider.responses('gpt-5-mini');
    const tools = {
      get_weather: aiTool({ description: 'Weather of a city', inputSchema: City, execute: weatherOf }),
      multiply: aiTool({ description: 'Multiplies two numbers', inputSchema: Pair, execute: multiplied }),
    };

    test.each(QUESTIONS)('%s', async (prompt, calls, words) => {
      const { steps, text } = await generateText({ model, maxRetries: 0, tools, stopWhen: isStepCount(8), prompt });
      const made = steps.flatMap(({ toolCalls }) =>
        toolCalls.map((call) => `${call.toolName} ${JSON.stringify(call.input)}`),
      );
      expect(made.toSorted()).toEqual([...calls].toSorted());
      expect(steps.length).toBe(calls.length === 0 ? 1 : 2);
      expect(text).toContain(words);
    });

    test('a tool that has to be called takes the answer last', async () => {
      const final = aiTool({ description: 'Takes the final answer', inputSchema: Answer });
      const { steps } = await generateText({
        model,
        maxRetries: 0,
        tools: { ...tools, final_answer: final },
        toolChoice: 'required',
        stopWhen: isStepCount(8),
        prompt: 'What is the weather in Paris?',
      });
      expect(steps.map(({ toolCalls }) => toolCalls[0]?.toolName)).toEqual(['get_weather', 'final_answer']);
      expect(steps.at(-1)!.toolCalls[0]!.input).toEqual({
        answer: expect.stringContaining('sunny in Paris') as string,
      });
    });
  };

interface Invoked {
  invoke(call: object): Promise<ToolMessage>;
}

const langchain =
  (useResponsesApi: boolean): Suite =>
  (baseURL) => {
    const model = new ChatOpenAI({
      model: 'gpt-4o-mini',
      apiKey: 'sk-test',
      maxRetries: 0,
      useResponsesApi,
      configuration: { baseURL },
    });
    const tools = [
      langchainTool(weatherOf, { name: 'get_weather', description: 'Weather of a city', schema: City }),
      langchainTool(multiplied, { name: 'multiply', description: 'Multiplies two numbers', schema: Pair }),
    ];

    test.each(QUESTIONS)('%s', async (question, calls, words) => {
      const bound = model.bindTools(tools);
      const messages: BaseMessage[] = [new HumanMessage(question)];
      const made: string[] = [];
      for (let step = 0; step < 8; step += 1) {
        const said = await bound.invoke(messages);
        messages.push(said);
        if (said.tool_calls === undefined || said.tool_calls.length === 0) break;
        for (const call of said.tool_calls) {
          made.push(`${call.name} ${JSON.stringify(call.args)}`);
          const known = tools.find(({ name }) => name === call.name) as unknown as Invoked;
          messages.push(await known.invoke(call));
        }
      }
      expect(made.toSorted()).toEqual([...calls].toSorted());
      expect(messages.at(-1)!.text).toContain(words);
    });
  };

const agents =
  (useResponses: boolean): Suite =>
  (baseURL) => {
    const modelProvider = new OpenAIProvider({ apiKey: 'sk-test', baseURL, useResponses });
    // Traces would be sent to the provider itself.
    const runner = new Runner({ modelProvider, tracingDisabled: true });
    const model = 'gpt-4o-mini';
    const made: string[] = [];
    const noted =
      <T>(name: string, run: (input: T) => string) =>
      (input: T) => {
        made.push(`${name} ${JSON.stringify(input)}`);
        return run(input);
      };
    const tools = [
      agentTool({
        name: 'get_weather',
        description: 'Weather of a city',
        parameters: City,
        execute: noted('get_weather', weatherOf),
      }),
      agentTool({
        name: 'multiply',
        description: 'Multiplies two numbers',
        parameters: Pair,
        execute: noted('multiply', multiplied),
      }),
    ];

    test.each(QUESTIONS)('%s', async (question, calls, words) => {
      made.length = 0;
      const result = await runner.run(new Agent({ name: 'Helper', model, tools }), question, { maxTurns: 8 });
      expect(made.toSorted()).toEqual([...calls].toSorted());
      expect(result.finalOutput).toContain(words);
    });

    test.each([
      ['I have a question about my invoice', 'Billing'],
      ['My internet is broken, I need technical support', 'Support'],
      ['transfer me to billing', 'Billing'],
      ['Good morning!', 'Triage'],
    ])('%s is a question for %s', async (question, name) => {
      const handoffs = ['Billing', 'Support'].map((one) => new Agent({ name: one, model }));
      const result = await runner.run(Agent.create({ name: 'Triage', model, handoffs }), question, { maxTurns: 8 });
      expect(result.lastAgent?.name).toBe(name);
    });
  };

inBothPlaces((baseURL) => {
  describe('AI SDK over chat completions', () => aiSdk(true)(baseURL));
  describe('AI SDK over responses', () => aiSdk(false)(baseURL));
  describe('LangChain over chat completions', () => langchain(false)(baseURL));
  describe('LangChain over responses', () => langchain(true)(baseURL));
  describe('OpenAI Agents SDK over chat completions', () => agents(false)(baseURL));
  describe('OpenAI Agents SDK over responses', () => agents(true)(baseURL));
});
