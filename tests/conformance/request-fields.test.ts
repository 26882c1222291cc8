import { expect, test } from 'vitest';
import { judged } from './judged.ts';
import { bedForFile } from './bed.ts';

const bed = judged(bedForFile({ strictness: 'openai' }));
const model = 'gpt-4o-mini';
const input = 'What is 2+2?';
const messages = [{ role: 'user' as const, content: input }];

test('a response shows the fields that change nothing else', async () => {
  const fields = {
    top_p: 0.5,
    safety_identifier: 'ada',
    prompt: { id: 'pmpt_1', version: '2', variables: { name: 'Ada' } },
    prompt_cache_options: { mode: 'explicit', ttl: '30m' },
  } as const;
  const response = await bed.client().responses.create({ model, input, ...fields });
  expect(response).toMatchObject({ ...fields, output_text: '4' });
});

test('a response takes context management and answers as without it', async () => {
  const context_management = [{ type: 'compaction', compact_threshold: 1000 }];
  const response = await bed.client().responses.create({ model, input, context_management });
  expect(response.output_text).toBe('4');
});

test('a chat completion takes the fields that change nothing and answers as without them', async () => {
  const fields = {
    top_p: 0.5,
    frequency_penalty: 1,
    presence_penalty: -1,
    user: 'ada',
    safety_identifier: 'ada',
    prompt_cache_options: { mode: 'explicit' },
  } as const;
  const { choices } = await bed.client().chat.completions.create({ model, messages, ...fields });
  expect(choices[0]?.message.content).toBe('4');
});

test('a chat completion says which tier served it', async () => {
  const { completions } = bed.client().chat;
  const served = async (service_tier: 'auto' | 'flex'): Promise<unknown> =>
    (await completions.create({ model, messages, service_tier })).service_tier;
  expect([await served('auto'), await served('flex')]).toEqual(['default', 'flex']);
});
