import type { BilledCall, Payer } from '../../generation/payer.ts';
import type { Holder } from '../../governance/lookup.ts';
import { withEstimates } from '../../usage/estimated-prices.ts';
import { RequestAccount } from '../governed/account.ts';
import type { GovernedTools } from '../governed/tools.ts';

/** The account of a request of a service: models without a price have an estimated one, and tokens count at the provider, too. */
export class GatewayAccount extends RequestAccount {
  #spent: ((tokens: number) => void) | undefined;

  constructor(tools: GovernedTools, holder: Holder | undefined) {
    super({ ...tools, prices: withEstimates(tools.prices) }, holder);
  }

  /** Who hears of the tokens that the request's generation has used. */
  countTokensAt(spent: (tokens: number) => void): void {
    this.#spent = spent;
  }

  override payer(model: string): Payer {
    const inner = super.payer(model);
    const spent = this.#spent;
    return {
      booked: (calls) => {
        inner.booked(calls);
        const tokens = calls.reduce((sum, call) => sum + tokensOf(call), 0);
        if (tokens > 0) spent?.(tokens);
      },
    };
  }
}

function tokensOf({ usage }: BilledCall): number {
  return (usage?.input ?? 0) + (usage?.output ?? 0);
}
