import { ProxyError } from '../../core/errors.ts';
import { secondsUntil } from '../../governance/limits/gates.ts';
import type { Admission, Awaitable, Claim, Counters, Limit } from '../../governance/limits/types.ts';

export interface ProviderLimits {
  readonly id: string;
  readonly name: string;
  /** Requests a minute; 0 or less = unlimited. */
  readonly rpm: number;
  /** Tokens a minute; 0 or less = unlimited. */
  readonly tpm: number;
}

const MINUTE_MS = 60_000;

/** The limits of a provider, in minutes that begin anew whatever the traffic. */
export class ProviderGate {
  readonly #name: string;
  readonly #counters: Pick<Counters, 'reserve' | 'charge'>;
  readonly #claims: readonly Claim[];
  readonly #tokens: Limit | undefined;

  constructor({ id, name, rpm, tpm }: ProviderLimits, counters: Pick<Counters, 'reserve' | 'charge'>) {
    this.#name = name;
    this.#counters = counters;
    const requests = limitOf(id, 'requests', rpm);
    this.#tokens = limitOf(id, 'tokens', tpm);
    this.#claims = [
      ...(requests ? [{ limit: requests, mode: 'take' } as const] : []),
      ...(this.#tokens ? [{ limit: this.#tokens, mode: 'check' } as const] : []),
    ];
  }

  /** Counts one request; an error where the minute has room for none. */
  ask(): Awaitable<ProxyError | undefined> {
    if (this.#claims.length === 0) return undefined;
    const admission = this.#counters.reserve({ claims: this.#claims });
    return admission instanceof Promise ? admission.then((given) => this.#judge(given)) : this.#judge(admission);
  }

  spent(tokens: number): void {
    if (this.#tokens) void this.#counters.charge([{ limit: this.#tokens, amount: BigInt(tokens) }]);
  }

  #judge({ reservation, readings, now }: Admission): ProxyError | undefined {
    if (reservation !== undefined) return undefined;
    const blocked = readings.filter((reading) => reading.blocked);
    const units = blocked.map(({ limit }) => limit.unit).join(' and ');
    const seconds = Math.max(1, ...blocked.map(({ end }) => secondsUntil(end, now)));
    const message = `The provider '${this.#name}' has reached its limit of ${units} a minute. Try again in ${seconds} s.`;
    return new ProxyError('provider_limited', message, { headers: { 'retry-after': String(seconds) } });
  }
}

function limitOf(id: string, unit: 'requests' | 'tokens', max: number): Limit | undefined {
  if (max <= 0) return undefined;
  return {
    id: `gateway/${id}/${unit}`,
    level: 'customer',
    scope: null,
    unit,
    max: BigInt(max),
    window: { kind: 'fixed', ms: MINUTE_MS },
    windowText: '1m',
    anchor: 0,
  };
}
