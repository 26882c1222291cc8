import { PROVIDER_ROWS, providerRow, type ConfiguredProvider } from '../core/provider-rows.ts';
import type { Secret } from '../core/secret.ts';
import { addressAt, type ApiAddress } from './base-url.ts';
import type { ConfigInput } from './schema/index.ts';
import { credentialsSchema, type ProvidersInput } from './schema/gateway.ts';

export type ProviderDialect = 'openai' | 'anthropic' | 'gemini';

/** What the operator says of a provider under `providers`. */
export interface ProviderConfig {
  /** As it was written. */
  readonly name: string;
  readonly dialect: ProviderDialect;
  /** Left out = a provider without an address of its own, and none is written. */
  readonly address?: ApiAddress;
  readonly apiKey?: Secret;
  readonly defaultModel?: string;
}

export interface CredentialsConfig {
  readonly unique: 'provider' | 'provider_model';
  readonly perMinute: number;
  readonly perHour: number;
  readonly validateTimeoutMs: number;
  readonly fallbackOnReject: boolean;
  readonly systemDefault: string;
}

export interface GatewayConfig {
  /** Left out = the routes that it guards do not exist. */
  readonly serviceKey?: Secret;
  readonly defaultProvider: string;
  readonly defaultModel: string;
  /** 0 = answers are not kept. */
  readonly cacheTtlMs: number;
  readonly promptPreview: boolean;
}

export interface PlanConfig {
  readonly models: '*' | readonly string[];
  readonly managed: boolean;
  readonly ownCredentials: boolean;
  readonly monthlyBudgetCents?: number;
  readonly maxCostPerRequestCents?: number;
}

/** The plan of everyone whose customer has none. */
export const DEFAULT_PLAN = 'default';

const DIALECTS: Readonly<Record<string, ProviderDialect>> = {
  anthropic: 'anthropic',
  claude: 'anthropic',
  gemini: 'gemini',
  google: 'gemini',
};

/** Which row of the table of providers a name stands for, where it is another name. */
const ROWS: Readonly<Record<string, ConfiguredProvider>> = { claude: 'anthropic', google: 'gemini', llama: 'together' };

/** The API that a provider of that name speaks, where nothing else is said. */
export function dialectOf(name: string): ProviderDialect {
  return DIALECTS[name.toLowerCase()] ?? 'openai';
}

/** The provider's own address; undefined for one that has none. */
export function defaultAddress(name: string): ApiAddress | undefined {
  const row = rowOf(name);
  const address = row === undefined ? undefined : providerRow(row).address;
  return address === undefined || address === 'bundled' ? undefined : { kind: 'url', ...address };
}

function rowOf(name: string): ConfiguredProvider | undefined {
  const lower = name.toLowerCase();
  return ROWS[lower] ?? (Object.hasOwn(PROVIDER_ROWS, lower) ? (lower as ConfiguredProvider) : undefined);
}

/** The section `providers`. */
export function providersOf(input: ConfigInput['providers']): readonly ProviderConfig[] {
  return Object.entries(input ?? {}).map(([name, provider]) => providerOf(name, provider));
}

function providerOf(name: string, input: ProvidersInput[string]): ProviderConfig {
  const { base_url: written, api_key: key, dialect = dialectOf(name), default_model: defaultModel } = input;
  const address =
    written.kind === 'default' ? defaultAddress(name) : addressAt(written, false, providerRow(dialect).version);
  return {
    name,
    dialect,
    ...(address === undefined ? {} : { address }),
    ...(key.reveal() === '' ? {} : { apiKey: key }),
    ...(defaultModel === undefined ? {} : { defaultModel }),
  };
}

export function credentialsOf(input: ConfigInput['credentials']): CredentialsConfig {
  const { unique, rate_limit, validate_timeout, fallback_on_reject, system_default } =
    input ?? credentialsSchema.parse({});
  return {
    unique,
    perMinute: rate_limit.per_minute,
    perHour: rate_limit.per_hour,
    validateTimeoutMs: validate_timeout,
    fallbackOnReject: fallback_on_reject,
    systemDefault: system_default,
  };
}

export function gatewayOf(input: ConfigInput['gateway']): GatewayConfig | undefined {
  if (input === undefined) return undefined;
  const { service_key: key, default_provider, default_model, cache_ttl, prompt_preview } = input;
  return {
    ...(key.reveal() === '' ? {} : { serviceKey: key }),
    defaultProvider: default_provider,
    defaultModel: default_model,
    cacheTtlMs: cache_ttl,
    promptPreview: prompt_preview,
  };
}

export function plansOf(input: ConfigInput['plans']): ReadonlyMap<string, PlanConfig> {
  return new Map(
    Object.entries(input ?? {}).map(([name, plan]) => [
      name,
      {
        models: plan.models,
        managed: plan.managed,
        ownCredentials: plan.own_credentials,
        ...(plan.monthly_budget_cents === undefined ? {} : { monthlyBudgetCents: plan.monthly_budget_cents }),
        ...(plan.max_cost_per_request_cents === undefined
          ? {}
          : { maxCostPerRequestCents: plan.max_cost_per_request_cents }),
      },
    ]),
  );
}
