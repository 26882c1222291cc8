import type { Strategy } from '../strategy.ts';
import { RampGate } from './ramp-gate.ts';

/** One after the other, whatever the weights say (but weight 0 stays in reserve): who has waited longest is next. */
export const roundRobin = {
  name: 'round-robin',
  create() {
    const turns = new Map<string, number>();
    const gate = new RampGate();
    let turn = 0;
    return (candidates) => {
      const waiting = candidates.toSorted((a, b) => (turns.get(a.endpoint.id) ?? 0) - (turns.get(b.endpoint.id) ?? 0));
      for (const candidate of waiting) {
        turns.set(candidate.endpoint.id, ++turn);
        if (gate.admits(candidate)) return candidate;
      }
      return waiting[0];
    };
  },
} satisfies Strategy;
