import type { Candidate, Strategy } from '../strategy.ts';

/** What an endpoint that was never measured costs while its first request is under way or has failed. */
const UNKNOWN_MS = 60_000;

/**
 * Power of two choices on the time to the first event (peak-EWMA × requests in flight, as Finagle does it): two
 * endpoints are drawn, the cheaper one is taken. Drawing two keeps all requests from running to one endpoint at once. An
 * endpoint that was never measured wins against any other, once at a time.
 */
export const fastest = {
  name: 'fastest',
  shares: 'measured',
  create({ random }) {
    return (candidates) => {
      const place = Math.floor(random() * candidates.length);
      const first = candidates[place];
      if (first === undefined || candidates.length === 1) return first;
      const among = Math.floor(random() * (candidates.length - 1));
      const second = candidates[among < place ? among : among + 1];
      return second !== undefined && cost(second) < cost(first) ? second : first;
    };
  },
} satisfies Strategy;

function cost({ expectedMs, inFlight, failures, ramp }: Candidate): number {
  if (expectedMs === undefined && inFlight === 0 && failures === 0) return 0;
  return ((expectedMs ?? UNKNOWN_MS) * (inFlight + 1) * (failures + 1)) / ramp;
}
