/** Limits of one model. A limit that is absent does not exist. */
export interface ModelLimits {
  /** Requests a minute. */
  readonly rpm?: number | undefined;
  /** Tokens a minute: those of the prompt and the most that may be answered. */
  readonly tpm?: number | undefined;
  /** Requests a day. */
  readonly rpd?: number | undefined;
}

/** A budget that runs out and is not refilled; whichever is spent first. 0 is spent from the beginning. */
export interface Quota {
  /** Billed tokens, of prompts and answers. */
  readonly tokens?: number | undefined;
  /** US dollars, by the provider's list prices. */
  readonly usd?: number | undefined;
}

/** What one organization, or one key, may do. Each model has buckets of its own; the quota is one for all of them. */
export interface Allowance extends ModelLimits {
  readonly quota?: Quota | undefined;
  /** By model name: limits in place of the general ones. */
  readonly models?: Readonly<Record<string, ModelLimits>> | undefined;
}

export interface LimitSettings extends Allowance {
  /** By API key: an allowance of its own, apart from the organization's. */
  readonly keys?: Readonly<Record<string, Allowance>> | undefined;
}
