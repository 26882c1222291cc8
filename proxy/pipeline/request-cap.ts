import type { PlanConfig } from '../config/gateway.ts';
import type { NanoUsd } from '../core/money.ts';
import { NANO_PER_CENT } from '../governance/limits/amounts.ts';
import type { Preferences } from '../governance/preferences/types.ts';

/** What one request may cost on the operator's keys: the smallest of the caps that there are; undefined = there is none. */
export function requestCap(
  plan: Pick<PlanConfig, 'maxCostPerRequestCents'> | undefined,
  preferences: Pick<Preferences, 'maxCostPerRequestCents'>,
): NanoUsd | undefined {
  const caps = [plan?.maxCostPerRequestCents, preferences.maxCostPerRequestCents].filter(
    (cap) => typeof cap === 'number',
  );
  return caps.length === 0 ? undefined : BigInt(Math.round(Math.min(...caps) * Number(NANO_PER_CENT)));
}
