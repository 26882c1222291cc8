import type { Random } from '../../core/random.ts';
import type { Candidate } from '../strategy.ts';

/** Draws one candidate with a probability proportional to its weight. */
export function draw<C extends Candidate>(candidates: readonly C[], random: Random): C | undefined {
  const [only] = candidates;
  if (candidates.length < 2) return only;
  let weights = 0;
  for (const { weight } of candidates) weights += weight;
  let rest = random() * weights;
  for (const candidate of candidates) {
    rest -= candidate.weight;
    if (rest < 0) return candidate;
  }
  return candidates.at(-1);
}
