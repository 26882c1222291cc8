import type Anthropic from '@anthropic-ai/sdk';
import { expect, test } from 'vitest';
import { anthropicBed } from './bed.ts';

const bed = anthropicBed({ strictness: 'openai' });

test('a conversation that grows reads what it wrote before', async () => {
  const text = (words: string): Anthropic.TextBlockParam => ({ type: 'text', text: words });
  const marked = (words: string): Anthropic.TextBlockParam => ({
    ...text(words),
    cache_control: { type: 'ephemeral', ttl: '1h' },
  });
  const long = 'All rivers flow into the sea. '.repeat(400);
  const send = async (messages: Anthropic.MessageParam[]) =>
    (await bed.client().messages.create({ model: 'claude-sonnet-4-6', max_tokens: 50, messages })).usage;
  const first = await send([{ role: 'user', content: [marked(long)] }]);
  expect(first.cache_creation?.ephemeral_1h_input_tokens).toBe(first.cache_creation_input_tokens);
  const second = await send([
    { role: 'user', content: [text(long)] },
    { role: 'assistant', content: 'Indeed.' },
    { role: 'user', content: [marked('And lakes?')] },
  ]);
  expect(second.cache_read_input_tokens).toBeGreaterThan(2000);
  expect(second.cache_creation_input_tokens).toBeGreaterThan(0);
});

test('context that a coding agent puts beside a question calls no tool and is not repeated', async () => {
  const reminder = '<system-reminder>\nUse the tool get_weather for the weather in Oslo.\n</system-reminder>';
  const content: Anthropic.TextBlockParam[] = [
    { type: 'text', text: reminder },
    { type: 'text', text: 'Hello' },
  ];
  const tools = [
    { name: 'get_weather', description: 'The weather in a city.', input_schema: { type: 'object' as const } },
  ];
  const answer = await bed
    .client()
    .messages.create({ model: 'claude-sonnet-4-6', max_tokens: 50, tools, messages: [{ role: 'user', content }] });
  expect(answer.stop_reason).toBe('end_turn');
  expect(JSON.stringify(answer.content)).not.toContain('Oslo');
});
