// Compresses the published vocabularies, which the development package gpt-tokenizer brings along, for the mock:
// `npm run generate` makes mocks/generation/vocabularies/*.br; a test compares them with that package.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { brotliCompressSync, constants } from 'node:zlib';
import type { EncodingName } from '../mocks/generation/vocabulary.ts';
import { packTokens, vocabularyFile } from '../mocks/generation/vocabulary.ts';

const require = createRequire(import.meta.url);
const names: readonly EncodingName[] = ['o200k_base', 'cl100k_base'];

for (const name of names) {
  const packed = packTokens(tokensOf(readFileSync(require.resolve(`gpt-tokenizer/data/${name}.tiktoken`), 'utf8')));
  const file = vocabularyFile(name);
  mkdirSync(new URL('.', file), { recursive: true });
  const params = { [constants.BROTLI_PARAM_LGWIN]: 24, [constants.BROTLI_PARAM_SIZE_HINT]: packed.length };
  writeFileSync(file, brotliCompressSync(packed, { params }));
}

/** A `.tiktoken` file has a line a token: its base64 and its id, ordered by id without a gap. */
function tokensOf(text: string): Uint8Array[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line, at) => {
      const [base64 = '', id] = line.split(' ');
      if (Number(id) !== at) throw new Error(`token ${id} stands where ${at} is expected`);
      return Buffer.from(base64, 'base64');
    });
}
