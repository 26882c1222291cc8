import type { MockOrigins } from './bundled-mocks.ts';
import { modelTag } from './cache/key.ts';
import { targetsOf, type TargetSource } from './cache/target.ts';
import type { Config, EndpointConfig, ModelConfig } from './config/config.ts';
import type { Clock } from './core/clock.ts';
import type { EndpointCredential } from './core/credential.ts';
import type { Random } from './core/random.ts';
import type { CheckedEndpoint } from './pipeline/health-checks.ts';
import type { ModelRuntime } from './pipeline/runtime.ts';
import { isProvidersOrigin, takesUsersKeys } from './providers/key-places.ts';
import { canonicalProvider } from './core/provider-names.ts';
import { providerNameOf, standsForOthers } from './providers/names.ts';
import { NameTable } from './core/name-table.ts';
import { spokenProtocol } from './generation/spoken-protocol.ts';
import { PROTOCOLS } from './protocols/table.ts';
import type { OperationId } from './protocols/types.ts';
import { endpointSpeaks, providerOf } from './providers/table.ts';
import { Hedging } from './routing/hedging.ts';
import { NarrowRouter } from './routing/narrow.ts';
import type { Queues } from './routing/queues.ts';
import type { RateRooms } from './routing/rate-room.ts';
import { RetryBudget } from './routing/retry-budget.ts';
import { createRouter, type Router, type RouterOptions } from './routing/router.ts';
import type { Endpoint, ModelRouter } from './routing/types.ts';

/** Subsets of a model's endpoints that are kept ready: keys name few. */
const MOST_SUBSETS = 64;

/** Path before the operation's on a bundled mock. */
const MOCK_BASE_PATH = '/v1';

export interface AssembleParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly mocks: MockOrigins;
  readonly shared?: NonNullable<RouterOptions['shared']>;
  readonly onChange: NonNullable<RouterOptions['onChange']>;
  readonly queues: Pick<Queues, 'ofModel'>;
  readonly rateRooms: RateRooms;
}

/** A model with the concrete router behind it, for statistics and reloads. */
export interface AssembledModel extends ModelRuntime {
  readonly router: Router;
  /** The same model with the endpoints of one provider alone, by the provider's canonical name. */
  readonly byProvider: ReadonlyMap<string, ModelRuntime>;
}

/** Makes the models of a configuration ready to serve; routers of the same model hand over what they know. */
export function assembleModels(
  config: Config,
  parts: AssembleParts,
  previous: ReadonlyMap<string, AssembledModel>,
): Map<string, AssembledModel> {
  const models = new Map<string, AssembledModel>();
  const catalogue = catalogued(config);
  for (const model of config.models) {
    const before = previous.get(model.name);
    const assembled = assembleModel(model, parts, {
      previous: before,
      takesOwnKeys: writtenIn(config),
      catalogue,
    });
    if (before) assembled.router.inheritFrom(before.router);
    models.set(model.name, assembled);
  }
  for (const [name, { router }] of previous) if (!models.has(name)) router.close();
  return models;
}

/**
 * Finds the model that a request names: the exact name, else `PROVIDER/MODEL` where MODEL is configured and has an endpoint
 * of that provider, else the model `*`.
 */
export function findModel(models: ReadonlyMap<string, AssembledModel>, name: string): ModelRuntime | undefined {
  const exact = models.get(name);
  if (exact) return exact;
  const slash = name.indexOf('/');
  const rest = slash === -1 ? undefined : name.slice(slash + 1);
  const narrow =
    rest === undefined || rest === '*'
      ? undefined
      : models.get(rest)?.byProvider.get(canonicalProvider(name.slice(0, slash)));
  return narrow ?? models.get('*');
}

/**
 * A model that is no model of the configuration; all of its endpoints have this credential. Keys of users go to them where the
 * configuration names their address, under `providers` or at an endpoint that takes such keys.
 */
export function assembleAside(
  model: ModelConfig,
  credential: EndpointCredential,
  parts: AssembleParts,
  within: { readonly providers: Config['providers']; readonly models: ReadonlyMap<string, AssembledModel> },
): AssembledModel {
  const takesOwnKeys = ({ provider, providerName: name = provider }: EndpointConfig, origin: string): boolean => {
    if (isProvidersOrigin(origin, name, within.providers)) return true;
    const written = [...within.models.values()].flatMap(({ router }) => router.endpoints);
    const isSame = (one: Endpoint): boolean =>
      one.origin === origin && one.takesOwnKeys === true && one.providerName === canonicalProvider(name);
    return written.some(isSame);
  };
  return assembleModel(model, parts, { credential, takesOwnKeys });
}

/** The provider that the section `catalog` names for a model, by its name and that at the endpoint. */
type ProviderCatalogue = (name: string, upstreamName: string | undefined) => string | undefined;

const NO_CATALOGUE: ProviderCatalogue = () => undefined;

function catalogued({ catalog = {} }: Pick<Config, 'catalog'>): ProviderCatalogue {
  const table = new NameTable(
    Object.entries(catalog).flatMap(([name, { provider }]) =>
      provider === undefined ? [] : [[name, provider] as const],
    ),
  );
  return (name, upstreamName) => table.find(name, ...(upstreamName === undefined ? [] : [upstreamName]));
}

/** The endpoints that are asked whether they are well. */
export function checkedEndpoints(config: Config, models: ReadonlyMap<string, AssembledModel>): CheckedEndpoint[] {
  return config.models.flatMap(({ name, endpoints }) => {
    const router = models.get(name)?.router;
    return endpoints.flatMap(({ id, healthCheck: settings }) => {
      const endpoint = router?.endpoints.find((one) => one.id === id);
      if (!router || !endpoint || !settings) return [];
      return [{ endpoint, settings, begin: () => router.beginCheck(id, settings.all) }];
    });
  });
}

/** Every endpoint, with the name of its model. */
export function placesOf(models: ReadonlyMap<string, AssembledModel>) {
  return [...models].flatMap(([model, { router }]) => router.endpoints.map((endpoint) => ({ model, endpoint })));
}

export function keepsSome(models: ReadonlyMap<string, AssembledModel>): boolean {
  return [...models.values()].some(({ keepsResponses: keeps }) => keeps);
}

/** What bounds the attempts of a model; goes on under a new configuration. */
type Budgets = Pick<ModelRuntime, 'retries' | 'hedging'>;

interface AssembleTerms {
  readonly catalogue?: ProviderCatalogue;
  readonly previous?: Budgets | undefined;
  readonly credential?: EndpointCredential;
  /** Whether keys that users have stored may go to the endpoint. */
  takesOwnKeys(endpoint: EndpointConfig, origin: string, model: string): boolean;
}

function writtenIn({ providers }: Pick<Config, 'providers'>): AssembleTerms['takesOwnKeys'] {
  return ({ provider, providerName }, origin, model) =>
    takesUsersKeys({ provider, origin, ...(providerName === undefined ? {} : { providerName }) }, model, providers);
}

function assembleModel(model: ModelConfig, parts: AssembleParts, terms: AssembleTerms): AssembledModel {
  const { routing, stickyBy } = model;
  const { previous, credential } = terms;
  const endpoints = model.endpoints.map((endpoint): Endpoint => {
    const assembled = assembleEndpoint(endpoint, parts.mocks, model.name, terms.catalogue ?? NO_CATALOGUE);
    const keys = terms.takesOwnKeys(endpoint, assembled.origin, model.name) ? ({ takesOwnKeys: true } as const) : {};
    return { ...assembled, ...(credential ? { credential } : {}), ...keys };
  });
  const router = createRouter({
    model: model.name,
    strategy: model.strategy,
    stickyBy,
    endpoints,
    settings: { allowedFails: routing.allowedFails, cooldownMs: routing.cooldownMs },
    clock: parts.clock,
    random: parts.random,
    ...(parts.shared ? { shared: parts.shared } : {}),
    onChange: parts.onChange,
    ...(routing.rateLimitShares ? { rooms: parts.rateRooms } : {}),
    ...(endpoints.some(({ maxConcurrency }) => maxConcurrency) ? { queue: parts.queues.ofModel(model.name) } : {}),
  });
  // Attempts of the configuration before are still running.
  const retries = previous?.retries ?? new RetryBudget(routing.retryBudget);
  retries.configure(routing.retryBudget);
  const hedging = routing.hedging && (previous?.hedging ?? new Hedging(routing.hedging, parts.clock));
  if (routing.hedging) hedging?.configure(routing.hedging);
  const budgets = { retries, ...(hedging ? { hedging } : {}) };
  return { ...speakingOf(model, router, router, budgets), router, byProvider: narrowed(model, router, budgets) };
}

/** What requests run on at these endpoints of a model: those that can be asked for their operation. */
function speakingOf(model: ModelConfig, base: Router, router: ModelRouter, budgets: Budgets): ModelRuntime {
  const { endpoints } = router;
  const speaking = new Map<OperationId, ModelRuntime | undefined>();
  for (const protocol of Object.values(PROTOCOLS)) {
    const able = endpoints.filter((endpoint) => spokenProtocol(protocol, endpoint) !== undefined).map(({ id }) => id);
    if (able.length === endpoints.length) continue;
    const within = new NarrowRouter(base, new Set(able));
    speaking.set(protocol.id, able.length === 0 ? undefined : runtimeOf(model, within, budgets));
  }
  const some = new Map<string, ModelRuntime>();
  const only = (within: ReadonlySet<string>): ModelRuntime => {
    const name = [...within].toSorted().join('\n');
    const known = some.get(name);
    if (known) return known;
    const made = speakingOf(model, base, new NarrowRouter(router, within), budgets);
    if (some.size < MOST_SUBSETS) some.set(name, made);
    return made;
  };
  return { ...runtimeOf(model, router, budgets), speaking, only };
}

/** What requests for `PROVIDER/MODEL` run on: the model with the endpoints of that provider alone. */
function narrowed(model: ModelConfig, router: Router, budgets: Budgets): ReadonlyMap<string, ModelRuntime> {
  const ids = new Map<string, Set<string>>();
  for (const { id, provider, providerName = provider } of router.endpoints) {
    ids.set(providerName, (ids.get(providerName) ?? new Set()).add(id));
  }
  return new Map(
    [...ids].map(([provider, within]) => [
      provider,
      speakingOf(model, router, new NarrowRouter(router, within), budgets),
    ]),
  );
}

function runtimeOf(model: ModelConfig, router: ModelRouter, budgets: Budgets): ModelRuntime {
  const { routing, cache } = model;
  const byId = new Map(router.endpoints.map((endpoint) => [endpoint.id, endpoint]));
  const sources = model.endpoints.flatMap((endpoint) => {
    const assembled = byId.get(endpoint.id);
    return assembled ? [targetSource(endpoint, assembled)] : [];
  });
  return {
    name: model.name,
    router,
    ...budgets,
    attempts: routing.attempts,
    timeouts: routing.timeouts,
    cache: {
      enabled: cache.enabled,
      ttlMs: cache.ttlMs,
      staleMs: cache.staleMs,
      swrMs: cache.swrMs,
      staleIfErrorMs: cache.staleIfErrorMs,
      negativeMs: cache.negativeMs,
      variants: cache.variants,
      splitEmbeddings: cache.splitEmbeddings,
      maxEntryBytes: cache.maxEntry,
      namespace: cache.namespace,
      ignore: cache.ignore,
      targets: targetsOf(sources),
      forwardsCredential: router.forwardsCredential,
    },
    cacheTag: modelTag(model.name),
    strictTranslation: routing.translation === 'strict',
    keepsResponses: router.endpoints.some(({ keepsNoResponses }) => keepsNoResponses),
    cacheScope: cache.scope,
    scopedByCredential: cache.scope !== 'shared' && router.forwardsCredential,
    ...(model.fallbacks ? { fallbacks: model.fallbacks } : {}),
  };
}

function targetSource({ target }: EndpointConfig, endpoint: Endpoint): TargetSource {
  return { ...endpoint, mock: providerOf(endpoint).simulates, bundled: target.kind === 'bundled' };
}

/** The provider's name where it does not depend on what a client asks for. */
function providerNameAt(
  { provider, providerName, upstreamModel }: EndpointConfig,
  origin: string,
  model: string,
  catalogue: ProviderCatalogue,
): Pick<Endpoint, 'providerName'> {
  const catalogued = standsForOthers({ provider, origin }) ? catalogue(model, upstreamModel) : undefined;
  const written = providerName ?? catalogued;
  const named = { provider, origin, ...(written === undefined ? {} : { providerName: written }) };
  const isOpen = model === '*' && providerNameOf(named, 'claude') !== providerNameOf(named, 'gemini');
  return isOpen ? {} : { providerName: providerNameOf(named, model) };
}

function assembleEndpoint(
  endpoint: EndpointConfig,
  mocks: MockOrigins,
  model: string,
  catalogue: ProviderCatalogue,
): Endpoint {
  const { target, credential } = endpoint;
  const address =
    target.kind === 'bundled'
      ? { origin: mocks.origin(target.server) ?? '', basePath: MOCK_BASE_PATH }
      : { origin: target.origin, basePath: target.basePath };
  const headers = Object.entries(endpoint.headers).map(([name, value]) => [name, value.reveal()] as const);
  const assembled: Endpoint = {
    id: endpoint.id,
    provider: endpoint.provider,
    ...address,
    credential: credential.kind === 'key' ? { kind: 'key', value: credential.key.reveal() } : { kind: credential.kind },
    weight: endpoint.weight,
    ...(endpoint.priority === undefined ? {} : { priority: endpoint.priority }),
    headers: Object.fromEntries(headers),
    ...providerNameAt(endpoint, address.origin, model, catalogue),
    ...(endpoint.upstreamModel === undefined ? {} : { upstreamModel: endpoint.upstreamModel }),
    ...(endpoint.query === undefined ? {} : { query: endpoint.query }),
    ...(endpoint.authHeader === undefined ? {} : { authHeader: endpoint.authHeader }),
    ...(endpoint.api === undefined ? {} : { api: endpoint.api }),
    ...(endpoint.maxConcurrency === undefined ? {} : { maxConcurrency: endpoint.maxConcurrency }),
    ...(endpoint.price ? { price: endpoint.price } : {}),
    ...tlsParts(endpoint),
    ...(endpoint.http2 ? { http2: true as const } : {}),
    ...(endpoint.contextWindow === undefined ? {} : { contextWindow: endpoint.contextWindow }),
  };
  const keeps = endpoint.responses !== 'stateless' && endpointSpeaks(assembled, PROTOCOLS.responses);
  return keeps ? assembled : { ...assembled, keepsNoResponses: true };
}

function tlsParts({ ca, clientCertificate }: EndpointConfig): Pick<Endpoint, 'ca' | 'clientCertificate'> {
  const shown = clientCertificate && { cert: clientCertificate.cert, key: clientCertificate.key.reveal() };
  return { ...(ca === undefined ? {} : { ca }), ...(shown ? { clientCertificate: shown } : {}) };
}
