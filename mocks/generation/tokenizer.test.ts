import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { createTokenizer, EXACT_CHARACTERS } from './tokenizer.ts';

const tokenizer = createTokenizer();

test('known texts have the provider’s token counts', () => {
  expect(tokenizer.count('Hello from LLMProxy!', 'o200k_base')).toBe(6);
  expect(tokenizer.count('tiktoken is great!', 'cl100k_base')).toBe(6);
  expect(tokenizer.count('', 'o200k_base')).toBe(0);
});

test('the pieces of any text join to the text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), (text) => {
      expect(tokenizer.pieces(text, 'o200k_base').join('')).toBe(text);
    }),
  );
});

test('the bytes of the tokens are the UTF-8 bytes of the text, even where a token cuts a character', () => {
  const text = 'naïve 👩‍💻 日本語 \u{1F9A9}';
  const bytes = tokenizer.tokens(text, 'cl100k_base').flatMap((token) => [...token.bytes]);
  expect(Buffer.from(bytes).toString('utf8')).toBe(text);
});

test('a special token in a prompt is counted as text', () => {
  expect(tokenizer.count('<|endoftext|>', 'o200k_base')).toBeGreaterThan(1);
});

test('a text beyond the bound is estimated from its beginning', () => {
  const word = 'word '.repeat(EXACT_CHARACTERS / 5);
  expect(tokenizer.count(word + word, 'o200k_base')).toBe(2 * tokenizer.count(word, 'o200k_base'));
});

test('a run without a break is sliced and loses no character', () => {
  const run = 'ab'.repeat(2000);
  expect(tokenizer.pieces(run, 'o200k_base').join('')).toBe(run);
});

test('the pieces of a long text that repeats itself are those of its parts, and joined they are the text', () => {
  const part = 'word Grüße 👩‍🚀🧬\n';
  const text = part.repeat(300);
  const pieces = tokenizer.pieces(text, 'o200k_base');
  expect(pieces.join('')).toBe(text);
  expect(pieces).toHaveLength(300 * tokenizer.pieces(part, 'o200k_base').length);
});
