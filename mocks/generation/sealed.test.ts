import { expect, test } from 'vitest';
import { seededRandom } from './random.ts';
import { seal, unseal } from './sealed.ts';

const reasoning = { tokens: 64, text: 'Überlegung' };
const sealed = seal(reasoning, seededRandom(1), 1_790_000_000);

test('what was sealed is read back and cannot be read by eye', () => {
  expect(sealed).toMatch(/^gAAAAA[\w=-]+$/);
  expect(Buffer.from(sealed, 'base64url').toString('latin1')).not.toContain('tokens');
  expect(unseal(sealed)).toEqual(reasoning);
});

test('what was changed, cut or made up is not read', () => {
  expect(unseal(`${sealed.slice(0, 60)}A${sealed.slice(61)}`)).toBeUndefined();
  expect(unseal(sealed.slice(0, 80))).toBeUndefined();
  expect(unseal('gAAAAABn')).toBeUndefined();
  expect(unseal('')).toBeUndefined();
});
