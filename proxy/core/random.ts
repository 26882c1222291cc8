/** Source of uniform numbers in [0, 1): injected wherever chance decides, so that tests can replay it. */
export type Random = () => number;

export const systemRandom: Random = Math.random;

/** Deterministic sequence for tests and benchmarks (mulberry32; not for secrets). */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
