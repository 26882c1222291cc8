import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { textPieces } from './text-pieces.ts';

test('text is cut before the spaces of each word', () => {
  expect(textPieces('Héllo wörld,  it is\n\nme. ')).toEqual(['Héllo', ' wörld,', '  it', ' is', '\n\nme.', ' ']);
  expect(textPieces('')).toEqual([]);
});

test('the pieces of any text are the text, none is long, none cuts a code point', () => {
  fc.assert(
    fc.property(
      fc.string({
        unit: fc.oneof(fc.constantFrom(' ', '\n', '😀', '漢'), fc.string({ unit: 'binary', maxLength: 1 })),
        maxLength: 200,
      }),
      (text) => {
        const pieces = textPieces(text);
        expect(pieces.join('')).toBe(text);
        for (const piece of pieces) {
          expect(Array.from(piece).length).toBeLessThanOrEqual(48);
          expect(piece.isWellFormed()).toBe(true);
        }
      },
    ),
  );
});

test('long runs without a space, or of nothing but spaces, cost no more than their length', () => {
  expect(textPieces('x'.repeat(100_000))).toHaveLength(Math.ceil(100_000 / 24));
  expect(textPieces(' '.repeat(100_000)).join('')).toHaveLength(100_000);
});
