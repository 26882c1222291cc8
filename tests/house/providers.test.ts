import { expect, test } from 'vitest';
import { readSource, sourceFiles } from './sources.ts';

/** What a protocol or provider does differently is a member of it: nothing else asks which one it is. */
const QUESTIONS = [
  /\bprotocol\.id\s*[!=]==?/,
  /[!=]==?\s*[\w.#]*\bprotocol\.id\b/,
  /\bprovider(?:\.id|Of\([^)]*\)\.id)?\s*[!=]={1,2}(?!=|\s*undefined\b)/,
  /[!=]==?\s*[\w.#]*\bprovider(?:\.id)?\b(?![\w(])/,
  /\bswitch \((?:[\w.#]*\.)?(?:protocol\.id|provider(?:\.id)?)\)/,
];

const asks = (text: string): boolean => QUESTIONS.some((question) => question.test(text));

test('only protocols and providers ask which protocol or provider it is', () => {
  const faults = sourceFiles('proxy')
    .filter((file) => !/^proxy\/(?:protocols|providers)\//.test(file) && !/\.(?:test|fixture)\.ts$/.test(file))
    .flatMap((file) =>
      readSource(file)
        .split('\n')
        .filter(asks)
        .map((line) => `${file}: ${line.trim()}`),
    );
  expect(faults).toEqual([]);
});

test('the law sees every form of the question', () => {
  const forbidden = [
    "if (protocol.id === 'responses') {",
    "exchange.protocol.id !== 'embeddings'",
    "'responses' === this.#protocol.id",
    "input.provider === 'mock'",
    "providerOf(endpoint).id === 'openai'",
    'switch (endpoint.provider) {',
  ];
  expect(forbidden.filter((line) => !asks(line))).toEqual([]);
  const allowed = [
    'operation: protocol.id,',
    'provider === undefined',
    'providers.length === 2',
    'provider: endpoint.provider,',
  ];
  expect(allowed.filter(asks)).toEqual([]);
});
