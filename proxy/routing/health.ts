import type { Clock } from '../core/clock.ts';
import { OUTCOMES, type Outcome, type OutcomeKind } from '../core/outcome.ts';
import type { HealthChange } from './shared-health.ts';

/** `probing`: ejected, and one request is finding out whether it is well again. */
export type HealthState = 'admitting' | 'ejected' | 'probing';

export interface HealthSettings {
  /** Failures in a row that eject; at least 1. */
  readonly allowedFails: number;
  /** First ejection in milliseconds; doubles with each further one, up to ten times. */
  readonly cooldownMs: number;
  /** Longest ramp from 10 % to the whole load after readmission, in milliseconds. Default: `cooldownMs`. */
  readonly slowStartMs?: number;
}

export type ChangeListener = (change: HealthChange, origin: 'local' | 'remote') => void;

/** What a request may later say about the health that it was sent under. */
export interface Ticket {
  /** Number of the spell of admission or ejection in which the request began: a verdict about an earlier one is void. */
  readonly spell: number;
  readonly testing: boolean;
  /** True for the one request that probes after the cooldown. */
  readonly slot: boolean;
}

/** An ejection; times are monotonic milliseconds. */
interface Ejection {
  readonly kind: OutcomeKind;
  readonly until: number;
  /** From when on a request may probe; after `until` where another replica has ejected. */
  readonly probeFrom: number;
  readonly notBefore: number;
  readonly hard: boolean;
  readonly lengthMs: number;
}

const LONGEST_COOLDOWNS = 10;
const SHORTEST_LONG_PAUSE_MS = 5 * 60_000;
/** What an endpoint or another replica may ask for at most. */
export const LONGEST_ASKED_MS = 24 * 3_600_000;
const RAMP_START = 0.1;
/**
 * The replica that has ejected an endpoint probes it first, the others one to two times this later, or the length of the
 * ejection where that is shorter: else each of them would send a request to an endpoint that is still down.
 */
const LONGEST_PRECEDENCE_MS = 10_000;

/** Milliseconds of the pause `long` in the outcome table. */
export function longPauseMs({ cooldownMs }: Pick<HealthSettings, 'cooldownMs'>): number {
  return Math.max(LONGEST_COOLDOWNS * cooldownMs, SHORTEST_LONG_PAUSE_MS);
}

/** Health of one endpoint, as a whole or in one operation: from outcomes to the share of requests that it gets. */
export class Health {
  onChange: ChangeListener | undefined;
  readonly #scope: Pick<HealthChange, 'operation'>;
  readonly #clock: Clock;
  #settings: HealthSettings;
  #ejection: Ejection | undefined;
  #probing = false;
  #failures = 0;
  #level = 0;
  #spell = 0;
  #readmittedAt = -Infinity;
  #rampMs = 0;
  #changedAt = 0;

  constructor(settings: HealthSettings, clock: Clock, operation?: string) {
    this.#scope = operation === undefined ? {} : { operation };
    this.#settings = settings;
    this.#clock = clock;
  }

  /** Takes the settings of a new configuration; a running ejection keeps its end. */
  configure(settings: HealthSettings): void {
    this.#settings = settings;
  }

  get state(): HealthState {
    if (this.#ejection === undefined) return 'admitting';
    return this.#probing ? 'probing' : 'ejected';
  }

  /** Failures in a row since the last success. */
  get failures(): number {
    return this.#failures;
  }

  /** Milliseconds until the ejection ends; 0 when it has ended or there is none. */
  get remainingMs(): number {
    return Math.max(0, (this.#ejection?.until ?? 0) - this.#clock.monotonic());
  }

  /** Milliseconds until a request may be sent here again: the time asked for, else the rest of the ejection. */
  get retryAfterMs(): number {
    const ejection = this.#ejection;
    return ejection !== undefined && this.blocked ? ejection.notBefore - this.#clock.monotonic() : this.remainingMs;
  }

  /** End of the ejection on the monotonic clock, for comparison; -Infinity when admitting. */
  get ejectedUntil(): number {
    return this.#ejection?.until ?? -Infinity;
  }

  /** The endpoint asked not to be called yet. */
  get blocked(): boolean {
    return this.#ejection !== undefined && this.#ejection.notBefore > this.#clock.monotonic();
  }

  /** Ejected for a reason that a further request now would only meet again: credential, quota, `retry-after`. */
  get refusing(): boolean {
    return this.blocked || (this.#ejection !== undefined && this.#ejection.hard && this.remainingMs > 0);
  }

  /** The cooldown is over, no request is probing, and the replica that has ejected has had its turn. */
  get due(): boolean {
    const ejection = this.#ejection;
    return ejection !== undefined && !this.#probing && ejection.probeFrom <= this.#clock.monotonic();
  }

  /** Share of its load that the endpoint gets: from 0.1 to 1 in slow start, then 1. */
  get ramp(): number {
    if (this.#rampMs === 0) return 1;
    const passed = (this.#clock.monotonic() - this.#readmittedAt) / this.#rampMs;
    return passed >= 1 ? 1 : RAMP_START + (1 - RAMP_START) * passed;
  }

  /** Ends the ejection, if there is one, because an operator says so. */
  admit(): void {
    if (this.#ejection !== undefined) this.#readmit();
  }

  /** A request begins. Ask `due` and the rest before: from here on a due endpoint is probing. */
  begin(): Ticket {
    const slot = this.due;
    if (slot) this.#probing = true;
    return { spell: this.#spell, testing: this.#ejection !== undefined, slot };
  }

  /** A request has ended. Ejections for 429, credential and quota count whenever they come, other verdicts for their own spell. */
  end(ticket: Ticket, outcome: Outcome): void {
    const current = ticket.spell === this.#spell;
    if (current && ticket.slot) this.#probing = false;
    const { blame, pause } = OUTCOMES[outcome.kind];
    switch (blame) {
      case 'none':
        return;
      case 'success':
        if (current) this.#succeeded();
        return;
      case 'failure':
        if (current) this.#failed(outcome.kind, ticket);
        return;
      case 'eject':
        if (pause === 'long') this.#eject(outcome.kind, longPauseMs(this.#settings), { hard: true });
        else this.#rateLimited(outcome, current && ticket.slot);
    }
  }

  /**
   * Takes over what another replica found out. What is not newer than the last known change is ignored, own echoes too.
   * `draw` in [0, 1): which of the replicas that take it over probes first, should the one that found out be gone.
   */
  apply(change: HealthChange, draw = 0): void {
    if (change.at <= this.#changedAt) return;
    if (change.state === 'admitting') {
      this.#changedAt = change.at;
      if (this.#ejection !== undefined) this.#readmit(change);
      return;
    }
    const lengthMs = Math.min(change.until - this.#clock.now(), LONGEST_ASKED_MS);
    if (lengthMs <= 0) return;
    this.#changedAt = change.at;
    this.#level = Math.max(this.#level, Math.min(change.level, LONGEST_COOLDOWNS));
    const { kind, hard, notBefore } = change;
    const blockMs = notBefore === undefined ? 0 : Math.min(notBefore - this.#clock.now(), LONGEST_ASKED_MS);
    const graceMs = Math.min(lengthMs, LONGEST_PRECEDENCE_MS) * (1 + draw);
    this.#eject(kind, lengthMs, { hard, blockMs, graceMs, remote: change });
  }

  #succeeded(): void {
    this.#failures = 0;
    if (this.#ejection !== undefined && !this.blocked) this.#readmit();
  }

  #failed(kind: OutcomeKind, ticket: Ticket): void {
    if (this.#ejection !== undefined) {
      if (ticket.slot) this.#eject(kind, this.#nextCooldownMs());
      return;
    }
    this.#failures += 1;
    if (this.#failures >= this.#settings.allowedFails) this.#eject(kind, this.#nextCooldownMs());
  }

  #rateLimited({ kind, retryAfterMs }: Outcome, slot: boolean): void {
    if (retryAfterMs !== undefined && retryAfterMs >= 0) {
      const askedMs = Math.min(retryAfterMs, LONGEST_ASKED_MS);
      this.#eject(kind, askedMs, { blockMs: askedMs });
    } else if (this.#ejection === undefined || slot) {
      this.#eject(kind, this.#nextCooldownMs());
    }
  }

  #nextCooldownMs(): number {
    if (this.#ejection === undefined && this.ramp === 1) this.#level = 0;
    this.#level = Math.min(this.#level + 1, LONGEST_COOLDOWNS);
    return this.#settings.cooldownMs * Math.min(2 ** (this.#level - 1), LONGEST_COOLDOWNS);
  }

  #eject(
    kind: OutcomeKind,
    lengthMs: number,
    how: { hard?: boolean; blockMs?: number; graceMs?: number; remote?: HealthChange } = {},
  ): void {
    const before = this.#ejection;
    const now = this.#clock.monotonic();
    const until = now + lengthMs;
    const longer = before === undefined || until >= before.until;
    const notBefore = Math.max(now + (how.blockMs ?? 0), before?.notBefore ?? now);
    if (!longer && notBefore <= before.notBefore) return;
    const probeFrom = until + (how.graceMs ?? 0);
    const hard = how.hard ?? false;
    this.#ejection = longer ? { kind, until, probeFrom, notBefore, hard, lengthMs } : { ...before, notBefore };
    if (before === undefined) this.#startSpell();
    if (how.remote === undefined) this.#announce();
    else this.onChange?.(how.remote, 'remote');
  }

  #readmit(remote?: HealthChange): void {
    const slowStartMs = this.#settings.slowStartMs ?? this.#settings.cooldownMs;
    // A ramp no longer than the ejection was: half a second of 429 must not cost half a minute of load.
    this.#rampMs = Math.min(slowStartMs, this.#ejection?.lengthMs ?? 0);
    this.#readmittedAt = this.#clock.monotonic();
    this.#ejection = undefined;
    this.#startSpell();
    if (remote === undefined) this.#announce();
    else this.onChange?.(remote, 'remote');
  }

  #startSpell(): void {
    this.#spell += 1;
    this.#failures = 0;
    this.#probing = false;
  }

  /** Later than every change known here, also when another replica's clock is ahead: else it would be ignored there. */
  #announce(): void {
    const now = this.#clock.now();
    const at = Math.max(now, this.#changedAt + 1);
    this.#changedAt = at;
    const ejection = this.#ejection;
    if (ejection === undefined) {
      this.onChange?.({ state: 'admitting', at, ...this.#scope }, 'local');
      return;
    }
    const wall = (monotonic: number): number => Math.ceil(now + monotonic - this.#clock.monotonic());
    const { kind, hard } = ejection;
    const until = wall(ejection.until);
    const change = { state: 'ejected', at, until, hard, level: this.#level, kind, ...this.#scope } as const;
    this.onChange?.(this.blocked ? { ...change, notBefore: wall(ejection.notBefore) } : change, 'local');
  }
}
