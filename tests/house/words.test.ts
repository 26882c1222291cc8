import { expect, test } from 'vitest';
import { readSource, repositoryFiles } from './sources.ts';

/** Assembled here, so that this file does not hold them itself. */
const FORBIDDEN: Readonly<Record<string, RegExp>> = {
  'a path of somebody’s machine': new RegExp(
    ['/(?:home|Users)/\\w+/', '/wor[k]/(?:main|shared)', '/tmp/\\w+/'].join('|'),
  ),
  'a registry host': new RegExp(['registry\\.npmjs', 'npm\\.pkg\\.github', 'verdaccio', 'artifactory'].join('|')),
  'work left undone': new RegExp(
    `\\b(?:${['TO', 'FIX'].map((word) => `${word}${word === 'TO' ? 'DO' : 'ME'}`).join('|')}|XXX)\\b`,
  ),
  'what looks like a real key': /\bsk-(?:proj-|live-)?[A-Za-z0-9_]{32,}\b|\bAKIA[0-9A-Z]{16}\b/,
};

const BINARY = /\.(?:png|ico|wasm|gz|tgz|br)$/;
const files = repositoryFiles().filter((file) => !BINARY.test(file) && file !== 'tests/house/words.test.ts');

test.each(Object.entries(FORBIDDEN))('no file holds %s', (_what, pattern) => {
  const found = files.flatMap((file) => {
    const match = pattern.exec(readSource(file));
    return match === null ? [] : [`${file}: ${match[0]}`];
  });
  expect(found).toEqual([]);
});

test('a test has an assertion and none is focused or put aside', () => {
  const tests = files.filter((file) => file.endsWith('.test.ts'));
  // A suite that several files share has its assertions in a fixture.
  const asserting = /\bexpect|\bassert|\.fixture\.ts'/;
  expect(tests.filter((file) => !asserting.test(readSource(file)))).toEqual([]);
  const aside = new RegExp(`\\b(?:test|it|describe)\\.(?:only|todo)\\b|\\b(?:xit|xdescribe|fit)\\(`);
  expect(tests.filter((file) => aside.test(readSource(file)))).toEqual([]);
});
