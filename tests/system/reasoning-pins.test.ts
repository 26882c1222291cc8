import Anthropic from '@anthropic-ai/sdk';
import { expect, test } from 'vitest';
import { startMock, type Mock } from '../../mocks/index.ts';
import type { App } from '../../proxy/index.ts';
import { startApp } from './bed.ts';

// Thoughts that an endpoint has signed go back to its account alone: another one gets the conversation without them.

const MODEL = 'thinker';
const TOOL = {
  name: 'get_weather',
  description: 'The weather in a city.',
  input_schema: { type: 'object' as const, properties: { city: { type: 'string' } }, required: ['city'] },
};
const THINKING = { type: 'enabled', budget_tokens: 1_024 } as const;

interface Bed extends AsyncDisposable {
  readonly app: App;
  readonly mocks: readonly [Mock, Mock];
}

async function startBed(routing: object = {}): Promise<Bed> {
  const mocks = [await startMock(), await startMock()] as const;
  const endpoints = mocks.map(({ url }, index) => ({
    provider: 'anthropic',
    name: `e${index}`,
    base_url: url,
    api_key: `sk-ant-${index}`,
    model: 'claude-sonnet-4-5',
  }));
  for (const mock of mocks) {
    await mock.script([
      { match: { toolResultOf: TOOL.name }, answer: 'It rains.' },
      { answer: { reasoning: 'They ask for Oslo.', toolCalls: [{ name: TOOL.name, arguments: { city: 'Oslo' } }] } },
    ]);
  }
  const app = await startApp({
    cache: { enabled: false },
    routing,
    models: { [MODEL]: { strategy: 'round-robin', endpoints } },
  });
  return {
    app,
    mocks,
    async [Symbol.asyncDispose]() {
      await app.close();
      await Promise.all(mocks.map((mock) => mock.close()));
    },
  };
}

function clientOf({ app }: Bed): Anthropic {
  return new Anthropic({ baseURL: app.url, apiKey: 'sk-client', maxRetries: 0 });
}

async function firstTurn(bed: Bed, question = 'How is the weather in Oslo?'): Promise<Anthropic.MessageParam[]> {
  const messages: Anthropic.MessageParam[] = [{ role: 'user', content: question }];
  const request = { model: MODEL, max_tokens: 4_000, tools: [TOOL], thinking: THINKING };
  const { content } = await clientOf(bed).messages.create({ ...request, messages });
  expect(content.map(({ type }) => type)).toEqual(['thinking', 'tool_use']);
  const [, call] = content as [unknown, Anthropic.ToolUseBlock];
  return [
    ...messages,
    { role: 'assistant', content },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: call.id, content: 'rain' }] },
  ];
}

function secondTurn(bed: Bed, messages: Anthropic.MessageParam[]) {
  const request = { model: MODEL, max_tokens: 4_000, tools: [TOOL], thinking: THINKING, messages };
  return clientOf(bed).messages.create(request).withResponse();
}

const asked = async (mock: Mock) => (await mock.requests()).filter(({ method }) => method === 'POST');

test('a conversation with signed thoughts goes back to who signed them, whatever the strategy', async () => {
  await using bed = await startBed();
  for (const city of ['Oslo', 'Bergen', 'Turku']) {
    const messages = await firstTurn(bed, `How is the weather in ${city}?`);
    const { response } = await secondTurn(bed, messages);
    expect(response.headers.get('x-llmproxy-dropped')).toBeNull();
  }
  for (const mock of bed.mocks) {
    const seen = await asked(mock);
    expect(seen.length % 2).toBe(0);
    expect(seen.map(({ status }) => status)).toEqual(seen.map(() => 200));
  }
});

test('when the signer is gone, another endpoint gets the conversation without what it cannot read, and the answer says so', async () => {
  await using bed = await startBed();
  const messages = await firstTurn(bed);
  const [first] = bed.mocks;
  const [signer, other] = (await asked(first)).length === 1 ? bed.mocks : [bed.mocks[1], bed.mocks[0]];
  await signer.answer({ reply: { error: { status: 500 } } });
  const { data, response } = await secondTurn(bed, messages);
  expect(data.content.at(-1)).toMatchObject({ type: 'text', text: 'It rains.' });
  expect(response.headers.get('x-llmproxy-dropped')).toContain('reasoning');
  const [seen] = await asked(other);
  expect(seen?.status).toBe(200);
  expect(JSON.stringify(seen?.body)).not.toContain('signature');
  expect(JSON.stringify(seen?.body)).not.toContain('They ask for Oslo');
  expect(JSON.stringify(seen?.body)).toContain('rain');
});

test('with routing.translation: strict no endpoint but the signer is asked', async () => {
  await using bed = await startBed({ translation: 'strict' });
  const messages = await firstTurn(bed);
  const [first] = bed.mocks;
  const [signer, other] = (await asked(first)).length === 1 ? bed.mocks : [bed.mocks[1], bed.mocks[0]];
  await signer.answer({ reply: { error: { status: 500 } } });
  await expect(secondTurn(bed, messages)).rejects.toThrow();
  expect(await asked(other)).toEqual([]);
});
