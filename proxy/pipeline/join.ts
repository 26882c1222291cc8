import { Flight } from '../flights/flight.ts';
import { mayAnswer } from '../cache/policy.ts';
import type { Exchange } from './exchange.ts';
import type { AnswerFlight } from '../generation/answer.ts';
import { useHit } from './lookup.ts';
import type { Runtime } from './runtime.ts';

/**
 * Finds the flight that already fetches this answer, or starts one.
 *
 * Interleaving that is closed here: A asks Redis and misses; meanwhile B's equal flight ends, is stored in memory and
 * lands; A comes back, finds no flight and would call the endpoint a second time. So memory is looked at once more, in
 * the same tick in which the flight is looked for; storing and landing happen in one tick too (see `forward`).
 */
export function join(exchange: Exchange, runtime: Runtime): void {
  const { plan } = exchange;
  if (exchange.replay || !plan) return;
  if (plan.share) {
    const near = runtime.cache.peek(plan.key);
    if (near && mayAnswer(near, plan.controls, runtime.clock.now())) {
      useHit(exchange, runtime, near);
      return;
    }
    const flight = runtime.flights.find(plan.key);
    if (flight) {
      exchange.answer = flight;
      exchange.cacheStatus = 'joined';
      return;
    }
  }
  lead(exchange, runtime, plan.share);
}

/** Starts a flight of its own for this exchange: on the board when equal requests may share it. */
export function lead(exchange: Exchange, runtime: Runtime, share: boolean): void {
  const { plan, model } = exchange;
  if (!plan || !model) return;
  const retain = share || plan.write ? model.cache.maxEntryBytes : 0;
  const answer: AnswerFlight = { flight: new Flight(retain, () => answer.onLanding?.()), record: { times: [] } };
  if (share) {
    runtime.flights.start(plan.key, answer);
    answer.onLanding = () => runtime.flights.land(plan.key, answer);
  }
  exchange.answer = answer;
  exchange.leads = true;
}
