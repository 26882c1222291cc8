import { createOpenAI } from '@ai-sdk/openai';
import { Agent, OpenAIProvider, Runner, tool as agentTool } from '@openai/agents';
import { generateText, isStepCount, type ModelMessage, streamText, tool } from 'ai';
import { describe, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { MODEL, startBed, type Bed } from './bed.ts';

globalThis.AI_SDK_LOG_WARNINGS = false;
const City = z.object({ city: z.string() });
const THINKER = 'gpt-5-mini';

async function bedOf(setting: object): Promise<Bed> {
  const bed = await startBed({
    mocks: 2,
    endpoints: [setting, setting],
    model: { strategy: 'round-robin' },
    moreModels: ([mock]) => ({
      [THINKER]: { endpoints: [{ provider: 'openai', base_url: mock!.baseURL, api_key: 'sk-thinker', ...setting }] },
    }),
  });
  onTestFinished(() => bed[Symbol.asyncDispose]());
  return bed;
}

describe.each([{ responses: 'stateless' }, { api: 'chat' }])('endpoints that keep no responses (%j)', (setting) => {
  test.each([MODEL, THINKER])(
    'Vercel AI SDK: a tool loop, and a second turn that names the items of the first (%s)',
    async (name) => {
      const bed = await bedOf(setting);
      const openai = createOpenAI({ baseURL: `${bed.url}/v1`, apiKey: 'sk-test' });
      const model = openai.responses(name);
      const weather = tool({ description: 'Weather of a city', inputSchema: City, execute: () => 'sunny, 21 degrees' });
      const messages: ModelMessage[] = [{ role: 'user', content: 'What is the weather in Paris?' }];
      const first = await generateText({
        model,
        maxRetries: 0,
        tools: { weather },
        stopWhen: isStepCount(5),
        messages,
      });
      expect(first.text).toContain('sunny, 21 degrees');
      messages.push(...first.response.messages, { role: 'user', content: 'What is the capital of France?' });
      const second = streamText({ model, maxRetries: 0, tools: { weather }, messages });
      await second.consumeStream();
      expect(await second.finishReason).toBe('stop');
      expect(await second.text).not.toBe('');
    },
  );

  test('OpenAI Agents SDK: runs that go on from one another by the id of the last response, or in a conversation', async () => {
    const bed = await bedOf(setting);
    const modelProvider = new OpenAIProvider({ apiKey: 'sk-test', baseURL: `${bed.url}/v1`, useResponses: true });
    const runner = new Runner({ modelProvider, tracingDisabled: true });
    const weather = agentTool({
      name: 'get_weather',
      description: 'Weather of a city',
      parameters: City,
      execute: () => 'sunny, 21 degrees',
    });
    const agent = new Agent({ name: 'Forecaster', instructions: 'Tell the weather.', model: MODEL, tools: [weather] });
    const first = await runner.run(agent, 'What is the weather in Paris?');
    expect(first.finalOutput).toContain('sunny, 21 degrees');
    const next = await runner.run(agent, 'What is 2+2?', { previousResponseId: first.lastResponseId! });
    expect(next.finalOutput).toBe('4');
    const { id } = await bed.client({ apiKey: 'sk-test' }).conversations.create();
    const talk = await runner.run(agent, 'What is the weather in Rome?', { conversationId: id });
    expect(talk.finalOutput).toContain('sunny, 21 degrees');
    const { data } = await bed.client({ apiKey: 'sk-test' }).conversations.items.list(id, { order: 'asc' });
    expect(data.map(({ type }) => type)).toEqual(['message', 'function_call', 'function_call_output', 'message']);
  });
});
