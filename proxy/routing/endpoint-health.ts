import type { Clock } from '../core/clock.ts';
import { OUTCOMES, type Outcome } from '../core/outcome.ts';
import {
  type ChangeListener,
  Health,
  type HealthSettings,
  LONGEST_ASKED_MS,
  longPauseMs,
  type Ticket,
} from './health.ts';
import { type HandChange, HandEjection } from './by-hand.ts';
import { Pauses } from './pauses.ts';
import type { HealthChange } from './shared-health.ts';

/** What of a request decides whose health it meets; `credential` only where the endpoint is given it. */
export interface HealthScope {
  readonly operation: string | undefined;
  readonly model: string | undefined;
  readonly credential: string | undefined;
}

/** What a request that was sent may later report on. */
export interface ScopedTicket {
  readonly scope: HealthScope;
  readonly whole: Ticket;
  readonly operation?: { readonly health: Health; readonly ticket: Ticket };
}

const MAX_PAUSES = 1_000;
/** Operations come from the route table; a replica of another version may name others. */
const MAX_OPERATIONS = 64;
/** For a scope that an outcome does not concern: the request has ended, and nothing was learnt. */
const NOTHING_LEARNT: Outcome = { kind: 'client_left' };

/**
 * Health of one endpoint in its scopes: as a whole, for each operation, for each model that it lacks and for each
 * credential of a caller that it limits. A request is affected by the scopes that it falls into, and by no other.
 */
export class EndpointHealth {
  readonly whole: Health;
  /** What an operator has decided. */
  readonly byHand: HandEjection;
  /** Called when a model turns out to be missing or a credential is limited. */
  onPause: (() => void) | undefined;
  readonly #clock: Clock;
  readonly #operations = new Map<string, Health>();
  readonly #missingModels: Pauses;
  readonly #limitedCredentials: Pauses;
  #settings: HealthSettings;
  #onChange: ChangeListener | undefined;

  /** `byHand`: of the same endpoint, under the configuration before. */
  constructor(settings: HealthSettings, clock: Clock, byHand = new HandEjection(clock)) {
    this.#settings = settings;
    this.#clock = clock;
    this.byHand = byHand;
    this.whole = new Health(settings, clock);
    this.#missingModels = new Pauses({ clock, maxEntries: MAX_PAUSES });
    this.#limitedCredentials = new Pauses({ clock, maxEntries: MAX_PAUSES });
  }

  /** Takes the settings of a new configuration; running ejections keep their end. */
  configure(settings: HealthSettings): void {
    this.#settings = settings;
    for (const health of this.#parts()) health.configure(settings);
  }

  set onChange(listener: ChangeListener | undefined) {
    this.#onChange = listener;
    for (const health of this.#parts()) health.onChange = listener;
  }

  /** Health of one operation; undefined as long as nothing was sent. */
  operation(name: string | undefined): Health | undefined {
    return name === undefined ? undefined : this.#operations.get(name);
  }

  operations(): ReadonlyMap<string, Health> {
    return this.#operations;
  }

  /** Nothing is known that keeps some request from here, or lets fewer come. */
  get isCalm(): boolean {
    const isWell = (part: Health): boolean => part.state === 'admitting' && part.ramp === 1;
    return this.#parts().every(isWell) && !this.hasPauses && !this.byHand.isOut;
  }

  /** Requests of the operation are admitted, as far as that does not depend on their model and credential. */
  admits(operation: string | undefined): boolean {
    if (this.byHand.isOut || this.whole.state !== 'admitting') return false;
    return (this.operation(operation)?.state ?? 'admitting') === 'admitting';
  }

  /** A model is known to be missing, or a credential to be limited: requests differ. */
  get hasPauses(): boolean {
    return !this.#missingModels.isEmpty || !this.#limitedCredentials.isEmpty;
  }

  missingModels(): ReturnType<Pauses['running']> {
    return this.#missingModels.running().filter(({ name }) => !name.includes(SEPARATOR));
  }

  /** Milliseconds for which this model is not to be asked for here. */
  missingMs(scope: HealthScope): number {
    const name = modelName(scope);
    return name === undefined ? 0 : this.#missingModels.remainingMs(name);
  }

  /** Milliseconds that the endpoint asked the caller's credential to wait for. */
  limitedMs(scope: HealthScope): number {
    const name = credentialName(scope);
    return name === undefined ? 0 : this.#limitedCredentials.remainingMs(name);
  }

  begin(scope: HealthScope): ScopedTicket {
    const whole = this.whole.begin();
    const health = scope.operation === undefined ? undefined : this.#operationFor(scope.operation);
    return { scope, whole, ...(health === undefined ? {} : { operation: { health, ticket: health.begin() } }) };
  }

  /** A request has ended: each scope learns what concerns it. */
  end({ scope, whole, operation }: ScopedTicket, outcome: Outcome): void {
    const { scope: blamed, blame } = OUTCOMES[outcome.kind];
    // A success proves everything that the request passed through, a verdict concerns its scope alone.
    const concerns = (part: 'endpoint' | 'operation'): boolean => blame === 'success' || blamed === part;
    const onWhole = concerns('endpoint') || (operation === undefined && concerns('operation'));
    this.whole.end(whole, onWhole ? outcome : NOTHING_LEARNT);
    operation?.health.end(operation.ticket, concerns('operation') ? outcome : NOTHING_LEARNT);
    this.#pause(scope, outcome);
  }

  /** Ends every ejection and pause, because an operator says so. */
  admitByHand(by: string): HandChange {
    const change = this.byHand.admit(by);
    for (const health of this.#parts()) health.admit();
    this.#endPauses();
    return change;
  }

  /** Takes over what was decided at another replica; false when it is not newer than what is known. */
  applyHand(change: HandChange): boolean {
    if (!this.byHand.apply(change)) return false;
    if (change.state === 'ejected') return true;
    for (const [operation, health] of [[undefined, this.whole] as const, ...this.#operations])
      health.apply({ state: 'admitting', at: change.at, ...(operation === undefined ? {} : { operation }) });
    this.#endPauses();
    return true;
  }

  /** Some part is out, and not for a reason that a check cannot disprove. An operator's is none that it can. */
  get isOut(): boolean {
    return !this.byHand.isOut && this.#parts().some(isOut);
  }

  /**
   * A check that is no request of a client begins: it concerns the endpoint as a whole and with it the operations that are out. What
   * it returns takes the outcome. Where the endpoint asked for patience, or refuses its credential, a good one changes nothing.
   */
  beginCheck(): (outcome: Outcome) => void {
    const parts = [this.whole, ...[...this.#operations.values()].filter(isOut)];
    const tickets = parts.map((health) => ({ health, ticket: health.begin() }));
    return (outcome) => {
      const { blame, pause } = OUTCOMES[outcome.kind];
      // A limit on checks says nothing about the requests of clients.
      const concerns = blame !== 'eject' || pause === 'long';
      for (const { health, ticket } of tickets) {
        const holds = concerns && !(blame === 'success' && health.refusing);
        health.end(ticket, holds ? outcome : NOTHING_LEARNT);
      }
    };
  }

  /** Takes over what another replica found out; `draw` as in `Health.apply`. */
  apply(change: HealthChange, draw?: number): void {
    const { operation } = change;
    const health = operation === undefined ? this.whole : this.#operationFor(operation);
    health?.apply(change, draw);
  }

  #endPauses(): void {
    this.#missingModels.endAll();
    this.#limitedCredentials.endAll();
    this.onPause?.();
  }

  #pause(scope: HealthScope, { kind, retryAfterMs }: Outcome): void {
    const { blame, scope: blamed, pause } = OUTCOMES[kind];
    // Without a time that was asked for, only the endpoint knows when the limit of a credential is over.
    const ms = pause === 'long' ? longPauseMs(this.#settings) : Math.min(retryAfterMs ?? 0, LONGEST_ASKED_MS);
    const model = modelName(scope);
    if (model !== undefined && blame === 'success') this.#missingModels.end(model);
    if (model !== undefined && blamed === 'model') this.#missingModels.pause(model, ms);
    const credential = credentialName(scope);
    if (credential !== undefined && blamed === 'credential') this.#limitedCredentials.pause(credential, ms);
    if (blamed === 'model' || blamed === 'credential') this.onPause?.();
  }

  #operationFor(name: string): Health | undefined {
    const known = this.#operations.get(name);
    if (known !== undefined || this.#operations.size >= MAX_OPERATIONS) return known;
    const health = new Health(this.#settings, this.#clock, name);
    health.onChange = this.#onChange;
    this.#operations.set(name, health);
    return health;
  }

  #parts(): Health[] {
    return [this.whole, ...this.#operations.values()];
  }
}

function isOut(health: Health): boolean {
  return health.state !== 'admitting' && !health.refusing;
}

/** Stands in no digest and no operation, and header values cannot hold it. */
const SEPARATOR = '\n';

/** Whether a model is there can depend on the caller's credential. */
function modelName({ model, credential }: HealthScope): string | undefined {
  if (model === undefined) return undefined;
  return credential === undefined ? model : `${model}${SEPARATOR}${credential}`;
}

function credentialName({ operation, credential }: HealthScope): string | undefined {
  return credential === undefined ? undefined : `${credential}${SEPARATOR}${operation ?? ''}`;
}
