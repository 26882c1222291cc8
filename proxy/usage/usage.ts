/**
 * What a provider bills for one call, in the one form that all APIs are read into: `input` is all tokens of the prompt, and cached,
 * written and audio tokens are parts of it; `output` is all tokens of the answer, and reasoning and audio tokens are parts of it.
 * Left out = not reported; 0 is a report.
 */
export interface BilledUsage {
  readonly input?: number;
  readonly cachedInput?: number;
  readonly cacheWrite?: number;
  readonly audioInput?: number;
  readonly output?: number;
  readonly reasoning?: number;
  readonly audioOutput?: number;
  readonly images?: number;
  /** Of audio or video; may have a fraction. */
  readonly seconds?: number;
}

export type UsageSource = 'reported' | 'estimated' | 'none';

/** Usage that is possible: whole, not negative, no part larger than what it is a part of. */
export interface PossibleUsage extends BilledUsage {
  /** The members of the report that were not possible and are not what was reported. */
  readonly clamped: readonly (keyof BilledUsage)[];
}

/** More is no usage of one call; without a bound one report could overflow every sum. */
const MOST_TOKENS = 1_000_000_000;
const MEMBERS = [
  'input',
  'cachedInput',
  'cacheWrite',
  'audioInput',
  'output',
  'reasoning',
  'audioOutput',
  'images',
  'seconds',
] as const;
/** A part and what it is a part of, with the parts that come before it. */
const PARTS: readonly (readonly [part: keyof BilledUsage, whole: keyof BilledUsage, before?: keyof BilledUsage])[] = [
  ['cachedInput', 'input'],
  ['cacheWrite', 'input', 'cachedInput'],
  ['audioInput', 'input'],
  ['reasoning', 'output'],
  ['audioOutput', 'output'],
];

/** Makes reported usage possible. A negative or fractional count, or cached tokens beyond the input, never lower a cost. */
export function possibleUsage(reported: BilledUsage): PossibleUsage {
  const usage: Partial<Record<keyof BilledUsage, number>> = {};
  const clamped = new Set<keyof BilledUsage>();
  const set = (member: keyof BilledUsage, value: number): void => {
    if (value !== reported[member]) clamped.add(member);
    usage[member] = value;
  };
  for (const member of MEMBERS) {
    const value = reported[member];
    if (value !== undefined) set(member, member === 'seconds' ? bounded(value) : Math.floor(bounded(value)));
  }
  for (const [part, whole, before] of PARTS) {
    const value = usage[part];
    if (value === undefined) continue;
    const room = (usage[whole] ?? 0) - (before === undefined ? 0 : (usage[before] ?? 0));
    if (value > room) set(part, room);
  }
  return { ...usage, clamped: [...clamped] };
}

function bounded(value: number): number {
  return Number.isNaN(value) ? 0 : Math.min(Math.max(value, 0), MOST_TOKENS);
}
