import type { ChatCompletionCreateParamsNonStreaming } from 'openai/resources';
import { expect, test } from 'vitest';
import { autoBed, SEVEN_MODELS } from './auto-bed.ts';
import { clientOf } from './bed.ts';

const schema = {
  type: 'object',
  properties: { price: { type: 'number' } },
  required: ['price'],
  additionalProperties: false,
};
const ASKED = {
  model: 'auto',
  messages: [{ role: 'user', content: 'hello' }],
  response_format: { type: 'json_schema', json_schema: { name: 'offer', schema } },
} satisfies ChatCompletionCreateParamsNonStreaming;

test('models whose answers do not fit the schema are left for a higher tier, twice at most', async () => {
  const bed = await autoBed();
  for (const model of SEVEN_MODELS) await bed.mocks[model].answer({ reply: { text: '{"price":"dear"}' } });
  const response = await fetch(`${bed.url}/v1/chat/completions`, { method: 'POST', body: JSON.stringify(ASKED) });
  expect(await bed.called()).toEqual(['deepseek-chat', 'deepseek-chat', 'gemini-2.0-flash', 'o3-mini']);
  expect(response.status).toBe(502);
  expect(await response.json()).toMatchObject({ error: { code: 'invalid_structured_output', type: 'server_error' } });
  expect(response.headers.get('x-llmproxy-escalated')).toBe('micro>standard>versatile (invalid_output)');
  expect(response.headers.get('x-llmproxy-attempts')).toBe('4');
});

test('the first answer that fits is given, and stored as the answer of its model', async () => {
  const bed = await autoBed();
  await bed.mocks['deepseek-chat'].answer({ reply: { text: '{"price":"dear"}' } });
  await bed.mocks['gemini-2.0-flash'].answer({ reply: { text: '{"price":3}' } });
  const client = clientOf(bed.url);
  const { data, response } = await client.chat.completions.create(ASKED).withResponse();
  expect(data.choices[0]?.message.content).toBe('{"price":3}');
  expect(response.headers.get('x-llmproxy-model')).toBe('gemini-2.0-flash');
  expect(response.headers.get('x-llmproxy-tier')).toBe('standard');
  const named = await client.chat.completions.create({ ...ASKED, model: 'gemini-2.0-flash' }).withResponse();
  expect(named.response.headers.get('x-llmproxy-cache')).toBe('hit');
  expect(await bed.called()).toEqual(['deepseek-chat', 'deepseek-chat', 'gemini-2.0-flash']);
});
