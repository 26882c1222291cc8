import type { Candidate, Strategy, StrategyContext } from '../strategy.ts';
import { PerCandidate } from './per-candidate.ts';
import { SmoothSequence } from './smooth.ts';

/** An endpoint holds at most this many times its fair share of the requests in flight. */
const LOAD_BOUND = 1.25;

/**
 * The same key goes to the same endpoint, on every replica alike: weighted rendezvous hashing, so that an endpoint's
 * leaving moves only its own keys. A hot key spills to its next endpoint when the first holds more than 1.25 times its
 * share of the requests in flight (consistent hashing with bounded loads, Mirrokni et al. 2016). Requests without a key
 * are spread by weight.
 */
export const sticky = {
  name: 'sticky',
  shares: 'weight',
  create({ phase }: Partial<StrategyContext> = {}) {
    const sequence = new SmoothSequence(phase);
    const hashes = new PerCandidate();
    return (candidates, { stickyKey }) => {
      if (stickyKey === undefined) return sequence.next(candidates, ({ weight }) => weight);
      const key = hash(stickyKey);
      const known = hashes.of(candidates);
      return highest(candidates, key, known, hasRoom(candidates)) ?? highest(candidates, key, known, () => true);
    };
  },
} satisfies Strategy;

function hasRoom(candidates: readonly Candidate[]): (candidate: Candidate) => boolean {
  let weights = 0;
  let requests = 1;
  for (const { weight, inFlight } of candidates) {
    weights += weight;
    requests += inFlight;
  }
  return ({ weight, inFlight }) => inFlight < Math.ceil((LOAD_BOUND * requests * weight) / weights);
}

/** The highest of those that `fits`. `hashes` are of the candidates' ids; 0 where they are not known yet. */
function highest<C extends Candidate>(
  candidates: readonly C[],
  key: number,
  hashes: number[],
  fits: (candidate: C) => boolean,
): C | undefined {
  let best: C | undefined;
  let bestScore = -Infinity;
  for (let index = 0; index < candidates.length; index++) {
    const candidate = candidates[index] as C;
    // −weight / ln(u) with a uniform u per pair of key and endpoint: the highest one is the endpoint in proportion to weights.
    const id = (hashes[index] ||= hash(candidate.endpoint.id));
    const uniform = (mix(key ^ id) + 0.5) / 4_294_967_296;
    // −ln(u) is never below 1 − u: most need no logarithm.
    if (candidate.weight / (1 - uniform) <= bestScore || !fits(candidate)) continue;
    const score = -candidate.weight / Math.log(uniform);
    if (score > bestScore) {
      best = candidate;
      bestScore = score;
    }
  }
  return best;
}

/** FNV-1a over UTF-16 code units, mixed: spreads keys, protects nothing. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  return mix(value);
}

/** MurmurHash3's finalizer, to an unsigned 32-bit integer. */
function mix(value: number): number {
  let mixed = value;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
