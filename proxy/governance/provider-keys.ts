import type { TimerClock } from '../core/clock.ts';
import type { Connection } from '../database/open.ts';
import { CredentialStore } from './credentials/credential-store.ts';
import { KeyPauses } from './credentials/key-pauses.ts';
import { RecordedUse } from './credentials/recorded-use.ts';
import { StoredCredentials } from './credentials/stored-credentials.ts';
import type { CredentialEntry } from './credentials/types.ts';
import type { Follower } from './directory.ts';
import { OverrideStore } from './gateway/override-store.ts';
import { GatewayProviderStore } from './gateway/provider-store.ts';
import { StoredGateway } from './gateway/stored-gateway.ts';
import type { StoreAccess } from './store-access.ts';
import type { ValueSeal } from './value-seal.ts';

export interface CredentialSettings {
  unique(): 'provider' | 'provider_model';
  /** What users call the provider of that canonical name. */
  word(canonical: string): string;
  /** A key does not open: at most once an hour. */
  onUnreadable(entry: CredentialEntry): void;
  /** What became known of credentials could not be written; it is tried again. */
  onTrouble(error: unknown): void;
}

export interface ProviderKeysOptions {
  readonly database: Connection;
  readonly clock: TimerClock;
  readonly seal: ValueSeal;
  readonly settings?: CredentialSettings;
  readonly access: StoreAccess;
}

const DEFAULTS: CredentialSettings = {
  unique: () => 'provider',
  word: (canonical) => canonical,
  onUnreadable: () => undefined,
  onTrouble: () => undefined,
};

/** Stored keys of providers, stored providers and overrides: the stores for administration, the directories for requests. */
export class ProviderKeys {
  readonly store: CredentialStore;
  readonly directory: StoredCredentials;
  readonly use: RecordedUse;
  readonly pauses: KeyPauses;
  readonly providers: GatewayProviderStore;
  readonly overrides: OverrideStore;
  readonly gateway = new StoredGateway();
  /** What the directory of keys must feed. */
  readonly followers: readonly Follower[];

  constructor(options: ProviderKeysOptions) {
    const { database, clock, seal, access, settings = DEFAULTS } = options;
    this.store = new CredentialStore({
      access,
      seal,
      unique: () => settings.unique(),
      word: (canonical) => settings.word(canonical),
    });
    this.directory = new StoredCredentials({ clock, seal, onUnreadable: (entry) => settings.onUnreadable(entry) });
    this.pauses = new KeyPauses(clock);
    this.use = new RecordedUse({ database, clock, onTrouble: (error) => settings.onTrouble(error) });
    this.providers = new GatewayProviderStore({ access, seal });
    this.overrides = new OverrideStore({ access });
    this.followers = [this.directory, this.gateway];
  }
}
