import * as fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { encode as cl100k } from 'gpt-tokenizer/encoding/cl100k_base';
import { encode as o200k } from 'gpt-tokenizer/encoding/o200k_base';
import { expect, test } from 'vitest';
import { loadVocabulary } from './vocabulary.ts';

const vocabularies = [
  ['o200k_base', loadVocabulary('o200k_base'), o200k],
  ['cl100k_base', loadVocabulary('cl100k_base'), cl100k],
] as const;
const plain = { disallowedSpecial: new Set<string>() };

const words = fc.constantFrom(
  'Hello',
  ' world',
  "don't",
  " WE'LL",
  '  ',
  '\n\n',
  '\t',
  '12345',
  ' 3.14',
  'naïve',
  ' Straße',
  '日本語',
  'здравствуй',
  '👩‍👩‍👧',
  '🇳🇱',
  '://',
  '()',
  ' …',
  '/\n',
  '\r\n',
  'camelCaseWord',
  'HTTPServer',
  ' a',
  '́',
  '<|endoftext|>',
);

test.each(vocabularies)('%s cuts any text into the tokens of another implementation', (_, vocabulary, reference) => {
  const texts = fc.oneof(
    fc.array(words, { maxLength: 30 }).map((parts) => parts.join('')),
    fc.string({ unit: 'grapheme', maxLength: 80 }),
  );
  fc.assert(
    fc.property(texts, (text) => {
      expect(vocabulary.encode(text)).toEqual(reference(text, plain));
    }),
    { numRuns: 400 },
  );
});

test.each(vocabularies)('the tokens of %s joined are the text', (_, vocabulary) => {
  const text = 'Der schnelle braune Fuchs… 👩‍👩‍👧 springt über 12 Hunde;\n\treturn x === "y";';
  const bytes = Buffer.concat(vocabulary.encode(text).map((id) => vocabulary.bytesOf(id)));
  expect(bytes.toString()).toBe(text);
  expect(vocabulary.bytesOf(9_999_999)).toHaveLength(0);
});

test.each(vocabularies)('%s holds the published tokens, each under its id', (name, vocabulary) => {
  const published = createRequire(import.meta.url).resolve(`gpt-tokenizer/data/${name}.tiktoken`);
  const tokens = readFileSync(published, 'utf8').trimEnd().split('\n');
  const held = tokens.map((_, id) => `${Buffer.from(vocabulary.bytesOf(id)).toString('base64')} ${id}`);
  expect(held.findIndex((line, id) => line !== tokens[id])).toBe(-1);
  expect(vocabulary.bytesOf(tokens.length)).toHaveLength(0);
});
