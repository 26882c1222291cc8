import type { ResponseInput, ResponseInputItem } from 'openai/resources/responses/responses';
import { expect, test } from 'vitest';
import { judged } from './judged.ts';
import { bedForFile } from './bed.ts';

const bed = judged(bedForFile());
const model = 'gpt-4o';
const story = [
  { role: 'user' as const, content: 'My name is Ada.' },
  { role: 'assistant' as const, content: 'Nice to meet you, Ada. '.repeat(20) },
  { role: 'user' as const, content: 'What is my name?' },
];

test('a conversation is shortened to the user’s messages and one sealed item', async () => {
  const compaction = await bed.client().responses.compact({ model, input: story });
  expect(compaction.object).toBe('response.compaction');
  expect(compaction.output).toMatchObject([
    { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'My name is Ada.' }] },
    { type: 'message', role: 'user' },
    { type: 'compaction', encrypted_content: expect.stringMatching(/^gAAAAA/) },
  ]);
  expect(compaction.output.at(-1)!.id).toMatch(/^cmp_/);
  const { usage } = compaction;
  expect(usage.total_tokens).toBe(usage.input_tokens + usage.output_tokens);
});

test('what was shortened is read back: it counts in the request that carries it', async () => {
  const { responses } = bed.client();
  const { output } = await responses.compact({ model, input: story });
  const [first, second, sealed] = output;
  const input = [first, second] as unknown as ResponseInput;
  const without = await responses.create({ model, input });
  const withIt = await responses.create({ model, input: [...input, sealed as unknown as ResponseInputItem] });
  expect(withIt.usage!.input_tokens).toBeGreaterThan(without.usage!.input_tokens + 50);
});

test('the history of a previous response is shortened too; what is unknown or empty is refused', async () => {
  const { responses } = bed.client();
  const first = await responses.create({ model, input: 'What is 2+2?' });
  const { output } = await responses.compact({ model, previous_response_id: first.id });
  expect(output).toMatchObject([{ content: [{ text: 'What is 2+2?' }] }, { type: 'compaction' }]);
  await expect(responses.compact({ model, previous_response_id: 'resp_none' })).rejects.toMatchObject({
    code: 'previous_response_not_found',
  });
  await expect(responses.compact({ model })).rejects.toMatchObject({ param: 'input' });
});
