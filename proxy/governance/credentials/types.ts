/** A stored key as requests need it; its value is opened only when a request is sent with it. */
export interface CredentialEntry {
  readonly id: string;
  readonly ownerKind: 'system' | 'user';
  /** Id of the user, or of the gateway provider. */
  readonly ownerId: string;
  /** Canonical name of the provider that it is for. */
  readonly provider: string;
  readonly modelName: string | null;
  readonly sealedKey: string;
  /** What may be shown: `****` and the last four characters, or `****`. */
  readonly maskedKey: string;
  readonly isDefault: boolean;
  readonly isActive: boolean;
  /** RFC 3339 in UTC with milliseconds: sorts as text. */
  readonly createdAt: string;
}

/** Stored keys in memory. Lookups never wait. Rows that were deleted do not exist here. */
export interface CredentialDirectory {
  /** Those of a user, inactive ones included: the default first, then the oldest. */
  ofUser(userId: string): readonly CredentialEntry[];
  /** The key of a gateway provider. */
  ofProvider(providerId: string): CredentialEntry | undefined;
  /** Whosever it is: the caller of this compares `ownerId`. */
  find(id: string): CredentialEntry | undefined;
  /** The key itself; undefined where it does not open (another master key, damage), which is logged once an hour. */
  open(entry: CredentialEntry): string | undefined;
}

/** What becomes known of a credential while it is used. None of it waits or throws. */
export interface CredentialUse {
  /** An endpoint took it: `last_validated_at`, at most once a minute. */
  accepted(entry: CredentialEntry, at: number): void;
  /** A provider refused it: one row of the audit log, at most one a minute for each credential. */
  refused(entry: CredentialEntry, at: number): void;
}
