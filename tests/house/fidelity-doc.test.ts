import { expect, test } from 'vitest';
import { OPERATION_RULES } from '../../mocks/strictness/operations.ts';
import { readCovered } from '../../tools/fidelity/covered.ts';
import { publishedEvents } from '../../tools/fidelity/event-table.ts';
import { FIELD_TABLES } from '../../tools/fidelity/field-tables.ts';
import { operationRows } from '../../tools/fidelity/operation-tables.ts';
import { renderFidelityDocs } from '../../tools/fidelity-doc.ts';
import { readSource } from './sources.ts';

test.each(Object.entries(renderFidelityDocs()))('docs/%s is what the tables of the mock say today', (path, text) => {
  expect(readSource(`docs/${path}`), 'run `npm run docs`').toBe(text);
});

test('the page of counts is short, and leads to every table', () => {
  const { 'fidelity.md': page = '', ...tables } = renderFidelityDocs();
  expect(page.split('\n').length).toBeLessThan(60);
  expect(Object.keys(tables).filter((path) => !page.includes(`](${path})`))).toEqual([]);
});

test.each(Object.entries(FIELD_TABLES))('%s: every field that is judged is told, and no other', (operation, fields) => {
  const { body } = OPERATION_RULES[operation]!;
  const judged = body.kind === 'object' ? Object.keys(body.fields) : [];
  expect(Object.keys(fields).toSorted()).toEqual(judged.toSorted());
});

test('every test that is said to show something is there under its title', () => {
  const proofs = Object.values(FIELD_TABLES).flatMap((fields) => Object.values(fields).map(({ proof }) => proof));
  const missing = proofs.filter(({ file, title }) => !readSource(file).includes(`'${title}'`));
  expect(missing).toEqual([]);
});

test('all 58 published events are covered, and nothing is listed that no operation answers', () => {
  const covered = readCovered();
  expect(publishedEvents(covered)).toHaveLength(58);
  const answered = operationRows(covered).map(({ operation: { method, path } }) => `${method} ${path}`);
  expect(covered.operations.filter((name) => !answered.includes(name))).toEqual([]);
});

test('what the specification cannot judge are only the calls of realtime, which answer with SDP or nothing', () => {
  const unjudged = operationRows(readCovered()).filter(({ judged }) => judged === 'no JSON to judge');
  expect(unjudged.every(({ operation: { path } }) => path.startsWith('/v1/realtime/calls'))).toBe(true);
});
