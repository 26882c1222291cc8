import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { runInThisContext } from 'node:vm';
import { GoogleGenAI } from '@google/genai';
import OpenAI, { AzureOpenAI, toFile } from 'openai';
import { expect, test } from 'vitest';
import { startMock } from '../../mocks/index.ts';

type Snippet = (tools: object) => Promise<void>;

/** The code of a document. `expression; // → value` says what comes out. */
function snippetsOf(name: string): readonly string[] {
  const text = readFileSync(resolve(import.meta.dirname, '../../docs/mock', name), 'utf8');
  return [...text.matchAll(/```ts\n([^]*?)```/g)].map((match) => match[1]!);
}

function runnable(snippet: string): Snippet {
  const code = snippet
    .replaceAll(/^import .*$/gm, '')
    .replaceAll(/^(.*); \/\/ → (.*)$/gm, (_line, given: string, expected: string) => `;check(${given}, ${expected});`);
  return runInThisContext(
    `(async ({ startMock, OpenAI, AzureOpenAI, GoogleGenAI, toFile, check }) => {${code}})`,
  ) as Snippet;
}

const snippets = ['media.md', 'kept.md', 'gemini.md', 'azure.md', 'tokens.md', 'requests.md'].flatMap((name) =>
  snippetsOf(name).map((snippet, at) => [`${name} ${at + 1}`, snippet] as const),
);

test.each(snippets)('the code in %s does what it says', async (_, snippet) => {
  const claims = snippet.match(/\/\/ →/g)?.length ?? 0;
  let checked = 0;
  const check = (given: unknown, expected: unknown): void => {
    expect(given).toEqual(expected);
    checked += 1;
  };
  await runnable(snippet)({ startMock, OpenAI, AzureOpenAI, GoogleGenAI, toFile, check });
  expect(checked).toBe(claims);
  expect(claims).toBeGreaterThan(0);
});
