import type { Config } from '../config/config.ts';
import type { TimerClock } from '../core/clock.ts';
import { capsOf, MonthlyCaps, type MonthlyCapsOptions } from '../governance/limits/monthly-caps.ts';
import type { Counters } from '../governance/limits/types.ts';
import type { KnownPreferences } from '../governance/preferences/known-preferences.ts';
import type { ProxyLogger } from '../telemetry/logger.ts';
import type { LedgerStore, RowOwner } from '../usage/ledger.ts';
import type { LedgerWriter } from '../usage/ledger-writer.ts';
import { VALIDATE_TASK } from './credentials/key-checks.ts';
import { planOf } from './plan-of.ts';

const OWNERS = { key: 'virtualKeyId', user: 'userId', team: 'teamId', customer: 'customerId' } as const;

/** What a level of a chain has spent by the ledger, with the rows that this process has yet to write. */
export function monthlySpending(
  ledger: Pick<LedgerStore, 'usage'>,
  writer: Pick<LedgerWriter, 'flush'>,
): MonthlyCapsOptions['spent'] {
  return async ({ level, id }, from) => {
    await writer.flush();
    const owner: RowOwner = { [OWNERS[level]]: id };
    const whole = { groupBy: [], days: [], limit: 1, offset: 0, to: Number.MAX_SAFE_INTEGER };
    // What a user's own key has paid, and what a check of such a key costs, is in no budget.
    const { totals } = await ledger.usage({ ...whole, owner, from, keyOf: 'operator', withoutTask: VALIDATE_TASK });
    return totals.cost;
  };
}

export interface MonthlyParts {
  readonly clock: TimerClock;
  readonly logger: ProxyLogger;
  readonly counters: Counters;
  readonly ledger: Pick<LedgerStore, 'usage'>;
  readonly writer: Pick<LedgerWriter, 'flush'>;
  readonly preferences: Pick<KnownPreferences, 'levels' | 'onChange'>;
  readonly plans: () => Config['plans'];
}

/** The monthly caps of a running proxy. */
export function createMonthlyCaps(parts: MonthlyParts): MonthlyCaps {
  const { clock, logger, counters, ledger, writer, preferences, plans } = parts;
  const caps = new MonthlyCaps({
    clock,
    counters,
    spent: monthlySpending(ledger, writer),
    capsOf: (holder) => capsOf(holder, planOf(plans(), holder), preferences.levels(holder)),
    onTrouble: (error) =>
      logger.warn(
        { component: 'governance', err: error },
        'what a month has cost could not be read; requests go on without the monthly cap, and it is tried again',
      ),
  });
  preferences.onChange((id, stored) => caps.changed(id, stored));
  return caps;
}
