import type { Config } from '../../config/config.ts';
import type { TimerClock } from '../../core/clock.ts';
import { DetailFault } from '../../core/detail-fault.ts';
import type { CredentialStore } from '../../governance/credentials/credential-store.ts';
import type { Counters } from '../../governance/limits/types.ts';
import type { KeyHolder } from '../../governance/lookup.ts';
import type { ProviderKeys } from '../../governance/provider-keys.ts';
import { credentialProviderBy } from '../../providers/credential-names.ts';
import type { UpstreamClient } from '../../upstream/client.ts';
import type { BundledModels } from '../../usage/bundled-prices.ts';
import type { LedgerRow } from '../../usage/ledger.ts';
import { type StoredProvider, type TrialResult, tryProvider } from '../gateway/try-provider.ts';
import { type CheckResult, type CheckSettings, KeyChecks } from './key-checks.ts';
import { type ListedProvider, listedProviders } from './provider-list.ts';
import { type RateState, takeRequest } from './rate-limit.ts';

/** A key that is given, or a stored one. */
export type KeyToCheck =
  | { readonly provider: string; readonly apiKey: string; readonly modelName: string | null }
  | { readonly credentialId: string; readonly modelName: string | null };

/** Who asks for a check. */
export interface CheckedFor {
  readonly userId: string;
  readonly actor: string;
  readonly holder: KeyHolder;
  readonly requestId: string;
}

export interface UserCredentialsOptions {
  readonly upstream: Pick<UpstreamClient, 'send'>;
  readonly clock: TimerClock;
  readonly ledger: { append(row: LedgerRow): void };
  readonly counters: Pick<Counters, 'reserve'>;
  readonly bundled: BundledModels;
  readonly keys: Pick<ProviderKeys, 'directory' | 'store'>;
  /** Throws GovernanceFault 503 as long as the database was never reached. */
  ready(): unknown;
}

interface Settings extends CheckSettings {
  readonly config: Pick<Config, 'providers' | 'models' | 'credentials' | 'catalog' | 'gateway'>;
}

/** What the routes below `/api/v1/users/me` do beside storing: the list of providers, counting requests, trying keys. */
export class UserCredentials {
  readonly #options: UserCredentialsOptions;
  readonly #checks: KeyChecks;
  #settings: Settings | undefined;

  constructor(options: UserCredentialsOptions) {
    this.#options = options;
    this.#checks = new KeyChecks(options);
  }

  configure(settings: Settings): void {
    this.#settings = settings;
  }

  providers(): readonly ListedProvider[] {
    return listedProviders(this.#inForce.config, this.#options.bundled);
  }

  /** Canonical name of a provider that keys may be stored for, by the word that users have for it; case does not count. */
  canonical(word: string): string | undefined {
    return credentialProviderBy(this.#inForce.config.providers, word)?.canonical;
  }

  /** Where credentials are kept. Throws GovernanceFault 503 as long as the database was never reached. */
  store(): CredentialStore {
    this.#options.ready();
    return this.#options.keys.store;
  }

  /** Counts a request of the user against `credentials.rate_limit`. */
  take(userId: string): Promise<RateState> {
    return takeRequest(this.#options.counters, userId, this.#inForce.config.credentials);
  }

  /** Throws DetailFault: 404 for a stored credential that the user does not have, 500 for one that cannot be opened. */
  async check(by: CheckedFor, key: KeyToCheck): Promise<CheckResult> {
    const { holder, requestId } = by;
    if (!('credentialId' in key)) {
      const { provider, apiKey, modelName } = key;
      const check = { provider, key: apiKey, model: modelName, credential: null, requestId, holder };
      return this.#checks.check(check, this.#inForce);
    }
    this.#options.ready();
    const { directory, store } = this.#options.keys;
    const entry = directory.find(key.credentialId);
    if (entry === undefined || entry.ownerKind !== 'user' || entry.ownerId !== by.userId || !entry.isActive) {
      throw new DetailFault(404, 'Credential not found');
    }
    const opened = directory.open(entry);
    if (opened === undefined) throw new DetailFault(500, UNREADABLE);
    const { id, provider, modelName } = entry;
    const model = key.modelName ?? modelName;
    const check = { provider, key: opened, model, credential: id, requestId, holder };
    const result = await this.#checks.check(check, this.#inForce);
    await store.stampValidated(entry, by.actor, result.is_valid);
    return result;
  }

  /** Tries a stored provider of the gateway, with its own key. */
  tryProvider(stored: StoredProvider): Promise<TrialResult> {
    return tryProvider(this.#checks, stored, this.#inForce, this.#inForce.config.gateway);
  }

  get #inForce(): Settings {
    if (this.#settings === undefined) throw new Error('no configuration is in force');
    return this.#settings;
  }
}

const UNREADABLE =
  'credential_unreadable: the stored key cannot be decrypted; the master key of the proxy has changed. Store the key again.';
