import { mock } from 'llmproxy/vitest';
import { beforeEach, expect, test } from 'vitest';
import { answer } from './support-desk.ts';

beforeEach(() => mock().reset());

async function pieces(question: string): Promise<string[]> {
  const said: string[] = [];
  for await (const piece of answer(question)) if (piece !== '') said.push(piece);
  return said;
}

test('a question is answered with the passage that fits, piece by piece', async () => {
  const said = await pieces('How do I return my purchase for a refund?');
  expect(said.join('')).toContain('within 30 days');
  expect(said.length).toBeGreaterThan(3);
});

test('an order is looked up by its number', async () => {
  expect((await pieces('What is the status of order A-17?')).join('')).toContain('A-17: shipped');
});

test('a greeting needs no tool', async () => {
  await pieces('Hello!');
  expect(await mock().requests()).toHaveLength(1);
});
