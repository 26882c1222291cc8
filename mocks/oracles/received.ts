import { isRegExp } from 'node:util/types';
import type { JournalEntry } from '../journal/entry.ts';
import { mismatches } from './fits.ts';

/**
 * What a request should have been: any fields of a journal entry, each as a value, a part of it, a RegExp or a function.
 * Names of headers may be written in any case.
 */
export type ExpectedRequest = { readonly [K in keyof JournalEntry]?: unknown };

function lowercased(expected: ExpectedRequest): ExpectedRequest {
  const { headers } = expected;
  if (typeof headers !== 'object' || headers === null || isRegExp(headers)) return expected;
  const renamed = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const);
  return { ...expected, headers: Object.fromEntries(renamed) };
}

export function requestsThatFit(entries: readonly JournalEntry[], expected: ExpectedRequest): readonly JournalEntry[] {
  const wanted = lowercased(expected);
  return entries.filter((entry) => mismatches(wanted, entry).length === 0);
}

/** The request that comes closest, and what about it is not as expected; `undefined` when there are none. */
export function nearestRequest(
  entries: readonly JournalEntry[],
  expected: ExpectedRequest,
): { readonly entry: JournalEntry; readonly mismatches: readonly string[] } | undefined {
  const wanted = lowercased(expected);
  const judged = entries.map((entry) => ({ entry, mismatches: mismatches(wanted, entry) }));
  return judged.toSorted((a, b) => a.mismatches.length - b.mismatches.length)[0];
}
