import { isJsonObject } from '../core/json.ts';
import { OUTCOMES, type OutcomeKind } from '../core/outcome.ts';
import type { HandChange } from './by-hand.ts';

/** A change of an endpoint's health, as plain JSON data. Times are epoch milliseconds. */
export type HealthChange =
  | { readonly state: 'admitting'; readonly at: number; readonly operation?: string }
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
      /** The one operation that it concerns; absent = the endpoint as a whole. */
      readonly operation?: string;
    };

/** All that replicas share of an endpoint. */
export type SharedChange = HealthChange | HandChange;

/**
 * Health shared between replicas, by opaque names of endpoints. A replica's own decisions never wait for it, and its
 * failures change nothing: then each replica finds out by itself.
 */
export interface SharedHealth {
  /** Announces `change` to the other replicas, and keeps it for `load` during `ttlMs` (0 = forget what is kept). */
  publish(endpoint: string, change: SharedChange, ttlMs: number): unknown;
  /** Hands on what any replica published; own changes may come back. Returns the end of the subscription. */
  subscribe(listener: (endpoint: string, change: unknown) => void): () => void;
  /** What is kept now, by endpoint id. */
  load(): Promise<Iterable<readonly [string, unknown]>>;
}

const OPERATION = /^[\w./:-]{1,64}$/;

/** The name under which replicas share a change. One of an operation has a name that older replicas do not know. */
export function sharedName(targetId: string, { operation }: Pick<HealthChange, 'operation'>): string {
  return operation === undefined ? targetId : `${targetId} ${operation}`;
}

/** Reads a change that another replica, perhaps of another version, has written; undefined when it is none. */
export function readHealthChange(value: unknown): HealthChange | undefined {
  if (!isJsonObject(value)) return undefined;
  const { state, at, until, notBefore, hard, level, kind, operation } = value;
  if (!isTime(at)) return undefined;
  if (operation !== undefined && (typeof operation !== 'string' || !OPERATION.test(operation))) return undefined;
  const scope = operation === undefined ? {} : { operation };
  if (state === 'admitting') return { state, at, ...scope };
  if (state !== 'ejected' || !isTime(until) || !isTime(level)) return undefined;
  if (typeof hard !== 'boolean' || typeof kind !== 'string' || !Object.hasOwn(OUTCOMES, kind)) return undefined;
  const known = { state, at, until, hard, level, kind: kind as OutcomeKind, ...scope } as const;
  return isTime(notBefore) ? { ...known, notBefore } : known;
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}
