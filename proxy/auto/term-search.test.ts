import fc from 'fast-check';
import { expect, test } from 'vitest';

import { findTerms } from './term-search.ts';
import { TERM_GROUPS, TERMS, type TermGroup } from './terms.ts';

const KIB = 1_024;

function groupsOf(text: string): TermGroup[] {
  return [...findTerms(text).groups];
}

/** The rule of the contract as one expression a group, slow but plain. */
const PLAIN = TERM_GROUPS.map((group) => {
  const terms = TERMS[group].map((term) => term.replaceAll(' ', String.raw`\s+`)).join('|');
  // A mark belongs to what stands before it, so behind a letter it is a part of the word.
  return [group, new RegExp(String.raw`(?<![\p{L}\p{N}_]\p{M}*)(?:${terms})(?![\p{L}\p{N}_\p{M}])`, 'iu')] as const;
});

const PIECES = [
  ...TERM_GROUPS.flatMap((group) => TERMS[group]),
  'é',
  'e\u0301',
  '\u0301',
  '_',
  '1',
  '٣',
  'ß',
  '漢',
  '𠀀',
  '😀',
  '𝐚',
  '\u00a0',
  '\n',
  ' ',
  '  ',
  '-',
  '.',
  '``',
  '`',
  'LIST',
  'What',
  'is',
  'pros',
  'and',
  'cons',
  'large',
  'scale',
  '\u212a',
  '\u017f',
  'İ',
  '\ud83d',
  '\u200d',
  '\ufe0f',
];

test('terms are found as the plain expression finds them', () => {
  const texts = fc.array(fc.oneof(fc.constantFrom(...PIECES), fc.string({ unit: 'binary', maxLength: 2 })), {
    maxLength: 12,
  });
  fc.assert(
    fc.property(texts, (pieces) => {
      const text = pieces.join('');
      const plain = PLAIN.filter(([, pattern]) => pattern.test(text)).map(([group]) => group);
      expect(groupsOf(text)).toEqual(plain);
      expect(findTerms(text).fence).toBe(text.includes('```'));
    }),
    { numRuns: 3_000 },
  );
});

test.each([
  ['list', ['simple']],
  ['LIST!', ['simple']],
  ['«list»', ['simple']],
  ['😀list😀', ['simple']],
  ['e\u0301list', []],
  ['list\u0301', []],
  ['𝐀list', []],
  ['list𠀀', []],
  ['٣list', []],
  ['what\u00a0\n is', ['simple']],
  ['what-is', []],
  ['large scale', []],
  ['large-scale', ['advanced']],
  ['large-scaled', []],
  ['pros and  cons', ['moderate']],
  ['pros and pros and cons', ['moderate']],
  ['pros and', []],
  ['how do how do i', ['simple']],
])('%s has terms of %j', (text, groups) => {
  expect(groupsOf(text)).toEqual(groups);
});

test('of a long text the first and the last 128 KiB are searched', () => {
  const at = (place: number): string => `${' '.repeat(place)}list${' '.repeat(600 * KIB - place)}`;
  expect(groupsOf(at(0))).toEqual(['simple']);
  expect(groupsOf(at(128 * KIB - 4))).toEqual(['simple']);
  expect(groupsOf(at(128 * KIB - 3))).toEqual([]);
  expect(groupsOf(at(300 * KIB))).toEqual([]);
  expect(groupsOf(at(600 * KIB - 128 * KIB + 3))).toEqual([]);
  expect(groupsOf(at(600 * KIB - 128 * KIB + 4))).toEqual(['simple']);
  expect(groupsOf(`${'é'.repeat(64 * KIB - 2)} list${' '.repeat(300 * KIB)}`)).toEqual([]);
  expect(groupsOf(`${'é'.repeat(64 * KIB - 3)} list`)).toEqual(['simple']);
});

test('what is searched ends and begins at a border of the whole text', () => {
  const head = `${' '.repeat(128 * KIB - 4)}listed${' '.repeat(400 * KIB)}`;
  expect(groupsOf(head)).toEqual([]);
  const tail = `${' '.repeat(400 * KIB)}xlist${' '.repeat(128 * KIB - 4)}`;
  expect(groupsOf(tail)).toEqual([]);
  expect(groupsOf(tail.replace('x', '.'))).toEqual(['simple']);
  expect(findTerms(`${' '.repeat(128 * KIB - 2)}\`\`\`${' '.repeat(400 * KIB)}`).fence).toBe(false);
});

test.each([
  ['what ', 'one word of a term'],
  [`pros${' '.repeat(200)}and${' '.repeat(200)}`, 'blanks inside of a term'],
  ['how do ', 'two words of a term'],
  ['a', 'one long word'],
  ['e\u0301\u0301', 'marks'],
  ['\u0301', 'marks alone'],
  ['😀', 'pairs of surrogates'],
  ['`` ', 'backticks'],
])('the steps of a text of %j (%s) grow with its length and no faster', (piece) => {
  const steps = [8, 16, 32].map((kib) => {
    const text = piece.repeat((kib * KIB) / piece.length);
    const found = findTerms(text).steps;
    expect(found).toBeLessThanOrEqual(4 * text.length);
    return found;
  });
  expect(steps[2]! / steps[1]!).toBeLessThan(2.1);
  expect(findTerms(piece.repeat(600 * KIB)).steps).toBeLessThanOrEqual(4 * 256 * KIB);
});
