import { expect, test } from 'vitest';
import { renderShapes } from '../../tools/openai-types.ts';
import { readSource } from './sources.ts';

test('mocks/resources/shapes.json is what the types of the official package say today', () => {
  expect(readSource('mocks/resources/shapes.json'), 'run `npm run generate`').toBe(renderShapes());
});
