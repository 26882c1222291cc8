import type { OwnKey } from '../core/credential.ts';
import type { Outcome } from '../core/outcome.ts';
import type { Endpoint } from '../routing/types.ts';

/** A key that a user has stored, as one request uses it. */
export interface CallerKey {
  readonly own: OwnKey;
  /** Names the key among all of them, and another one once it was replaced: health that concerns this key alone is kept under it. */
  readonly name: string;
  /** The key itself. Throws ProxyError `credential_unreadable`. */
  open(): string;
  /** What its provider has asked it to wait for. */
  pause(): KeyPause | undefined;
  /** An attempt with it has ended; called once an attempt. */
  ended(outcome: Outcome): void;
}

export interface KeyPause {
  readonly code: 'credential_limited' | 'credential_quota';
  readonly ms: number;
}

/** Which endpoints of a model are asked with keys of the caller's own. */
export interface CallerKeys {
  /** Id of the user whose keys they are. */
  readonly userId: string;
  keyFor(endpoint: Endpoint): CallerKey | undefined;
  /** Canonical name of the endpoint's provider. */
  providerOf(endpoint: Endpoint): string;
  /** Endpoints go on with the operator's key where a key of the caller's is refused or limited. */
  readonly fallback: boolean;
  /** The operator's keys may not be used for this caller: it has no money left. */
  readonly ownOnly: boolean;
}
