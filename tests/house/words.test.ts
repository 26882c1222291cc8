import { expect, test } from 'vitest';
import { readSource, repositoryFiles } from './sources.ts';

/** Assembled here, so that this file does not hold them itself. */
const FORBIDDEN: Readonly<Record<string, RegExp>> = {
  'a path of one machine': new RegExp(['/(?:home|Users)/\\w+/', '/wor[k]/(?:main|shared)', '/tmp/\\w+/'].join('|')),
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

/**
 * Names that were given up for the field's own terms: a follower reads a generation at its cursor, attaches and is removed;
 * one request has a context, one WebSocket a tunnel; what is known is reported.
 */
const GIVEN_UP = new Set(
  [
    'passenger passengers seat seats board boarding boarded land landed landing barrier barriers heir adopt adopts adopted',
  ]
    .concat([
      'tell tells told wishes spoiled personality personalities commons world worlds twin whoever nobody mood moods',
    ])
    .flatMap((names) => names.split(' ')),
);
/** Sample data of the mock, and an option that goes on working under its old name. */
const SAMPLES = /^mocks\/(?:generation\/(?:values|replies|tools)\/|commands\/)/;
/** The word stands for something else in the package that is imported, or is an identifier of the API. */
const FOREIGN = new Set(['visit', 'personalities']);

const partsOf = (identifier: string): string[] =>
  (identifier.match(/[A-Z]+(?![a-z])|[A-Z]?[a-z]+/g) ?? []).map((part) => part.toLowerCase());

const isGivenUp = (identifier: string): boolean =>
  !FOREIGN.has(identifier) && partsOf(identifier).some((part) => GIVEN_UP.has(part));

function identifiersOf(text: string): string[] {
  const code = text
    .replaceAll(/\/\*[\s\S]*?\*\//g, '')
    .replaceAll(/(^|[\s;,{(])\/\/.*$/gm, '$1')
    .replaceAll(/'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"/g, "''")
    .replaceAll(/`(?:\\.|[^`\\])*`/g, (template) =>
      [...template.matchAll(/\$\{([^}]*)\}/g)].map((one) => one[1]).join(';'),
    );
  return code.match(/[A-Za-z_$][\w$]*/g) ?? [];
}

const sources = files.filter((file) => /^(?:proxy|mocks)\/.*\.ts$/.test(file) && !SAMPLES.test(file));

test('no identifier has a name that was given up', () => {
  const found = sources.flatMap((file) =>
    [...new Set(identifiersOf(readSource(file)))].filter(isGivenUp).map((name) => `${file}: ${name}`),
  );
  expect(found).toEqual([]);
});

test('no file and no heading has a name that was given up', () => {
  const paths = files.filter(
    (file) => /^(?:proxy|mocks|docs)\//.test(file) && isGivenUp(file.replaceAll(/[^A-Za-z]+/g, ' ')),
  );
  const headings = files
    .filter((file) => file.endsWith('.md'))
    .flatMap((file) =>
      readSource(file)
        .split('\n')
        .filter((line) => /^#{1,6} /.test(line) && partsOf(line).some((part) => GIVEN_UP.has(part)))
        .map((line) => `${file}: ${line}`),
    );
  expect([...paths, ...headings]).toEqual([]);
});

test('sentences name their subject: no pronoun stands for it', () => {
  const stems = ['nobod', 'somebod', 'anybod', 'everybod'].map((stem) => `${stem}y`);
  const pronouns = new RegExp(`\\b(?:${[...stems, ['who', 'ever'].join('')].join('|')})\\b`, 'i');
  const prose = files.filter((file) => /\.(?:ts|js|md|ya?ml|py)$/.test(file));
  const found = prose.flatMap((file) =>
    readSource(file)
      .split('\n')
      .flatMap((line, index) => (pronouns.test(line) ? [`${file}:${index + 1}: ${line.trim()}`] : [])),
  );
  expect(found).toEqual([]);
});
