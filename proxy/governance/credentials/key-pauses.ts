import type { Clock } from '../../core/clock.ts';
import type { CredentialEntry } from './types.ts';

/** Why a provider wants a key to wait. */
export type PauseReason = 'limited' | 'quota';

export interface KeyWait {
  readonly reason: PauseReason;
  readonly ms: number;
}

interface Pause {
  readonly reason: PauseReason;
  /** Monotonic milliseconds. */
  readonly until: number;
  /** The key that was meant: another one in its place need not wait. */
  readonly sealedKey: string;
}

/** Keys that wait at a time. */
const MAX_PAUSES = 10_000;
/** A provider's word for longer than this is not believed. */
const LONGEST_MS = 24 * 3_600_000;

/** Stored keys that their providers have asked to wait, in this process. Outlives configurations. */
export class KeyPauses {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #pauses = new Map<string, Pause>();

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
  }

  pause({ id, sealedKey }: CredentialEntry, reason: PauseReason, ms: number): void {
    if (!(ms > 0)) return;
    this.#pauses.delete(id);
    this.#pauses.set(id, { reason, sealedKey, until: this.#clock.monotonic() + Math.min(ms, LONGEST_MS) });
    if (this.#pauses.size <= MAX_PAUSES) return;
    const [oldest] = this.#pauses.keys();
    if (oldest !== undefined) this.#pauses.delete(oldest);
  }

  /** What the key still has to wait for. */
  of({ id, sealedKey }: CredentialEntry): KeyWait | undefined {
    if (this.#pauses.size === 0) return undefined;
    const pause = this.#pauses.get(id);
    if (pause === undefined) return undefined;
    const ms = pause.until - this.#clock.monotonic();
    if (ms > 0 && pause.sealedKey === sealedKey) return { reason: pause.reason, ms };
    this.#pauses.delete(id);
    return undefined;
  }
}
