import type { VNode } from 'preact';
import { usdOf, type Entity, type Limits } from '../../api/governance.ts';
import { count, money, seconds } from '../../format.ts';
import { html } from '../../html.ts';
import { Bar } from '../../parts/basics.ts';

/** Milliseconds of the units that lengths of windows are written in. */
const UNITS = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1e3,
  m: 6e4,
  h: 36e5,
  d: 864e5,
  w: 6048e5,
  M: 2592e6,
  Y: 31536e6,
};

/** Time until the window that is open ends: windows follow each other without a gap. */
function untilReset(lastReset: string, duration: string): string {
  const parts = duration.matchAll(/([\d.]+)(ns|us|µs|ms|[smhdwMY])/g);
  const ms = [...parts].reduce((sum, [, number, unit]) => sum + Number(number) * UNITS[unit as keyof typeof UNITS], 0);
  return seconds((ms - ((Date.now() - Date.parse(lastReset)) % ms)) / 1_000);
}

interface Used {
  readonly what: 'Budget' | 'Requests' | 'Tokens';
  readonly used: number;
  readonly most: number;
  readonly each: string;
  readonly last: string;
}

/** The budget and the rate limits that are set. */
export function usedOf({ budget, rate_limit: rate }: Limits): readonly Used[] {
  const spent = budget && {
    what: 'Budget' as const,
    used: usdOf(budget.current_usage),
    most: usdOf(budget.max_limit),
    each: budget.reset_duration,
    last: budget.last_reset,
  };
  const counted = (['request', 'token'] as const).map((name) => ({
    what: name === 'request' ? ('Requests' as const) : ('Tokens' as const),
    used: rate?.[`${name}_current_usage`] ?? 0,
    most: rate?.[`${name}_max_limit`] ?? null,
    each: rate?.[`${name}_reset_duration`] ?? '',
    last: rate?.[`${name}_last_reset`] ?? '',
  }));
  return [spent, ...counted].flatMap((one) => (one && one.most !== null ? [{ ...one, most: one.most }] : []));
}

export function UsedBar({ of: { what, used, most } }: { of: Used }): VNode {
  const share = most === 0 ? 1 : used / most;
  const [show, unit] = what === 'Budget' ? [money, ''] : [count, ` ${what.toLowerCase()}`];
  const tone = share >= 1 ? 'bad' : share >= 0.8 ? 'warn' : 'good';
  return html`<${Bar} share=${share} tone=${tone} label=${`${show(used)} of ${show(most)}${unit}`} />`;
}

/** All limits of one owner, each with its window. `calendar`: the key, whose budgets may follow a calendar. */
export function LimitRows({ name = '', of, calendar }: { name?: string; of: Limits; calendar?: Entity }): VNode {
  return html`${usedOf(of).map((one) => {
    const each =
      one.what === 'Budget' && calendar?.calendar
        ? `each ${calendar.calendar} (${calendar.time_zone ?? 'UTC'})`
        : `each ${one.each}, anew in ${untilReset(one.last, one.each)}`;
    return html`<dt>${one.what}${name}</dt>
      <dd><${UsedBar} of=${one} />${' '}<small>${each}</small></dd>`;
  })}`;
}
