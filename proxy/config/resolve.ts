import type { AuthConfig, CacheConfig, Config, ModelConfig, RoutingConfig, ServerConfig } from './config.ts';
import { autoOf, pricingOf } from './auto.ts';
import { isLoopback } from '../core/loopback.ts';
import { defaultFamilies } from '../core/route-families.ts';
import { noEndpointLeft, resolveEndpoints } from './endpoints.ts';
import type { Findings } from './findings.ts';
import { credentialsOf, gatewayOf, plansOf, providersOf } from './gateway.ts';
import { governanceOf } from './governance.ts';
import { keyFromFile } from './key-file.ts';
import { certifiedKeyFromFiles } from './pem-file.ts';
import { catalogOf } from './prices.ts';
import { redisOf } from './redis.ts';
import type { ConfigInput, ModelInput } from './schema/index.ts';
import type { Environment } from './variables.ts';

function cacheOf(input: ConfigInput['cache'], own: ModelInput['cache'] = {}): CacheConfig {
  return {
    enabled: own.enabled ?? input.enabled,
    ttlMs: own.ttl ?? input.ttl,
    staleMs: own.stale ?? input.stale,
    swrMs: own.swr ?? input.swr,
    staleIfErrorMs: own.stale_if_error ?? input.stale_if_error,
    negativeMs: own.negative ?? input.negative,
    variants: own.variants ?? input.variants,
    splitEmbeddings: own.split_embeddings ?? input.split_embeddings,
    maxEntry: own.max_entry ?? input.max_entry,
    scope: own.scope ?? input.scope,
    namespace: own.namespace ?? input.namespace,
    ignore: own.ignore ?? input.ignore,
  };
}

function routingOf(input: ConfigInput['routing'], own: ModelInput['routing'] = {}): RoutingConfig {
  return {
    attempts: own.attempts ?? input.attempts,
    allowedFails: own.allowed_fails ?? input.allowed_fails,
    cooldownMs: own.cooldown ?? input.cooldown,
    retryBudget: own.retry_budget ?? input.retry_budget,
    translation: own.translation ?? input.translation,
    ...((own.rate_limit_shares ?? input.rate_limit_shares) ? { rateLimitShares: true as const } : {}),
    timeouts: timeoutsOf({ ...input.timeouts, ...defined(own.timeouts ?? {}) }),
    ...hedgingOf({ ...input.hedging, ...defined(own.hedging ?? {}) }),
  };
}

function hedgingOf({ after, at_least: atLeastMs, budget: percent }: ConfigInput['routing']['hedging']) {
  return after === 'off' || percent === 0 ? {} : { hedging: { after, atLeastMs, percent } };
}

function timeoutsOf(input: ConfigInput['routing']['timeouts']): RoutingConfig['timeouts'] {
  return {
    connectMs: input.connect,
    firstByteMs: input.first_byte,
    firstContentMs: input.first_content,
    answerMs: input.answer,
    idleMs: input.idle,
    totalMs: input.total,
  };
}

/** Without the members that are undefined: they would cover the general ones. */
function defined<T extends object>(own: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined)) as never;
}

function authOf({ auth: input, server }: ConfigInput, governed: boolean): AuthConfig {
  const hasToken = input.admin_token.reveal() !== '';
  const admin = input.admin ?? (hasToken || governed ? 'token' : 'loopback');
  const requireKey = input.require_key ?? (governed && !isLoopback(server.host));
  return { admin, requireKey, ...(hasToken ? { adminToken: input.admin_token } : {}) };
}

function queueOf({ size, timeout: timeoutMs, weights }: ConfigInput['server']['queue']): ServerConfig['queue'] {
  const entries = Object.entries(weights);
  return { size, timeoutMs, ...(entries.length === 0 ? {} : { weights: new Map(entries) }) };
}

function serverOf(input: ConfigInput['server'], findings: Findings): ServerConfig {
  const tls = certifiedKeyFromFiles(
    input.tls,
    { cert: ['server', 'tls', 'cert'], key: ['server', 'tls', 'key'] },
    findings,
  );
  return {
    host: input.host,
    port: input.port,
    bodyLimit: input.body_limit,
    drainTimeoutMs: input.drain_timeout,
    streamKeepaliveMs: input.stream_keepalive,
    allowPublic: input.allow_public,
    responseSockets: input.response_sockets,
    workers: input.workers,
    queue: queueOf(input.queue),
    ...(input.max_concurrency === undefined ? {} : { maxConcurrency: input.max_concurrency }),
    cors: input.cors,
    ...(tls === undefined ? {} : { tls }),
    ...(input.trusted_hosts === undefined ? {} : { trustedHosts: input.trusted_hosts }),
  };
}

function modelOf(name: string, input: ModelInput, whole: ConfigInput, findings: Findings): ModelConfig {
  const path = ['models', name, 'endpoints'];
  const endpoints = resolveEndpoints(name, input.endpoints, path, {
    providers: providersOf(whole.providers),
    findings,
    healthCheck: input.health_check,
  });
  if (endpoints.length === 0) noEndpointLeft(name, input.endpoints.length, path, findings);
  return {
    name,
    strategy: input.strategy,
    stickyBy: input.sticky.by,
    endpoints,
    routing: routingOf(whole.routing, input.routing),
    cache: cacheOf(whole.cache, input.cache),
    ...fallbacksOf(input),
  };
}

function fallbacksOf(input: ModelInput): Pick<ModelConfig, 'fallbacks'> {
  const {
    fallbacks: failed,
    context_fallbacks: contextTooLong = failed,
    content_policy_fallbacks: contentRefused,
  } = input;
  const isNone = failed.length + contextTooLong.length + contentRefused.length === 0;
  return isNone ? {} : { fallbacks: { failed, contextTooLong, contentRefused } };
}

/**
 * Makes the configuration out of what the schema accepted, and of the few settings that only the environment has; what does
 * not fit together goes into `findings`.
 */
export function resolveConfig(input: ConfigInput, environment: Environment, findings: Findings): Config {
  const models = Object.entries(input.models).map(([name, model]) => modelOf(name, model, input, findings));
  const catalog = catalogOf(input.catalog, input.prices);
  const governance = governanceOf(input, environment, findings);
  const gateway = gatewayOf(input.gateway);
  const auth = authOf(input, governance !== undefined);
  const cacheKey = keyFromFile(input.cache.key_file, ['cache', 'key_file'], findings);
  return {
    server: serverOf(input.server, findings),
    auth,
    admin: input.admin,
    redis: redisOf(input.redis, findings),
    cache: {
      ...cacheOf(input.cache),
      memory: input.cache.memory,
      shareGenerations: input.cache.share_generations,
      ...(cacheKey ? { key: cacheKey } : {}),
    },
    routing: routingOf(input.routing),
    responses: {
      ttlMs: input.responses.ttl,
      memory: input.responses.memory,
      maxEntry: input.responses.max_entry,
      background: input.responses.background,
    },
    log: input.log,
    telemetry: { captureContent: input.telemetry.capture_content },
    passthrough: {
      model: input.passthrough.model ?? models[0]?.name ?? '',
      // Where there are virtual keys, a route that names no model asks for one that is not limited to some.
      allow: input.passthrough.allow ?? defaultFamilies(auth.requireKey && governance === undefined),
      named: input.passthrough.allow ?? [],
      replayLimit: input.passthrough.replay_limit,
    },
    ...(governance === undefined ? {} : { governance }),
    plans: plansOf(input.plans),
    providers: providersOf(input.providers),
    credentials: credentialsOf(input.credentials),
    auto: autoOf(input.auto),
    pricing: pricingOf(input.pricing),
    ...(gateway === undefined ? {} : { gateway }),
    ...(catalog === undefined ? {} : { catalog }),
    models,
  };
}
