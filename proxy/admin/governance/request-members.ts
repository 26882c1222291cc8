import type { JsonObject } from '../../core/json.ts';
import { parsePeriod } from '../../core/period.ts';
import { invalid } from '../../governance/fault.ts';
import { clearable, period, required, shortText, type Rule } from '../../governance/rules.ts';

const MAX_GRACE_MS = 365 * 86_400_000;
const ZERO_PATTERN = '^0+(?:ns|us|µs|ms|[smhdwMY])?$';
const ZERO = new RegExp(ZERO_PATTERN);

/** Milliseconds. Zero may be written as a number or with a unit. */
const grace: Rule<number> = {
  schema: (isNew) => {
    const longer: JsonObject = { ...period.schema(isNew), format: 'grace' };
    const none: JsonObject[] = [{ const: 0 }, { type: 'string', pattern: ZERO_PATTERN }];
    return { anyOf: [...none, longer] };
  },
  read: (value, name) => {
    if (value === 0 || (typeof value === 'string' && ZERO.test(value))) return 0;
    const ms = typeof value === 'string' ? parsePeriod(value) : undefined;
    if (ms !== undefined && ms <= MAX_GRACE_MS) return ms;
    throw invalid(`${name} must be a duration of at most a year, such as 1h or 7d, or 0.`);
  },
};

/** The body that rotates a key. */
export const ROTATION = {
  grace: clearable(grace, 'How long the old value goes on, such as 1h or 7d, at most a year. Default: 0.'),
};

/** The body that resets usage. */
export const USAGE_RESET = {
  virtual_key_id: required(shortText, 'Whose usage.'),
  provider: clearable(shortText, 'Only the counters of this provider.'),
  model: clearable(shortText, 'Only the counters of this model.'),
};
