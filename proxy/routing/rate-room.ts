import type { Clock } from '../core/clock.ts';
import { accountOf } from './account.ts';
import type { Endpoint, RateLimitReading } from './types.ts';

/** What a provider says is believed for so long at the most: then one request finds out what is left. */
const LONGEST_MS = 60_000;
/** Limits of one key that are kept apart: requests, tokens, tokens of the prompt … */
const MAX_LIMITS = 8;
/** No endpoint that admits is left without any share. */
const LEAST_SHARE = 0.01;
/** How fast what a request takes is forgotten when later ones take less. */
const KEEP = 0.9;
const MAX_ROOMS = 10_000;

/** One limit as one endpoint says it of `rate_limits` in `/stats`. */
export interface RateLimitStats {
  readonly limit: number;
  /** By what the provider said last, less what was sent since. */
  readonly remaining: number;
}

/** What the provider leaves one key of one model, by what its latest answers said; all endpoints with that key share it. */
export class RateRoom {
  readonly #clock: Clock;
  readonly #limits = new Map<string, Meter>();
  #sent = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A request begins. Returns its place among all of them. */
  begin(): number {
    this.#sent += 1;
    return this.#sent;
  }

  /** The answer to the request at that place said so. */
  saw(readings: readonly RateLimitReading[], place: number): void {
    const now = this.#clock.monotonic();
    for (const reading of readings) {
      let meter = this.#limits.get(reading.name);
      if (meter === undefined) {
        if (this.#limits.size >= MAX_LIMITS) return;
        meter = new Meter(reading.name === 'requests' ? 1 : 0);
        this.#limits.set(reading.name, meter);
      }
      meter.saw(reading, place, now);
    }
  }

  /** Whether one more request should get no 429. */
  get isOpen(): boolean {
    const now = this.#clock.monotonic();
    for (const meter of this.#limits.values()) if (!meter.isOpen(this.#sent, now)) return false;
    return true;
  }

  /** The part that is left of the scarcest limit, from 0.01 to 1; 1 where nothing is known. */
  get share(): number {
    const now = this.#clock.monotonic();
    let least = 1;
    for (const meter of this.#limits.values()) least = Math.min(least, meter.part(this.#sent, now));
    return Math.max(LEAST_SHARE, least);
  }

  /** By the name of the limit; those alone that are known now. */
  stats(): Record<string, RateLimitStats> {
    const now = this.#clock.monotonic();
    const known = [...this.#limits].filter(([, meter]) => meter.isKnown(now));
    return Object.fromEntries(
      known.map(([name, meter]) => [
        name,
        { limit: meter.limit, remaining: Math.max(0, Math.round(meter.left(this.#sent))) },
      ]),
    );
  }
}

class Meter {
  limit = 0;
  #remaining = 0;
  /** Place of the request that this is known of. */
  #at = 0;
  #until = -Infinity;
  /** What a request takes of it. */
  #cost: number;

  constructor(cost: number) {
    this.#cost = cost;
  }

  saw({ limit, remaining, resetMs }: RateLimitReading, place: number, now: number): void {
    if (this.isKnown(now)) {
      // Answers can come in another order than their requests were sent.
      if (place < this.#at) return;
      const taken = (this.#remaining - remaining) / (place - this.#at);
      if (place > this.#at && taken > 0) this.#cost = Math.max(taken, this.#cost * KEEP + taken * (1 - KEEP));
    }
    this.limit = limit;
    this.#remaining = remaining;
    this.#at = place;
    this.#until = now + Math.min(resetMs, LONGEST_MS);
  }

  isKnown(now: number): boolean {
    return now < this.#until;
  }

  left(sent: number): number {
    return this.#remaining - (sent - this.#at) * this.#cost;
  }

  isOpen(sent: number, now: number): boolean {
    return !this.isKnown(now) || this.left(sent) >= Math.max(1, this.#cost);
  }

  part(sent: number, now: number): number {
    return this.isKnown(now) ? Math.min(1, this.left(sent) / this.limit) : 1;
  }
}

/** The rooms of all keys; they outlive configurations. */
export class RateRooms {
  readonly #clock: Clock;
  readonly #rooms = new Map<string, RateRoom>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** `model`: the name that clients use. Limits are those of a model at the provider. */
  of(endpoint: Endpoint, model: string): RateRoom {
    const key = JSON.stringify([accountOf(endpoint), endpoint.upstreamModel ?? model]);
    const known = this.#rooms.get(key);
    if (known) return known;
    const [oldest] = this.#rooms.keys();
    if (oldest !== undefined && this.#rooms.size >= MAX_ROOMS) this.#rooms.delete(oldest);
    const room = new RateRoom(this.#clock);
    this.#rooms.set(key, room);
    return room;
  }
}
