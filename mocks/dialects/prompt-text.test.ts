import { expect, test } from 'vitest';
import { promptText } from './prompt-text.ts';

test.each([
  [
    {
      messages: [
        { role: 'user', content: 'a' },
        { role: 'assistant', content: 'b' },
        { role: 'user', content: 'c' },
      ],
    },
    'c',
  ],
  [
    {
      messages: [
        { role: 'user', content: [{ type: 'text', text: 'a' }, { type: 'image_url' }, { type: 'text', text: 'b' }] },
      ],
    },
    'a\nb',
  ],
  [{ input: 'hello' }, 'hello'],
  [{ input: [{ role: 'user', content: [{ type: 'input_text', text: 'a' }] }, { type: 'reasoning' }] }, 'a'],
  [{ input: ['a', 'b'] }, 'a\nb'],
  [{ prompt: 'once' }, 'once'],
  [{ input: 7 }, ''],
  ['nonsense', ''],
])('the text of %j is %j', (body, text) => {
  expect(promptText(body)).toBe(text);
});
