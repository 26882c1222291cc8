import { expect, test } from 'vitest';
import { embeddingVector } from './vectors.ts';

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
