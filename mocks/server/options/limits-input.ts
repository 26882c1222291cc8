import type { LimitSettings } from '../../limits/settings.ts';
import { mapOf, number, record } from '../../rules/shape.ts';
import type { Shape } from '../../rules/shape.ts';

const RATES = { rpm: number(), tpm: number(), rpd: number() };
const ALLOWANCE = {
  ...RATES,
  quota: record({ tokens: number(), usd: number() }),
  models: mapOf(record(RATES)),
};

export const limitsShape: Shape<LimitSettings> = record({ ...ALLOWANCE, keys: mapOf(record(ALLOWANCE)) });

/** Reads limits that came as JSON; throws {@link InvalidInput} naming the field, what was expected and what came. */
export function parseLimits(value: unknown, field = 'limits'): LimitSettings {
  return limitsShape.read(value, field);
}
