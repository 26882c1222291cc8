/** A stored provider of `/api/v1/generate`. */
export interface GatewayProviderEntry {
  readonly id: string;
  /** `claude`, `openai`, `gemini`, `llama`, `mistral` or `custom`. */
  readonly name: string;
  readonly displayName: string;
  readonly baseUrl: string | null;
  readonly models: readonly string[];
  readonly isEnabled: boolean;
  /** Requests a minute; 0 or less = unlimited. */
  readonly rpm: number;
  /** Tokens a minute; 0 or less = unlimited. */
  readonly tpm: number;
  /** Lower first. */
  readonly priority: number;
  /** Changes with every change of the row or of its key: what was made of an older state is void. */
  readonly version: string;
}

/** Which provider and model a user's requests go to. */
export interface OverrideEntry {
  readonly id: string;
  readonly userId: string;
  /** Undefined = all services. */
  readonly service: string | undefined;
  readonly provider: string;
  readonly model: string;
}

/** Stored providers and overrides in memory. Lookups never wait. */
export interface GatewayDirectory {
  provider(name: string): GatewayProviderEntry | undefined;
  /** By priority, lower first, then by name. */
  providers(): readonly GatewayProviderEntry[];
  /** The one of this user and service, else the one of this user and all services. */
  override(userId: string, service: string): OverrideEntry | undefined;
}
