import { toNano } from '../../core/money.ts';
import { type Booking, savedByRouting } from '../../usage/booking.ts';
import { exactCostOf } from '../../usage/cost.ts';
import type { LedgerRow } from '../../usage/ledger.ts';
import type { RequestContext } from '../context.ts';

type Routed = Pick<LedgerRow, 'complexity' | 'tier' | 'savedByRouting'>;

const NOT_ROUTED: Routed = { complexity: null, tier: null, savedByRouting: null };

/** What the ledger says of a request whose model the proxy has picked. */
export function routedMembers({ auto }: RequestContext, booking: Booking): Routed {
  if (auto === undefined) return NOT_ROUTED;
  return {
    complexity: auto.decision.classified.complexity,
    tier: auto.tier,
    savedByRouting: savedByRouting(atReference(auto.reference, booking), booking.cost),
  };
}

/** What the same tokens had cost at the model of reference; null = its price is unknown. */
function atReference(
  reference: NonNullable<RequestContext['auto']>['reference'],
  { inputTokens, cachedTokens, outputTokens }: Booking,
): bigint | null {
  const usage = { input: inputTokens, cachedInput: cachedTokens, output: outputTokens };
  const { usd } = exactCostOf(usage, reference?.price);
  return usd === null ? null : toNano(usd);
}
