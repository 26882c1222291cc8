import { mock } from 'llmproxy/vitest';
import { BadRequestError } from 'openai';
import { beforeEach, expect, test } from 'vitest';
import { ask, placesToLookUp, tell } from './travel-guide.ts';

beforeEach(() => mock().reset());

test('a question is answered', async () => {
  expect(await ask('What is the capital of France?')).toBe('Paris');
});

test('an answer arrives in pieces', async () => {
  const pieces: string[] = [];
  for await (const piece of tell('Count from 1 to 5')) pieces.push(piece);
  expect(pieces.length).toBeGreaterThan(1);
  expect(pieces.join('')).toBe('1\n2\n3\n4\n5');
});

test('the mock says what a test tells it to say', async () => {
  await mock().answer({
    match: { text: 'sunny' },
    reply: { toolCalls: [{ name: 'weather', arguments: { place: 'Lisbon' } }] },
  });
  expect(await placesToLookUp('Where is it sunny today?')).toEqual(['Lisbon']);
});

test('the application sends the model and the question, and nothing of the user', async () => {
  await ask('What is the capital of France?');
  const [request] = await mock().requests();
  expect(request?.body).toEqual({
    model: 'gpt-4o-mini',
    messages: [{ role: 'user', content: 'What is the capital of France?' }],
  });
});

test('an overloaded provider is met with one more try', async () => {
  await mock().fault({ times: 1, fault: { kind: 'status', status: 503 } });
  expect(await ask('What is the capital of France?')).toBe('Paris');
  expect(await mock().requests()).toHaveLength(2);
});

test('a bad request is the error that the SDK knows', async () => {
  await mock().fault({ times: 1, fault: { kind: 'status', status: 400 } });
  await expect(ask('Hello')).rejects.toBeInstanceOf(BadRequestError);
});
