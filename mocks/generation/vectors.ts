import { createHash } from 'node:crypto';
import { conceptOf } from './question/concepts.ts';
import { hashOf } from './hash.ts';
import { isFunctionWord } from './question/words.ts';

/** How much each kind of feature says; a word in full says most. */
const WEIGHTS = { word: 1, stem: 1, meaning: 1.6, pair: 0.35, gram: 0.6, stop: 0.12 };
/** Lengths of the parts of words that are compared, so that kindred words and misspellings stay near. */
const GRAMS = [3, 4];
/** Scripts without spaces say a word with a letter or two. */
const SHORT_GRAMS = [1, 2, 3];
/** Of a text with more different words than this the parts of the others are left alone. */
const GRAM_WORDS = 2000;
/** Share of a direction that is the text's own: texts of equal words are near and still not equal. */
const OWN = 0.08;
const WORDS = /[\p{L}\p{N}]+/gu;
/** Of a longer word this much is looked at: a text without spaces is one. */
const WORD_CHARACTERS = 40;

type Features = Map<string, number>;

function put(features: Features, name: string, weight: number): void {
  features.set(name, (features.get(name) ?? 0) + weight);
}

function putGrams(features: Features, word: string, count: number): void {
  const marked = `<${word}>`;
  for (const length of /^[\p{Script=Latin}\p{N}]*$/u.test(word) ? GRAMS : SHORT_GRAMS) {
    const parts = marked.length - length + 1;
    for (let at = 0; at < parts; at += 1) {
      put(features, `g${marked.slice(at, at + length)}`, (WEIGHTS.gram * count) / Math.sqrt(Math.max(1, parts)));
    }
  }
}

/** Lowercase, without accents. */
function plain(text: string): string {
  return text.toLowerCase().normalize('NFKD').replaceAll(/\p{M}/gu, '');
}

/** Words, what they stand for, their parts and their neighbours, each with its weight. */
function featuresOf(text: string): Features {
  const counts = new Map<string, number>();
  const features: Features = new Map();
  let before: string | undefined;
  for (const [found] of plain(text).matchAll(WORDS)) {
    for (let at = 0; at < found.length; at += WORD_CHARACTERS) {
      const word = found.slice(at, at + WORD_CHARACTERS);
      counts.set(word, (counts.get(word) ?? 0) + 1);
      if (isFunctionWord(word)) continue;
      if (before !== undefined) put(features, `p${before} ${word}`, WEIGHTS.pair);
      before = word;
    }
  }
  let parted = 0;
  for (const [word, times] of counts) {
    // What is said often says more, but not as often more.
    const count = 1 + Math.log(times);
    if (isFunctionWord(word)) {
      put(features, `w${word}`, WEIGHTS.stop * count);
      continue;
    }
    put(features, `w${word}`, WEIGHTS.word * count);
    const concept = conceptOf(word);
    put(features, `c${concept}`, (concept.startsWith('concept ') ? WEIGHTS.meaning : WEIGHTS.stem) * count);
    if ((parted += 1) <= GRAM_WORDS) putGrams(features, word, count);
  }
  return features;
}

/** Another number of 32 bits; a bijection, so that a walk of them does not run together. */
function mixed(state: number): number {
  let hash = Math.imul(state ^ (state >>> 16), 0x45d9f3b);
  hash = Math.imul(hash ^ (hash >>> 16), 0x45d9f3b);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** Places of a feature in each range of dimensions: with one alone two features that meet there would seem half the same. */
const PLACES = 4;

/**
 * Adds a feature in a few places of each range of dimensions that ends at a power of two, weighing as much as the range is long: so
 * a vector of fewer dimensions is the beginning of one of more, and as good a projection as one that was made for them.
 */
function project(vector: Float32Array, seed: number, weight: number): void {
  let state = seed;
  for (let start = 0, length = 4; start < vector.length; start += length, length = start) {
    const share = weight * Math.sqrt(length / PLACES);
    for (let place = 0; place < PLACES; place += 1) {
      state = mixed(state + 0x9e3779b9);
      const at = start + (state % length);
      if (at < vector.length) vector[at] = (vector[at] ?? 0) + (state & 0x10000 ? share : -share);
    }
  }
}

function scaled(vector: Float32Array, to: number): void {
  let squares = 0;
  for (const value of vector) squares += value * value;
  const factor = squares === 0 ? 0 : to / Math.sqrt(squares);
  for (let at = 0; at < vector.length; at += 1) vector[at] = (vector[at] ?? 0) * factor;
}

/** Mulberry32: enough for a direction that looks random and costs little. */
function addOwnDirection(vector: Float32Array, text: string, model: string, weight: number): void {
  let state = createHash('sha256').update(model).update('\0').update(text).digest().readUInt32LE(0);
  // Uniform between -1 and 1: each dimension has a third of a square on average.
  const factor = weight * Math.sqrt(3);
  for (let at = 0; at < vector.length; at += 1) {
    state = (state + 0x6d2b79f5) >>> 0;
    let hash = Math.imul(state ^ (state >>> 15), state | 1);
    hash ^= hash + Math.imul(hash ^ (hash >>> 7), hash | 61);
    vector[at] = (vector[at] ?? 0) + (((hash ^ (hash >>> 14)) >>> 0) / 2 ** 31 - 1) * factor;
  }
}

/**
 * A vector of length 1 that depends on the text and the model alone: near another where the texts have words, parts of words or
 * meanings in common. Fewer dimensions are the beginning of more, at length 1 again.
 */
export function embeddingVector(text: string, model: string, dimensions: number): Float32Array {
  const vector = new Float32Array(dimensions);
  const features = featuresOf(text);
  const modelSeed = hashOf(model);
  let squares = 0;
  for (const [name, weight] of features) {
    project(vector, hashOf(name) ^ modelSeed, weight);
    squares += weight * weight;
  }
  // Each dimension of a projected feature has its weight's square on average, whatever the number of dimensions.
  addOwnDirection(vector, text, model, squares === 0 ? 1 : OWN * Math.sqrt(squares));
  scaled(vector, 1);
  return vector;
}

/** How near two vectors of length 1 are, 1 for equal ones. */
export function similarity(one: Float32Array, other: Float32Array): number {
  let sum = 0;
  for (let at = 0; at < one.length; at += 1) sum += (one[at] ?? 0) * (other[at] ?? 0);
  return sum;
}
