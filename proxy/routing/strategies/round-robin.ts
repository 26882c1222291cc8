import type { Strategy, StrategyContext } from '../strategy.ts';
import { RampGate } from './ramp-gate.ts';

/** One after the other, whatever the weights say (but weight 0 stays in reserve): who has waited longest is next. */
export const roundRobin = {
  name: 'round-robin',
  create({ phase }: Partial<StrategyContext> = {}) {
    const turns = new Map<string, number>();
    const gate = new RampGate();
    let turn = 0;
    return (candidates) => {
      // Before the first turn, and not yet equal where the order is to begin anywhere.
      if (phase && turn === 0) for (const { endpoint } of candidates) turns.set(endpoint.id, -phase());
      const waiting = candidates.toSorted((a, b) => (turns.get(a.endpoint.id) ?? 0) - (turns.get(b.endpoint.id) ?? 0));
      for (const candidate of waiting) {
        turns.set(candidate.endpoint.id, ++turn);
        if (gate.admits(candidate)) return candidate;
      }
      return waiting[0];
    };
  },
} satisfies Strategy;
