import type { Limit, Unit } from './types.ts';

export const HOUR_MS = 3_600_000;
/** 2026-03-10, 12:00 UTC. */
export const START = 1_773_144_000_000;

/** A limit of a key, an hour long. */
export function makeLimit(unit: Unit, max: number | bigint | null, change: Partial<Limit> = {}): Limit {
  return {
    id: `key/k1/${unit}`,
    level: 'key',
    scope: null,
    unit,
    max: max === null ? null : BigInt(max),
    window: { kind: 'fixed', ms: HOUR_MS },
    windowText: '1h',
    anchor: START,
    ...change,
  };
}
