import type { Clock } from '../core/clock.ts';
import { isJsonObject } from '../core/json.ts';

/** How long an ejection by hand lasts, unless a time is given, and at most; in milliseconds. */
export const HAND_EJECTION_MS = 10 * 60_000;
export const LONGEST_HAND_EJECTION_MS = 24 * 3_600_000;

/** What an operator has decided about an endpoint, as plain JSON data. Times are epoch milliseconds. */
export type HandChange =
  | { readonly hand: true; readonly state: 'admitting'; readonly at: number; readonly by: string }
  | {
      readonly hand: true;
      readonly state: 'ejected';
      /** Takes the place of the outcome that other ejections have. */
      readonly kind: 'by_hand';
      /** When it was decided; a change that is not newer than the last known one is ignored. */
      readonly at: number;
      readonly until: number;
      /** Who has decided it. */
      readonly by: string;
    };

export type HandEjected = HandChange & { readonly state: 'ejected' };

const PREFIX = 'hand ';
const MOST_BY = 200;

/** The name under which replicas share what was decided about an endpoint: it holds for the id, wherever that leads to. */
export function handName(endpointId: string): string {
  return `${PREFIX}${endpointId}`;
}

/** The id in a name that `handName` has made. */
export function idInHandName(name: string): string {
  return name.slice(PREFIX.length);
}

/** Reads a change that another replica, perhaps of another version, has written; undefined when it is none. */
export function readHandChange(value: unknown): HandChange | undefined {
  if (!isJsonObject(value) || value['hand'] !== true) return undefined;
  const { state, at, until, by } = value;
  if (!isTime(at) || typeof by !== 'string' || by.length > MOST_BY) return undefined;
  if (state === 'admitting') return { hand: true, state, at, by };
  return state === 'ejected' && isTime(until) ? { hand: true, state, kind: 'by_hand', at, until, by } : undefined;
}

/**
 * Whether an operator keeps an endpoint out, for how long, and who it was. No probe and no health check ends it: time does, or an
 * operator.
 */
export class HandEjection {
  readonly #clock: Clock;
  #ejected: HandEjected | undefined;
  /** End on the monotonic clock. */
  #until = -Infinity;
  #changedAt = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get isOut(): boolean {
    return this.#ejected !== undefined && this.#until > this.#clock.monotonic();
  }

  /** Milliseconds until it ends; 0 when it has ended or there is none. */
  get remainingMs(): number {
    return this.#ejected === undefined ? 0 : Math.max(0, this.#until - this.#clock.monotonic());
  }

  /** The ejection that lasts. */
  get current(): HandEjected | undefined {
    return this.isOut ? this.#ejected : undefined;
  }

  /** Begins one, or gives the one that lasts another end; `ms` is at most `LONGEST_HAND_EJECTION_MS`. */
  eject(ms: number, by: string): HandEjected {
    const lengthMs = Math.min(ms, LONGEST_HAND_EJECTION_MS);
    const at = this.#next();
    const until = Math.ceil(this.#clock.now() + lengthMs);
    this.#until = this.#clock.monotonic() + lengthMs;
    this.#ejected = { hand: true, state: 'ejected', kind: 'by_hand', at, until, by: by.slice(0, MOST_BY) };
    return this.#ejected;
  }

  admit(by: string): HandChange {
    this.#ejected = undefined;
    return { hand: true, state: 'admitting', at: this.#next(), by: by.slice(0, MOST_BY) };
  }

  /** Takes over what was decided at another replica; false when it is not newer than what is known. */
  apply(change: HandChange): boolean {
    if (change.at <= this.#changedAt) return false;
    this.#changedAt = change.at;
    if (change.state === 'admitting') {
      this.#ejected = undefined;
      return true;
    }
    const lengthMs = Math.min(change.until - this.#clock.now(), LONGEST_HAND_EJECTION_MS);
    this.#until = this.#clock.monotonic() + lengthMs;
    this.#ejected = change;
    return true;
  }

  /** Later than every change known here, also when another replica's clock is ahead: else it would be ignored there. */
  #next(): number {
    this.#changedAt = Math.max(this.#clock.now(), this.#changedAt + 1);
    return this.#changedAt;
  }
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}
