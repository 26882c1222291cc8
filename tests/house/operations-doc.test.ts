import { expect, test } from 'vitest';
import { renderOperationsDoc } from '../../tools/operations-doc.ts';
import { readSource } from './sources.ts';

test('docs/mock/operations.md is what the tables of operations say today', () => {
  expect(readSource('docs/mock/operations.md'), 'run `npm run docs`').toBe(renderOperationsDoc());
});
