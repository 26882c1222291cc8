import type { Claim, Counters, Limit, Window } from '../../governance/limits/types.ts';

/** Where a user stands after a request was counted, or refused: of the window that has the fewest requests left. */
export interface RateState {
  readonly limit: number;
  readonly remaining: number;
  /** End of the window, milliseconds since the epoch. */
  readonly resetsAt: number;
  /** Milliseconds until another request is taken; undefined = this one was. */
  readonly retryAfterMs?: number;
}

export interface RateSettings {
  readonly perMinute: number;
  readonly perHour: number;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/** Counts requests of a user in the open minute and hour, where virtual keys are counted too: on Redis, if there is one. */
export async function takeRequest(
  counters: Pick<Counters, 'reserve'>,
  userId: string,
  { perMinute, perHour }: RateSettings,
): Promise<RateState> {
  const claims = [claimOf(userId, 'minute', perMinute, MINUTE_MS), claimOf(userId, 'hour', perHour, HOUR_MS)];
  const { now, readings, reservation } = await counters.reserve({ claims });
  const states = readings.map(({ limit, used, end, blocked }) => {
    const max = Number(limit.max);
    return { limit: max, remaining: Math.max(0, max - Number(used)), resetsAt: end, blocked };
  });
  const closed = states.filter(({ blocked }) => blocked).toSorted((a, b) => b.resetsAt - a.resetsAt);
  const tightest = closed[0] ?? states.toSorted((a, b) => a.remaining - b.remaining)[0];
  if (tightest === undefined) throw new Error('no window was counted');
  const { limit, remaining, resetsAt } = tightest;
  return { limit, remaining, resetsAt, ...(reservation ? {} : { retryAfterMs: Math.max(0, resetsAt - now) }) };
}

/** Windows begin with the minutes and hours of the clock, on every replica. */
function claimOf(userId: string, name: string, max: number, ms: number): Claim {
  const window: Window = { kind: 'fixed', ms };
  const limit: Limit = {
    id: `credentials/${userId}/${name}`,
    level: 'user',
    scope: null,
    unit: 'requests',
    max: BigInt(max),
    window,
    windowText: name,
    anchor: 0,
  };
  return { limit, mode: 'take' };
}
