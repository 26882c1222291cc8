import type { Clock } from '../../core/clock.ts';
import type { CredentialOwner, CredentialStore } from '../../governance/credentials/credential-store.ts';
import type { KeyHolder, KeyLookup } from '../../governance/lookup.ts';

/** The part of the store that the routes use. */
export type UserCredentialStore = Pick<CredentialStore, 'list' | 'get' | 'create' | 'update' | 'setDefault' | 'remove'>;

/** A key to be tried: one that is given, or a stored one. */
export type KeyToCheck =
  | { readonly provider: string; readonly apiKey: string; readonly modelName: string | null }
  | { readonly credentialId: string; readonly modelName: string | null };

export interface RateState {
  readonly limit: number;
  readonly remaining: number;
  /** Milliseconds since the epoch. */
  readonly resetsAt: number;
  /** Undefined = the request is taken. */
  readonly retryAfterMs?: number;
}

/** What the routes of users' credentials stand on. Functions are asked at each request: a reload may have changed the answer. */
export interface CredentialsRouterDeps {
  readonly clock: Clock;
  lookup(key: string, now: number): KeyLookup;
  /** Counts a request of the user. */
  take(userId: string): Promise<RateState>;
  /** For `GET /llm-providers`. */
  providers(): readonly object[];
  /** Canonical name of a provider that keys may be stored for, by the word that users have for it; case does not count. */
  canonical(word: string): string | undefined;
  /** Throws GovernanceFault 503 as long as the database was never reached. */
  store(): UserCredentialStore;
  /** Asks the provider. Throws DetailFault 404 for a stored credential that is not there. */
  check(
    owner: CredentialOwner & { readonly holder: KeyHolder; readonly requestId: string },
    key: KeyToCheck,
  ): Promise<object>;
  /** A failure that no client has caused. */
  fault(what: string, requestId: string, error: unknown): void;
}
