import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encoded, formatOf, sampleAt } from './samples.ts';

function telephoned(samples: readonly number[], format: 'audio/pcmu' | 'audio/pcma'): number[] {
  const pcm = Buffer.alloc(samples.length * 6);
  for (const [at, sample] of samples.entries()) pcm.writeInt16LE(sample, at * 6);
  const bytes = encoded(pcm, format);
  return Array.from({ length: bytes.length }, (_, at) => sampleAt(bytes, at, format));
}

test.each(['audio/pcmu', 'audio/pcma'] as const)('%s keeps every sample within the steps of its scale', (format) => {
  const sample = fc.integer({ min: -32_000, max: 32_000 });
  fc.assert(
    fc.property(fc.array(sample, { minLength: 1, maxLength: 20 }), (samples) => {
      const heard = telephoned(samples, format);
      expect(heard).toHaveLength(samples.length);
      // Sixteen steps in each doubling of the loudness.
      for (const [at, value] of heard.entries()) {
        const given = samples[at]!;
        expect(Math.abs(value - given)).toBeLessThanOrEqual(Math.abs(given) / 16 + 32);
      }
    }),
  );
});

test('silence is 0xff in µ-law and 0xd5 in A-law, as the recommendation has it', () => {
  expect(encoded(Buffer.alloc(6), 'audio/pcmu')[0]).toBe(0xff);
  expect(encoded(Buffer.alloc(6), 'audio/pcma')[0]).toBe(0xd5);
});

test('a format that is not known is PCM', () => {
  expect([formatOf({ type: 'audio/pcma' }), formatOf({ type: 'x' }), formatOf(undefined)]).toEqual([
    'audio/pcma',
    'audio/pcm',
    'audio/pcm',
  ]);
});
