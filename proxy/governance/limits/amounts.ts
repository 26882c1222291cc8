import type { Limit, Unit } from './types.ts';

export const NANO_PER_CENT = 10_000_000n;
/** Largest amount of a counter, in requests, tokens or cents: below 2^53, so every integer up to here is exact in Lua. */
export const MAX_WHOLE = 9_000_000_000_000_000n;

/** Nano-USD, requests or tokens in one unit of the limit's `max`. */
export function scaleOf(unit: Unit): bigint {
  return unit === 'cost' ? NANO_PER_CENT : 1n;
}

/** The sum, between 0 and the largest amount of the unit. */
export function added(unit: Unit, used: bigint, amount: bigint): bigint {
  const sum = used + amount;
  if (sum < 0n) return 0n;
  const most = MAX_WHOLE * scaleOf(unit);
  return sum > most ? most : sum;
}

export function isUsedUp(limit: Limit, used: bigint): boolean {
  return limit.max !== null && used >= limit.max * scaleOf(limit.unit);
}

/** An amount as whole units and a remainder of nano-USD from 0 to 9,999,999 (always 0 without cost); exact if negative too. */
export function split(unit: Unit, amount: bigint): readonly [whole: bigint, nano: bigint] {
  const scale = scaleOf(unit);
  const rest = ((amount % scale) + scale) % scale;
  return [(amount - rest) / scale, rest];
}

export function join(unit: Unit, whole: number, nano: number): bigint {
  return BigInt(whole) * scaleOf(unit) + BigInt(nano);
}
