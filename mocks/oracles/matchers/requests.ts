import { leaksOf } from '../canary.ts';
import type { ExpectedRequest } from '../received.ts';
import { nearestRequest, requestsThatFit } from '../received.ts';
import type { JournalEntry } from '../../journal/entry.ts';
import type { MatcherVerdict } from './verdict.ts';
import { journaledAt, listed, verdict } from './verdict.ts';

function nearest(entries: readonly JournalEntry[], expected: ExpectedRequest): string {
  const found = nearestRequest(entries, expected);
  if (found === undefined || found.mismatches.length === 0) return listed(entries);
  const { entry, mismatches } = found;
  return `The nearest one was ${entry.method} ${entry.path} (${entry.id}):\n${mismatches.map((one) => `  ${one}`).join('\n')}`;
}

/** At least one request that has these fields. */
export async function toHaveReceived(received: unknown, expected: ExpectedRequest = {}): Promise<MatcherVerdict> {
  const entries = await journaledAt(received, 'toHaveReceived').requests();
  const found = requestsThatFit(entries, expected);
  return verdict(
    found.length > 0,
    `expected the mock to have received such a request. ${nearest(entries, expected)}`,
    `expected the mock not to have received such a request. ${listed(found)}`,
  );
}

/** Exactly so many requests, of those that have these fields. */
export async function toHaveReceivedTimes(
  received: unknown,
  times: number,
  expected: ExpectedRequest = {},
): Promise<MatcherVerdict> {
  const entries = await journaledAt(received, 'toHaveReceivedTimes').requests();
  const found = requestsThatFit(entries, expected);
  return verdict(
    found.length === times,
    `expected the mock to have received ${times} such requests, not ${found.length}. ${listed(found)}`,
    `expected the mock not to have received ${times} such requests. ${listed(found)}`,
  );
}

/** A secret that no request should carry: meant to be negated. */
export async function toHaveReceivedCanary(received: unknown, secret: string): Promise<MatcherVerdict> {
  const leaks = leaksOf(await journaledAt(received, 'toHaveReceivedCanary').requests(), secret);
  const places = leaks.map(({ request, where }) => `  ${where} of ${request}`).join('\n');
  return verdict(
    leaks.length > 0,
    'expected the secret to have reached the mock; it did not',
    `expected the secret not to reach the mock; it did:\n${places}`,
  );
}
