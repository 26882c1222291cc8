import { setTimeout as after } from 'node:timers/promises';
import type { JournalEntry } from '../../journal/entry.ts';
import { abortDelays, accountOf } from '../account.ts';
import type { ConnectionAccount } from '../account.ts';
import { mismatches } from '../fits.ts';
import { invoiceOf } from '../invoice.ts';
import type { Invoice, InvoiceOptions } from '../invoice.ts';
import { verbatim } from '../verbatim.ts';
import type { MatcherVerdict } from './verdict.ts';
import { journaledAt, listed, verdict } from './verdict.ts';

const LOOK_EVERY_MS = 5;

export interface AbortOptions {
  /** Epoch milliseconds at which the client left. Default: when the matcher is called, and aborts seen before count too. */
  readonly since?: number;
}

/** The mock sees its client leave no later than so many milliseconds after the moment; waits for it that long. Real clock only. */
export async function toHaveSeenAbortWithin(
  received: unknown,
  ms: number,
  { since }: AbortOptions = {},
): Promise<MatcherVerdict> {
  const mock = journaledAt(received, 'toHaveSeenAbortWithin');
  const calledAt = performance.timeOrigin + performance.now();
  const deadline = (since ?? calledAt) + ms;
  const inTime = ({ abortedAt }: JournalEntry): boolean =>
    abortedAt !== undefined && abortedAt <= deadline && (since === undefined || abortedAt >= since);
  let entries = await mock.requests();
  while (!entries.some(inTime) && performance.timeOrigin + performance.now() <= deadline) {
    await after(LOOK_EVERY_MS);
    entries = await mock.requests();
  }
  const [soonest] = abortDelays(entries, since ?? calledAt).toSorted((a, b) => a - b);
  const late = soonest === undefined ? 'None was seen.' : `The first came after ${soonest.toFixed(1)} ms.`;
  return verdict(
    entries.some(inTime),
    `expected the mock to see an abort within ${ms} ms. ${late} ${listed(entries)}`,
    `expected the mock to see no abort within ${ms} ms. ${listed(entries)}`,
  );
}

const DOLLAR_DIGITS = 9;

/** The invoice has these fields; dollars are compared to a billionth. */
export async function toHaveBilled(
  received: unknown,
  expected: Partial<Invoice>,
  options?: InvoiceOptions,
): Promise<MatcherVerdict> {
  const invoice = invoiceOf(await journaledAt(received, 'toHaveBilled').requests(), options);
  const rounded = (usd: number): number => Number(usd.toFixed(DOLLAR_DIGITS));
  const wanted = typeof expected.usd === 'number' ? { ...expected, usd: rounded(expected.usd) } : expected;
  const found = mismatches(wanted, { ...invoice, usd: rounded(invoice.usd) });
  return verdict(
    found.length === 0,
    `expected another invoice:\n${found.map((one) => `  ${one}`).join('\n')}`,
    `expected not this invoice: ${JSON.stringify(invoice)}`,
  );
}

/** The account of connections and unfinished answers has these fields; each may be a function, such as `(share) => share > 0.9`. */
export async function toHaveAccount(
  received: unknown,
  expected: { readonly [K in keyof ConnectionAccount]?: unknown },
): Promise<MatcherVerdict> {
  const account = accountOf(await journaledAt(received, 'toHaveAccount').requests());
  const found = mismatches(expected, account);
  return verdict(
    found.length === 0,
    `expected another account:\n${found.map((one) => `  ${one}`).join('\n')}`,
    `expected not this account: ${JSON.stringify(account)}`,
  );
}

/** What a client received is byte for byte what the mock sent with its last answer. Needs `trace: true`. */
export async function toHaveSentVerbatim(received: unknown, bytes: Uint8Array | string): Promise<MatcherVerdict> {
  const last = (await journaledAt(received, 'toHaveSentVerbatim').requests()).at(-1);
  if (last === undefined) return verdict(false, 'expected the mock to have sent these bytes. It received nothing.', '');
  const { same, difference } = verbatim(bytes, last);
  return verdict(
    same,
    `expected the bytes to be those of ${last.id}: ${difference}`,
    'expected the bytes not to be what the mock sent',
  );
}

export interface EqualShares {
  /** How far a share may be from the even one: 0.1 is a tenth of it. Default 0: the same number, give or take one. */
  readonly within?: number;
}

/** Every mock of a fleet has answered about as many requests as every other. */
export async function toHaveServedEqually(
  received: unknown,
  { within = 0 }: EqualShares = {},
): Promise<MatcherVerdict> {
  const entries = await journaledAt(received, 'toHaveServedEqually').requests();
  const ports = portsOf(received);
  const counts = ports.map((port) => entries.filter((entry) => entry.port === port).length);
  const even = entries.length / ports.length;
  const allowed = within === 0 ? 1 : even * within;
  const spread = Math.max(...counts) - Math.min(...counts);
  const equal = within === 0 ? spread <= 1 : counts.every((count) => Math.abs(count - even) <= allowed);
  const found = ports.map((port, index) => `${port}: ${counts[index]}`).join(', ');
  return verdict(
    entries.length > 0 && equal,
    `expected equal shares, found ${found}`,
    `expected unequal shares, found ${found}`,
  );
}

function portsOf(fleet: unknown): readonly number[] {
  const { mocks } = fleet as { readonly mocks?: readonly { readonly port: number }[] };
  if (mocks === undefined) throw new TypeError('toHaveServedEqually: expected a fleet of mocks');
  return mocks.map(({ port }) => port);
}
