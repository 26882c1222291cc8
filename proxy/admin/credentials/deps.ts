import type { Clock } from '../../core/clock.ts';
import type { KeyHolder, KeyLookup } from '../../governance/lookup.ts';

/** A stored credential as its owner sees it. */
export interface CredentialView {
  readonly id: string;
  readonly user_id: string;
  /** `openai`, `google`, `anthropic`, or a name under `providers`. */
  readonly provider: string;
  readonly model_name: string | null;
  readonly api_key_masked: string;
  readonly is_default: boolean;
  readonly is_active: boolean;
  readonly last_validated_at: string | null;
  readonly created_at: string;
  readonly updated_at: string;
}

/** Canonical provider and key, checked for their form. */
export interface NewCredential {
  readonly provider: string;
  readonly apiKey: string;
  readonly modelName: string | null;
  readonly isDefault: boolean;
}

/** What is left out stays. */
export interface CredentialChange {
  readonly apiKey?: string;
  readonly modelName?: string | null;
  readonly isDefault?: boolean;
  readonly isActive?: boolean;
}

/** Who asks: the rows of this user alone exist. */
export interface Owner {
  readonly userId: string;
  /** For the audit log. */
  readonly actor: string;
}

/** Throws DetailFault 404 and 400 as the API says them, GovernanceFault 503 while the database is away. */
export interface UserCredentialStore {
  list(owner: Owner, options: { readonly includeInactive: boolean }): Promise<readonly CredentialView[]>;
  get(owner: Owner, id: string): Promise<CredentialView>;
  create(owner: Owner, credential: NewCredential): Promise<CredentialView>;
  update(owner: Owner, id: string, change: CredentialChange): Promise<CredentialView>;
  setDefault(owner: Owner, id: string): Promise<CredentialView>;
  remove(owner: Owner, id: string): Promise<void>;
}

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
  check(owner: Owner & { readonly holder: KeyHolder; readonly requestId: string }, key: KeyToCheck): Promise<object>;
  /** A failure that no client has caused. */
  fault(what: string, requestId: string, error: unknown): void;
}
