import { expect, test } from 'vitest';
import { renderMockOptionsDoc } from '../../tools/mock-options-doc.ts';
import { renderOperationsDoc } from '../../tools/operations-doc.ts';
import { readSource } from './sources.ts';

test('docs/mock/operations.md is what the tables of operations say today', () => {
  expect(readSource('docs/mock/operations.md'), 'run `npm run docs`').toBe(renderOperationsDoc());
});

test('docs/mock/options.md is what the table of options says today', () => {
  expect(readSource('docs/mock/options.md'), 'run `npm run docs`').toBe(renderMockOptionsDoc());
});
