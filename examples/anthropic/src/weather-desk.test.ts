import Anthropic from '@anthropic-ai/sdk';
import { mock } from 'llmproxy/vitest';
import { beforeEach, expect, test } from 'vitest';
import { answer } from './weather-desk.ts';

beforeEach(() => mock().reset());

test('the weather is looked up, and what the tool said is answered', async () => {
  expect(await answer('How is the weather in Oslo?', (city) => `${city}: 4 degrees, rain`)).toContain(
    '4 degrees, rain',
  );
  expect((await mock().requests()).map(({ operation }) => operation)).toEqual(['messages', 'messages']);
});

test('the mock says what a test tells it to say', async () => {
  await mock().answer({ match: { text: 'skiing' }, reply: 'Wait for January.' });
  expect(await answer('When can I go skiing?', () => '')).toBe('Wait for January.');
});

test('an overloaded provider is met with one more try, as the SDK does', async () => {
  await mock().fault({ times: 1, fault: { kind: 'status', status: 529 } });
  expect(await answer('What is the capital of France?', () => '')).toBe('Paris');
});

test('a bad request is the error that the SDK knows', async () => {
  await mock().fault({ times: 1, fault: { kind: 'status', status: 400 } });
  await expect(answer('Hello', () => '')).rejects.toBeInstanceOf(Anthropic.BadRequestError);
});
