import { expect, test } from 'vitest';
import type { JsonObject } from '../core/json.ts';
import { promptPrefix } from './prompt-prefix.ts';
import type { RequestFamily } from './shapes.ts';

const TOOL = { type: 'function', function: { name: 'find', description: 'finds' } };

test.each<[RequestFamily, JsonObject, string]>([
  [
    'chat',
    {
      messages: [
        { role: 'system', content: 'be kind' },
        { role: 'user', content: [{ type: 'text', text: 'hello' }] },
      ],
      tools: [TOOL],
    },
    'function\nfind\nfinds\nsystem\nbe kind\nuser\ntext\nhello',
  ],
  ['responses', { input: 'hello', instructions: 'be kind' }, 'be kind\nhello'],
  ['messages', { messages: [{ role: 'user', content: 'hello' }], system: 'be kind' }, 'be kind\nuser\nhello'],
  [
    'gemini',
    { contents: [{ role: 'user', parts: [{ text: 'hello' }] }], system_instruction: { parts: [{ text: 'be kind' }] } },
    'be kind\nuser\nhello',
  ],
])('the text of %s, instructions and tools first', (family, body, prefix) => {
  expect(promptPrefix(family, body)).toBe(prefix);
});

test('pictures are left out, and so is what is no part of the prompt', () => {
  const image = { type: 'image_url', image_url: { url: 'https://example.com/a.png' } };
  const body = { model: 'auto', user: 'ada', messages: [{ role: 'user', content: [image] }] };
  expect(promptPrefix('chat', body)).toBe('user\nimage_url');
});

test('no more than 4,096 code points, whole ones', () => {
  const long = '😀'.repeat(5_000);
  expect(Array.from(promptPrefix('responses', { input: long }))).toEqual(Array(4_096).fill('😀'));
  const many = { input: Array.from({ length: 9_000 }, () => ({ role: 'user', content: 'a' })) };
  expect(promptPrefix('responses', many)).toHaveLength(4_096);
});

test('what follows the prefix does not change it, what stands in it does', () => {
  const begin = 'a'.repeat(5_000);
  const of = (input: string): string => promptPrefix('responses', { input });
  expect(of(`${begin}b`)).toBe(of(`${begin}c`));
  expect(of(`b${begin}`)).not.toBe(of(begin));
});

test('malformed bodies have a prefix, too', () => {
  expect(promptPrefix('chat', {})).toBe('');
  expect(promptPrefix('messages', { messages: 7, system: null })).toBe('');
});
