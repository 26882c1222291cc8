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
