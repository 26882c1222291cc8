import type { VirtualKeyRow } from '../database/tables.ts';

/** A value before a rotation, which works until the grace ends. */
export interface RetiredValue {
  readonly digest: string;
  /** Milliseconds since the epoch. */
  readonly until: number;
}

/** Most keys have none: they share it. */
const NONE: readonly RetiredValue[] = [];
/** What one key keeps of earlier values. */
const MAX_RETIRED = 20;

export function retiredOf(row: Pick<VirtualKeyRow, 'retired'>): readonly RetiredValue[] {
  return row.retired === null ? NONE : (JSON.parse(row.retired) as RetiredValue[]);
}

/** The column after a rotation: the value of today joins those whose grace goes on. */
export function retiredAfter(row: VirtualKeyRow, graceMs: number, now: number): string | null {
  if (graceMs <= 0) return null;
  const going = retiredOf(row).filter(({ until }) => until > now);
  return JSON.stringify([{ digest: row.digest, until: now + graceMs }, ...going].slice(0, MAX_RETIRED));
}
