import type { KeyDirectory } from '../../governance/directory.ts';
import { chargesOf, type LevelLimits } from '../../governance/limits/chain.ts';
import type { Holder } from '../../governance/lookup.ts';
import type { LimitBook } from '../../governance/limits/limit-book.ts';
import type { MonthlyCaps } from '../../governance/limits/monthly-caps.ts';
import type { Counters } from '../../governance/limits/types.ts';
import type { GovernanceWatch } from '../../pipeline/governed/tools.ts';
import { bookedMembers, type Booking } from '../../usage/booking.ts';
import { type LedgerRow, newLedgerId } from '../../usage/ledger.ts';
import type { BatchRow } from '../../usage/batches/types.ts';

export interface ChargeTools {
  readonly directory: Pick<KeyDirectory, 'lookupId'>;
  readonly book: Pick<LimitBook, 'limitsOf'>;
  readonly monthly?: Pick<MonthlyCaps, 'counted'>;
  readonly counters: Pick<Counters, 'charge'>;
  readonly watch: Pick<GovernanceWatch, 'charged' | 'unpriced' | 'impossibleUsage'>;
}

/** The row of a batch, with those who made it as they were then. */
export function batchLedgerRow(batch: BatchRow, booking: Booking, at: number): LedgerRow {
  const last = booking.attempts.at(-1);
  const model = (last?.model ?? batch.model) || null;
  const { virtualKeyId, userId, teamId, customerId } = batch;
  return {
    id: newLedgerId(at),
    requestId: batch.id,
    at,
    virtualKeyId,
    userId,
    teamId,
    customerId,
    userLabel: null,
    service: null,
    task: null,
    operation: 'batch',
    endpoint: batch.endpoint,
    modelAsked: model,
    model,
    provider: last?.provider ?? null,
    credential: last?.credential ?? null,
    complexity: null,
    tier: null,
    savedByRouting: null,
    ...bookedMembers(booking),
    status: 200,
    errorCode: null,
    latencyMs: 0,
  };
}

/** Charges the key that made the batch and those above it now; where the key is no more, those who stood above it. */
export async function chargeBatch(batch: BatchRow, booking: Booking, tools: ChargeTools, now: number): Promise<void> {
  const { counters, watch } = tools;
  if (booking.unknown !== undefined) watch.unpriced(booking.unknown, booking.attempts.at(-1)?.model ?? '');
  if (booking.clamped.length > 0) watch.impossibleUsage(batch.id, booking.clamped);
  const { holder, chain } = payersOf(batch, tools, now);
  for (const { model, provider, input, output, cost } of booking.attempts) {
    // A key of the user's own pays for itself.
    const usage = { tokens: BigInt(input + output), costNano: batch.credential === null ? cost : 0n };
    const charges = chargesOf(chain, { model: model || undefined, provider }, usage);
    if (charges.length === 0) continue;
    // oxlint-disable-next-line no-await-in-loop -- a batch has one attempt, or a few
    const charged = await counters.charge(charges);
    if (holder) watch.charged(charged, holder);
  }
}

function payersOf(
  { virtualKeyId, userId, teamId, customerId }: BatchRow,
  { directory, book, monthly }: ChargeTools,
  now: number,
): { readonly holder: Holder | undefined; readonly chain: readonly LevelLimits[] } {
  const found = virtualKeyId === null ? undefined : directory.lookupId(virtualKeyId, now);
  const holder = found && 'holder' in found ? found.holder : undefined;
  const ids = holder?.levels.map(({ id }) => id) ?? [userId, teamId, customerId];
  const chain = ids.flatMap((id) => (id === null ? [] : (book.limitsOf(id) ?? [])));
  return { holder, chain: chain.concat(monthly?.counted(holder) ?? []) };
}
