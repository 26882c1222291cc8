import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { FAULT_CATALOGUE } from './catalogue.ts';
import { withFaultTables } from './fault-doc.ts';
import { parseNamedFault } from './named.ts';

const page = readFileSync(new URL('../../../docs/mock/faults.md', import.meta.url), 'utf8');

test('docs/mock/faults.md has the catalogue as it is today', () => {
  expect(page, 'run `npm run docs`').toBe(withFaultTables(page));
  expect(FAULT_CATALOGUE.filter(({ name }) => !page.includes(`| \`${name}\``))).toEqual([]);
});

test('the faults that the page names as examples exist', () => {
  const named = [...page.matchAll(/(?:x-mock-fault: |sk-mock-fault-|mini!|--fault "|fault: ')([a-z0-9;=-]+)/g)];
  expect(named.length).toBeGreaterThan(5);
  for (const [, text] of named) expect(() => parseNamedFault(text!, 'example')).not.toThrow();
});

test('every fault says what the client sees and what to do about it, and no name is there twice', () => {
  const thin = FAULT_CATALOGUE.filter(({ sees, robust }) => !sees.endsWith('.') || !robust.endsWith('.'));
  expect(thin.map(({ name }) => name)).toEqual([]);
  expect(new Set(FAULT_CATALOGUE.map(({ name }) => name)).size).toBe(FAULT_CATALOGUE.length);
});

test('a table cell has no bar and no line break', () => {
  const cells = FAULT_CATALOGUE.flatMap(({ sees, robust }) => [sees, robust]);
  expect(cells.filter((cell) => /[|\n]/.test(cell))).toEqual([]);
});
