import { isJsonObject } from '../core/json.ts';
import { OUTCOMES, type OutcomeKind } from '../core/outcome.ts';

/** A change of an endpoint's health, as plain JSON data. Times are epoch milliseconds. */
export type HealthChange =
  | { readonly state: 'admitting'; readonly at: number }
  | {
      readonly state: 'ejected';
      /** When it was decided; a change that is not newer than the last known one is ignored. */
      readonly at: number;
      /** When the endpoint may be probed. */
      readonly until: number;
      /** Before this the endpoint asked not to be called at all (`retry-after`). */
      readonly notBefore?: number;
      /** The endpoint refuses for a reason that waiting seldom cures: credential or quota. */
      readonly hard: boolean;
      /** Number of ejections in a row, which the next cooldown grows with. */
      readonly level: number;
      readonly kind: OutcomeKind;
    };

/**
 * Health shared between replicas, by opaque names of endpoints. A replica's own decisions never wait for it, and its
 * failures change nothing: then each replica finds out by itself.
 */
export interface SharedHealth {
  /** Tells the other replicas, and keeps `change` for `load` during `ttlMs` (0 = forget what is kept). */
  publish(endpoint: string, change: HealthChange, ttlMs: number): unknown;
  /** Hands on what was published, by whomever (own changes may come back). Returns the end of the subscription. */
  subscribe(listener: (endpoint: string, change: unknown) => void): () => void;
  /** What is kept now, by endpoint id. */
  load(): Promise<Iterable<readonly [string, unknown]>>;
}

/** Reads a change that another replica, perhaps of another version, has written; undefined when it is none. */
export function readHealthChange(value: unknown): HealthChange | undefined {
  if (!isJsonObject(value)) return undefined;
  const { state, at, until, notBefore, hard, level, kind } = value;
  if (!isTime(at)) return undefined;
  if (state === 'admitting') return { state, at };
  if (state !== 'ejected' || !isTime(until) || !isTime(level)) return undefined;
  if (typeof hard !== 'boolean' || typeof kind !== 'string' || !Object.hasOwn(OUTCOMES, kind)) return undefined;
  const known = { state, at, until, hard, level, kind: kind as OutcomeKind } as const;
  return isTime(notBefore) ? { ...known, notBefore } : known;
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}
