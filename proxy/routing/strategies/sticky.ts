import type { Candidate, Strategy, StrategyContext } from '../strategy.ts';
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
  create({ phase }: Partial<StrategyContext> = {}) {
    const sequence = new SmoothSequence(phase);
    return (candidates, { stickyKey }) => {
      if (stickyKey === undefined) return sequence.next(candidates, ({ weight }) => weight);
      const free = candidates.filter(hasRoom(candidates));
      return highest(free.length > 0 ? free : candidates, hash(stickyKey));
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

function highest<C extends Candidate>(candidates: readonly C[], key: number): C | undefined {
  let best: C | undefined;
  let bestScore = -Infinity;
  for (const candidate of candidates) {
    // −weight / ln(u) with a uniform u per pair of key and endpoint: the highest one is the endpoint in proportion to weights.
    const uniform = (mix(key ^ hash(candidate.endpoint.id)) + 0.5) / 4_294_967_296;
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
