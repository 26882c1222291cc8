import type { Strategy, StrategyContext } from '../strategy.ts';
import { PerCandidate } from './per-candidate.ts';
import { RampGate } from './ramp-gate.ts';

/** One after the other, whatever the weights say (but weight 0 stays in reserve): who has waited longest is next. */
export const roundRobin = {
  name: 'round-robin',
  shares: 'equal',
  create({ phase }: Partial<StrategyContext> = {}) {
    const turns = new PerCandidate();
    const gate = new RampGate();
    let turn = 0;
    return (candidates) => {
      const last = turns.of(candidates);
      // Before the first turn, and not yet equal where the order is to begin anywhere.
      if (phase && turn === 0) for (let index = 0; index < last.length; index++) last[index] = -phase();
      const before = turn;
      const first = earliest(last);
      // Who does not take its turn has had it: once all have, the first of them takes the request.
      for (let next = first; next !== undefined && (last[next] as number) <= before; next = earliest(last)) {
        const candidate = candidates[next];
        last[next] = ++turn;
        if (candidate && gate.admits(candidate)) return candidate;
      }
      return first === undefined ? undefined : candidates[first];
    };
  },
} satisfies Strategy;

/** Place of the smallest number; the first one of equals. */
function earliest(turns: readonly number[]): number | undefined {
  let place: number | undefined;
  let least = Infinity;
  for (let index = 0; index < turns.length; index++) {
    const turn = turns[index] as number;
    if (turn >= least) continue;
    least = turn;
    place = index;
  }
  return place;
}
