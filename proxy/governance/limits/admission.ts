import { added, isUsedUp } from './amounts.ts';
import type { Ask, Admission, Claim, ClaimReading, Reading, Reservation, SlotReading } from './types.ts';

/** Whether the claim is refused at this usage: a request that is taken would be one too many, or the limit is reached. */
export function isBlocked({ limit, mode }: Claim, used: bigint): boolean {
  return mode !== 'watch' && isUsedUp(limit, used);
}

/** Joins what the counters said to the answer, which includes what was taken. */
export function admissionOf(
  ask: Ask,
  id: string,
  now: number,
  seen: { readonly readings: readonly Reading[]; readonly slotsUsed: readonly number[] },
): Admission {
  const before = ask.claims.map((claim, index) => claimReading(claim, seen.readings[index]));
  const slots = (ask.slots ?? []).map((slot, index): SlotReading => {
    const used = seen.slotsUsed[index] ?? 0;
    return { slot, used, blocked: used >= slot.max };
  });
  const refused = before.some(({ blocked }) => blocked) || slots.some(({ blocked }) => blocked);
  if (refused) return { now, readings: before, slots, reservation: undefined };
  const readings = before.map((reading, index) =>
    ask.claims[index]?.mode === 'take' ? { ...reading, used: added(reading.limit.unit, reading.used, 1n) } : reading,
  );
  return { now, readings, slots, reservation: reservationOf(ask, id, before) };
}

function claimReading(claim: Claim, reading: Reading | undefined): ClaimReading {
  const { used, start, end } = reading ?? { used: 0n, start: claim.limit.anchor, end: claim.limit.anchor };
  return { limit: claim.limit, used, start, end, blocked: isBlocked(claim, used) };
}

function reservationOf(ask: Ask, id: string, readings: readonly Reading[]): Reservation {
  const taken = readings.flatMap(({ limit, start }, index) =>
    ask.claims[index]?.mode === 'take' ? [{ limit, start }] : [],
  );
  return { id, taken, slots: ask.slots ?? [] };
}
