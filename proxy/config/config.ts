import type { ConfiguredProvider } from '../core/provider-rows.ts';
import type { PriceEntry } from '../core/price.ts';
import type { RouteFamily } from '../core/route-families.ts';
import type { Secret } from '../core/secret.ts';
import type { AutoConfig, PricingConfig } from './auto.ts';
import type { ApiAddress } from './base-url.ts';
import type { CredentialsConfig, GatewayConfig, PlanConfig, ProviderConfig } from './gateway.ts';
import type { Catalog } from './prices.ts';
import type { ConfigInput, ModelInput } from './schema/index.ts';
import type { StickyBy } from './schema/models.ts';

/**
 * A checked configuration: camelCase names, durations in milliseconds (`…Ms`), sizes in bytes, credentials wrapped in
 * `Secret`, defaults and the overrides of each model filled in. Fixed for its life; a reload makes a new one.
 */
export interface Config {
  readonly server: ServerConfig;
  readonly auth: AuthConfig;
  readonly admin: ConfigInput['admin'];
  readonly redis: RedisConfig;
  readonly cache: CacheConfig & {
    /** Bytes of memory for stored answers; 0 = none. */
    readonly memory: number;
    /** Which processes make one answer for equal requests together. */
    readonly shareGenerations: 'process' | 'replicas';
    /** Seals entries on Redis; left out = they carry a checksum alone. */
    readonly key?: Secret;
  };
  readonly routing: RoutingConfig;
  readonly responses: {
    readonly ttlMs: number;
    /** Bytes. */
    readonly memory: number;
    /** Bytes of one response or conversation. */
    readonly maxEntry: number;
    /** Responses that run in the background. */
    readonly background: number;
  };
  readonly log: ConfigInput['log'];
  readonly telemetry: {
    /** Spans hold what was asked and answered. */
    readonly captureContent: boolean;
  };
  readonly passthrough: {
    /** Name out of `models`. */
    readonly model: string;
    readonly allow: readonly RouteFamily[];
    /** Families that the file itself names: open also to virtual keys that are limited to some models. */
    readonly named: readonly RouteFamily[];
    /** Bytes of a body that is held in memory. */
    readonly replayLimit: number;
  };
  /** Left out = no virtual keys, no ledger, no database. */
  readonly governance?: GovernanceConfig;
  /** By the names that a customer's `plan` may have. */
  readonly plans: ReadonlyMap<string, PlanConfig>;
  /** In the order of the file. */
  readonly providers: readonly ProviderConfig[];
  readonly credentials: CredentialsConfig;
  readonly auto: AutoConfig;
  readonly pricing: PricingConfig;
  /** Left out = the file has no such section. */
  readonly gateway?: GatewayConfig;
  /** By the names of models, or their beginnings; left out = the file has neither `catalog` nor `prices`. */
  readonly catalog?: Catalog;
  /** In the order of the file; the one named `*` takes every other name. */
  readonly models: readonly ModelConfig[];
}

export interface ServerConfig {
  readonly host: string;
  readonly port: number;
  readonly bodyLimit: number;
  readonly drainTimeoutMs: number;
  /** 0 = no comments. */
  readonly streamKeepaliveMs: number;
  readonly allowPublic: boolean;
  /** Processes that answer requests, 1... */
  readonly workers: number;
  /** Generations of operations that may run; left out = any number. */
  readonly maxConcurrency?: number;
  readonly queue: {
    readonly size: number;
    readonly timeoutMs: number;
    /** Turns by the name or id of a key, user, team or customer; left out = one for everyone. */
    readonly weights?: ReadonlyMap<string, number>;
  };
  /** WebSockets of the Responses API that may be open. */
  readonly responseSockets: number;
  /** Left out = plain HTTP. */
  readonly tls?: CertifiedKey;
  /** Lower case, without port; `*` = any. Left out = not set. */
  readonly trustedHosts?: readonly string[];
  /** Origins as browsers write them; `*` = any. */
  readonly cors: readonly string[];
}

/** A certificate and its private key; both as PEM. */
export interface CertifiedKey {
  readonly cert: string;
  readonly key: Secret;
}

export interface AuthConfig {
  readonly adminToken?: Secret;
  readonly admin: 'token' | 'loopback' | 'open';
  /** Whether a request to a model needs a virtual key. */
  readonly requireKey: boolean;
}

export interface GovernanceConfig {
  /** Address of the database as it was written; left out = the default. It may hold a password. */
  readonly databaseUrl?: Secret;
  /** Secret that values are encrypted under; left out = none is set. */
  readonly masterKey?: Secret;
  readonly budgetUnit: 'cents' | 'usd';
  /** Hears when budgets reach a threshold. */
  readonly webhook?: { readonly url: string; readonly secret?: Secret };
  readonly ledgerRetentionMs: number;
  readonly auditRetentionMs: number;
  readonly pollMs: number;
}

export interface RedisAddressConfig {
  readonly host: string;
  readonly port: number;
}

export interface RedisLoginConfig {
  readonly username?: string;
  readonly password?: Secret;
}

/** At most one of `url`, `cluster` and `sentinels`; without any there is no Redis. */
export interface RedisConfig {
  readonly url?: Secret;
  readonly cluster?: {
    readonly nodes: readonly RedisAddressConfig[];
    readonly tls: boolean;
    readonly login: RedisLoginConfig;
  };
  readonly sentinels?: {
    readonly sentinels: readonly RedisAddressConfig[];
    /** Name that the sentinels know the master by. */
    readonly master: string;
    /** To the sentinels and to Redis. */
    readonly tls: boolean;
    /** On Redis. */
    readonly login: RedisLoginConfig;
    readonly sentinelLogin: RedisLoginConfig;
  };
  readonly prefix: string;
  /** Longest wait for an answer, in milliseconds. */
  readonly timeoutMs: number;
}

/** Whose answers a caller sees. */
export type CacheScope = 'principal' | 'shared' | 'customer' | 'team' | 'user' | 'key';

export interface CacheConfig {
  readonly enabled: boolean;
  readonly ttlMs: number;
  /** How long past `ttlMs` an answer is kept for requests that ask for a stale one. */
  readonly staleMs: number;
  /** How long past `ttlMs` an answer is served at once while it is renewed. */
  readonly swrMs: number;
  /** How long past `ttlMs` an answer stands in for a failure that the request did not ask it to stand in for. */
  readonly staleIfErrorMs: number;
  /** How long refusals that are the client's own fault are served again; 0 = never. */
  readonly negativeMs: number;
  /** Answers that are kept for a request with a temperature above 0. */
  readonly variants: number;
  /** Each input of an embeddings request is stored by itself. */
  readonly splitEmbeddings: boolean;
  readonly maxEntry: number;
  readonly scope: CacheScope;
  readonly namespace: string;
  /** Request fields left out of the cache key. */
  readonly ignore: readonly string[];
}

export interface HedgingConfig {
  /** Milliseconds without content after which a second attempt is made. */
  readonly after: number | 'p95';
  readonly atLeastMs: number;
  /** Percent of the generations of a model. */
  readonly percent: number;
}

export interface RoutingConfig {
  readonly attempts: number;
  readonly allowedFails: number;
  readonly cooldownMs: number;
  /** Percent of the active requests of a model. */
  readonly retryBudget: number;
  /** What becomes of fields that an endpoint of another protocol cannot be told. */
  readonly translation: 'lenient' | 'strict';
  /** What providers say of their limits counts. */
  readonly rateLimitShares?: true;
  /** Left out = one attempt at a time. */
  readonly hedging?: HedgingConfig;
  readonly timeouts: {
    readonly connectMs: number;
    readonly firstByteMs: number;
    readonly firstContentMs: number;
    readonly answerMs: number;
    readonly idleMs: number;
    readonly totalMs: number;
  };
}

export interface ModelConfig {
  readonly name: string;
  readonly strategy: ModelInput['strategy'];
  readonly stickyBy: StickyBy;
  /** At least one. */
  readonly endpoints: readonly EndpointConfig[];
  readonly routing: RoutingConfig;
  readonly cache: CacheConfig;
  /** Left out = no other model is asked. */
  readonly fallbacks?: FallbackModels;
}

/** Names out of `models` that are asked in place of a model, in their order, by how it has failed. */
export interface FallbackModels {
  readonly failed: readonly string[];
  readonly contextTooLong: readonly string[];
  readonly contentRefused: readonly string[];
}

/** The mock provider that comes with the proxy; endpoints with the same `server` share one. */
export interface BundledMock {
  readonly kind: 'bundled';
  readonly server: string;
}

export interface HealthCheckConfig {
  /** Path on the host of the endpoint; left out = the list of models of its API. */
  readonly path?: string;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** Endpoints that are well are asked too. */
  readonly all: boolean;
}

export interface EndpointConfig {
  /** `model/name`, unique over the configuration. */
  readonly id: string;
  readonly provider: ConfiguredProvider;
  /** Left out = made out by the provider, the address and the model's name. */
  readonly providerName?: string;
  readonly target: ApiAddress | BundledMock;
  readonly credential: { readonly kind: 'key'; readonly key: Secret } | { readonly kind: 'forward' | 'none' };
  /** Of a mock: the token of its control API. */
  readonly controlToken?: Secret;
  /** Left out = the name that the client used. */
  readonly upstreamModel?: string;
  /** Parameters in the query of every request; left out = none. */
  readonly query?: Readonly<Record<string, string>>;
  /** Lower-case name; left out = the provider's own. */
  readonly authHeader?: string;
  /** The one of chat completions and Responses that it has; left out = what its provider has. */
  readonly api?: 'chat' | 'responses';
  readonly weight: number;
  /** Tier, 2..; lower ones come first. Left out = 1, the first one. */
  readonly priority?: number;
  /** Left out = the endpoint is not asked whether it is well. */
  readonly healthCheck?: HealthCheckConfig;
  /** Requests that it works on at the same time; left out = any number. */
  readonly maxConcurrency?: number;
  readonly price?: PriceEntry & { readonly input: number; readonly output: number };
  readonly contextWindow?: number;
  /** Left out = the endpoint keeps responses itself. */
  readonly responses?: 'stateless';
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, Secret>>;
  /** HTTP/2 where the endpoint takes it. */
  readonly http2?: true;
  /** Certificates that the endpoint's own is judged by, as PEM. Left out = those that Node trusts. */
  readonly ca?: string;
  /** What the endpoint is shown where it asks who connects; left out = nothing. */
  readonly clientCertificate?: CertifiedKey;
}

/** Every credential of a configuration, for the redactor. */
export function secretsOf(config: Config): Secret[] {
  const { governance } = config;
  const secrets = [
    config.auth.adminToken,
    config.redis.url,
    config.redis.cluster?.login.password,
    config.redis.sentinels?.login.password,
    config.redis.sentinels?.sentinelLogin.password,
    config.cache.key,
    config.server.tls?.key,
    governance?.databaseUrl,
    governance?.masterKey,
    governance?.webhook?.secret,
    config.gateway?.serviceKey,
    ...config.providers.map(({ apiKey }) => apiKey),
  ];
  for (const { endpoints } of config.models) {
    for (const { credential, headers, clientCertificate, controlToken } of endpoints) {
      if (credential.kind === 'key') secrets.push(credential.key);
      secrets.push(controlToken);
      secrets.push(...Object.values(headers));
      if (clientCertificate) secrets.push(clientCertificate.key);
    }
  }
  return secrets.filter((secret) => secret !== undefined);
}
