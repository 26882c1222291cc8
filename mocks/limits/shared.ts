import { Limiter } from './limiter.ts';
import type { LimitSettings } from './settings.ts';

/** Hands out limiters so that servers of one organization with the same limits share one. */
export class SharedLimiters {
  readonly #limiters = new Map<string, Limiter>();

  of(organization: string, settings: LimitSettings | undefined): Limiter {
    const name = JSON.stringify([organization, settings ?? null]);
    const known = this.#limiters.get(name);
    if (known !== undefined) return known;
    const made = new Limiter(settings);
    this.#limiters.set(name, made);
    return made;
  }
}
