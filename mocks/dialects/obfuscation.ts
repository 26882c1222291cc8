import type { Random } from '../generation/random.ts';

const BLOCK = 16;
const ASTRAL = /[\u{10000}-\u{10FFFF}]/gu;

const ASTRAL_HALF = /[\uD800-\uDBFF]/;

/** Characters, not UTF-16 units. */
export function characters(text: string): number {
  return ASTRAL_HALF.test(text) ? text.length - (text.match(ASTRAL)?.length ?? 0) : text.length;
}

/** Random padding that brings `length` to `remainder` modulo 16: it hides the sizes of tokens from who sees only packets. */
export function padding(length: number, remainder: number, random: Random): string {
  return random.alnum((((remainder - length) % BLOCK) + BLOCK) % BLOCK);
}
