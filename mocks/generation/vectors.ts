import { createHash } from 'node:crypto';

/** Mulberry32: enough for directions that look random and cost little. */
function* uniform(seed: number): Generator<number, never> {
  let state = seed >>> 0;
  for (;;) {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    yield ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 31 - 1;
  }
}

/** A vector of length 1 that depends on the text and the model alone; equal texts get equal vectors. */
export function embeddingVector(text: string, model: string, dimensions: number): Float32Array {
  const seed = createHash('sha256').update(model).update('\0').update(text).digest().readUInt32LE(0);
  const vector = new Float32Array(dimensions);
  const numbers = uniform(seed);
  let squares = 0;
  for (let at = 0; at < dimensions; at += 1) {
    const value = numbers.next().value;
    vector[at] = value;
    squares += value * value;
  }
  const length = Math.sqrt(squares) || 1;
  return vector.map((value) => value / length);
}
