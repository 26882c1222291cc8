import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { embeddingVector, similarity } from './vectors.ts';

const length = (vector: Float32Array): number => Math.hypot(...vector);

test('vectors have length 1 and the wanted dimensions', () => {
  const vector = embeddingVector('hello', 'text-embedding-3-small', 1536);
  expect(vector).toHaveLength(1536);
  expect(length(vector)).toBeCloseTo(1, 5);
});

test('equal texts have equal vectors; another text or model another', () => {
  const of = (text: string, model = 'm'): number[] => [...embeddingVector(text, model, 64)];
  expect(of('hello')).toEqual(of('hello'));
  expect(of('hello')).not.toEqual(of('hullo'));
  expect(of('hello')).not.toEqual(of('hello', 'n'));
});

test('fewer dimensions are the beginning of more, at length 1 again', () => {
  const many = embeddingVector('hello', 'm', 64).slice(0, 16);
  const few = embeddingVector('hello', 'm', 16);
  const scale = length(many);
  expect([...few].map((value) => value.toFixed(5))).toEqual([...many].map((value) => (value / scale).toFixed(5)));
});

describe('texts that are near', () => {
  const near = (one: string, other: string, dimensions = 1536): number =>
    similarity(embeddingVector(one, 'm', dimensions), embeddingVector(other, 'm', dimensions));

  test.each([
    [
      'How do I reset my password?',
      'To change your password, open the settings and choose reset.',
      'The weather in Paris is sunny.',
    ],
    ['refund policy', 'Customers may return items within 30 days for a refund.', 'Shipping takes five days.'],
    ['A cat is sitting on a mat', 'The cat sat on the mat', 'The dog ran in the park'],
    ['What does the forecast say?', 'Tomorrow’s weather will be cloudy.', 'The invoice is due in May.'],
    ['hello wrld', 'hello world', 'goodbye moon'],
    ['cafe', 'Café', 'tea'],
    ['日本語の文書', '日本語', '英国'],
  ])('%s: %s before %s', (question, nearer, farther) => {
    for (const dimensions of [256, 1536]) {
      expect(near(question, nearer, dimensions)).toBeGreaterThan(near(question, farther, dimensions) + 0.02);
    }
    expect(near(question, nearer)).toBeGreaterThan(0.12);
    expect(Math.abs(near('tangerine orchard', 'quarterly revenue'))).toBeLessThan(0.15);
  });

  test('the right one of many documents is found', () => {
    const topics = [
      'anvils',
      'bicycles',
      'cheese',
      'drums',
      'engines',
      'ferries',
      'gardens',
      'harbours',
      'islands',
      'jackets',
    ];
    const documents = topics.map(
      (topic) => `Everything we know about ${topic}: how they are made, sold and kept in our house.`,
    );
    for (const [at, topic] of topics.entries()) {
      const scores = documents.map((document) => near(`Where do I learn more about ${topic}?`, document));
      expect(scores.indexOf(Math.max(...scores))).toBe(at);
    }
  });

  test('every text has a vector of its own and of length 1, whatever it is', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.string({ unit: 'binary' }),
        fc.integer({ min: 1, max: 300 }),
        (one, other, dimensions) => {
          const [a, b] = [embeddingVector(one, 'm', dimensions), embeddingVector(other, 'm', dimensions)];
          expect(length(a)).toBeCloseTo(1, 4);
          if (one !== other && dimensions > 8) expect([...a]).not.toEqual([...b]);
        },
      ),
      { numRuns: 300 },
    );
  });

  test('a text of 256 KiB of different words has one too', () => {
    const text = Array.from({ length: 40_000 }, (_, at) => `word${at}`).join(' ');
    expect(length(embeddingVector(text, 'm', 3072))).toBeCloseTo(1, 4);
  });
});
