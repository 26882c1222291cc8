import { expect, test } from 'vitest';
import { askedText, factsOf, takeTestDelay } from './facts.ts';

test.each([
  [
    {
      messages: [
        { role: 'system', content: 's' },
        { role: 'user', content: 'one' },
        { role: 'assistant', content: 'a' },
      ],
    },
    'one',
  ],
  [
    {
      messages: [
        { role: 'user', content: 'one' },
        { role: 'user', content: [{ type: 'text', text: 'two' }, { type: 'image_url' }] },
      ],
    },
    'two',
  ],
  [{ input: 'ask' }, 'ask'],
  [{ input: 'ask', instructions: 'be brief' }, 'be brief\nask'],
  [{ input: [{ role: 'user', content: [{ type: 'input_text', text: 'ask' }] }, { type: 'function_call' }] }, 'ask'],
  [{ prompt: 'go on' }, 'go on'],
  [{ messages: 'wrong' }, ''],
  [{ messages: [null, 3] }, ''],
  [undefined, ''],
  ['text', ''],
])('the text that was asked in %j', (body, text) => {
  expect(askedText(body)).toBe(text);
});

test('facts take the model and the stream flag from the body, or the flag from the query', () => {
  const parts = { operation: 'responses', headers: {}, query: new URLSearchParams() };
  expect(factsOf({ ...parts, body: { model: 'm', stream: true } })).toMatchObject({ model: 'm', stream: true });
  expect(factsOf({ ...parts, body: { model: 7, stream: 'yes' } })).toMatchObject({ model: undefined, stream: false });
  expect(factsOf({ ...parts, query: new URLSearchParams('stream=true'), body: undefined }).stream).toBe(true);
});

test('the test delay is taken out of the body, also when it cannot be used', () => {
  expect(takeTestDelay({ model: 'm', test_delay_ms: 20 })).toEqual({ body: { model: 'm' }, delayMs: 20 });
  expect(takeTestDelay({ model: 'm', test_delay_ms: 'x' })).toEqual({ body: { model: 'm' }, delayMs: undefined });
  expect(takeTestDelay([1])).toEqual({ body: [1], delayMs: undefined });
});
