import type { Config, ModelConfig } from '../../config/config.ts';
import type { ApiAddress } from '../../config/base-url.ts';
import { gatewayAddress } from '../../config/gateway-address.ts';
import { dialectOf, type ProviderConfig } from '../../config/gateway.ts';
import type { EndpointCredential } from '../../core/credential.ts';
import { PROVIDER_ROWS, type ConfiguredProvider } from '../../core/provider-rows.ts';
import type { CredentialDirectory, CredentialEntry } from '../../governance/credentials/types.ts';
import type { GatewayDirectory, GatewayProviderEntry } from '../../governance/gateway/types.ts';
import type { Counters } from '../../governance/limits/types.ts';
import { ProviderGate } from '../../pipeline/gateway/provider-gate.ts';
import type { GatewayDialect, GatewayModel } from '../../pipeline/gateway/types.ts';
import type { ModelRuntime } from '../../pipeline/runtime.ts';
import { providerNamed } from '../../providers/key-places.ts';
import { canonicalProvider } from '../../core/provider-names.ts';

/** A model that is ready to serve, and what ends it. */
export interface Assembled {
  readonly model: ModelRuntime;
  readonly close: () => void;
}

/** Makes a model whose endpoints all have this credential. */
export type AssembleModel = (model: ModelConfig, credential: EndpointCredential) => Assembled;

export interface GatewayProvidersOptions {
  readonly directory: Pick<GatewayDirectory, 'provider'>;
  readonly credentials: Pick<CredentialDirectory, 'ofProvider' | 'open'>;
  readonly counters: Pick<Counters, 'reserve' | 'charge'>;
}

interface Made extends GatewayModel {
  readonly version: string;
  readonly close: () => void;
}

interface Source {
  readonly name: string;
  readonly dialect: GatewayDialect;
  readonly address: ApiAddress;
  readonly credential: EndpointCredential;
  readonly version: string;
  readonly gate?: ProviderGate;
}

/** The providers of `/api/v1/generate`: each is one endpoint, made when it is first asked for and again whenever its row changes. */
export class GatewayProviders {
  readonly #options: GatewayProvidersOptions;
  readonly #made = new Map<string, Made>();
  #config: Config | undefined;
  #assemble: AssembleModel | undefined;
  #generation = 0;

  constructor(options: GatewayProvidersOptions) {
    this.#options = options;
  }

  /** Takes a configuration over. What was made of the one before is made again. */
  configure(config: Config, assemble: AssembleModel): void {
    this.#config = config;
    this.#assemble = assemble;
    this.#generation += 1;
  }

  /** The stored provider of that name, else the configured one; a sentence where it cannot be used. */
  find(name: string): GatewayModel | string {
    const source = this.#source(name);
    if (typeof source === 'string') return source;
    const known = this.#made.get(source.name);
    if (known?.version === source.version) return known;
    const made = this.#make(source);
    known?.close();
    this.#made.set(source.name, made);
    return made;
  }

  close(): void {
    for (const made of this.#made.values()) made.close();
    this.#made.clear();
  }

  #source(name: string): Source | string {
    const row = this.#options.directory.provider(name.toLowerCase());
    if (row) return this.#stored(row);
    const configured = providerNamed(this.#config?.providers ?? [], canonicalProvider(name));
    return configured ? this.#configured(name, configured) : `The provider '${name}' does not exist.`;
  }

  #stored(row: GatewayProviderEntry): Source | string {
    const { name, baseUrl, version } = row;
    if (!row.isEnabled) return `The provider '${name}' is switched off.`;
    const address = gatewayAddress(name, baseUrl);
    if (address === undefined) return `The provider '${name}' has no address: set its base_url.`;
    const { credentials, counters } = this.#options;
    const entry = credentials.ofProvider(row.id);
    if (entry === undefined || credentials.open(entry) === undefined) {
      return `The key of the provider '${name}' cannot be read: store it again.`;
    }
    return {
      name,
      dialect: dialectOf(name),
      address,
      credential: openedWhenSent(entry, credentials),
      version: `${this.#generation} ${version}`,
      gate: new ProviderGate(row, counters),
    };
  }

  #configured(name: string, { address, apiKey, dialect }: ProviderConfig): Source | string {
    if (address === undefined) return `The provider '${name}' has no address.`;
    return {
      name: name.toLowerCase(),
      dialect,
      address,
      credential: apiKey ? { kind: 'key', value: apiKey.reveal() } : { kind: 'none' },
      version: `${this.#generation} configured`,
    };
  }

  #make(source: Source): Made {
    const { name, dialect, version, gate, credential } = source;
    if (this.#config === undefined || this.#assemble === undefined) throw new Error('no configuration is in force');
    const { model, close } = this.#assemble(modelOf(source, this.#config), credential);
    return {
      dialect,
      version,
      close,
      spent: (tokens) => gate?.spent(tokens),
      model: { ...model, name: `generate/${name}`, ...(gate ? { gate: () => gate.ask() } : {}) },
    };
  }
}

/** The key is opened each time that it is asked for: where a request is sent. */
function openedWhenSent(entry: CredentialEntry, credentials: Pick<CredentialDirectory, 'open'>): EndpointCredential {
  return {
    kind: 'key',
    get value() {
      return credentials.open(entry) ?? '';
    },
  };
}

function modelOf({ name, dialect, address }: Source, config: Config): ModelConfig {
  const ttlMs = config.gateway?.cacheTtlMs ?? 0;
  return {
    name: `generate/${name}`,
    strategy: 'round-robin',
    stickyBy: { kind: 'prompt_cache_key' },
    // A temperature that a provider does not take is no reason to refuse the request.
    routing: { ...config.routing, translation: 'lenient' },
    cache: {
      enabled: ttlMs > 0,
      ttlMs,
      staleMs: 0,
      swrMs: 0,
      staleIfErrorMs: 0,
      negativeMs: 0,
      variants: 1,
      splitEmbeddings: false,
      maxEntry: config.cache.maxEntry,
      scope: 'shared',
      namespace: '',
      ignore: [],
    },
    endpoints: [
      {
        id: `generate/${name}`,
        provider: wordOf(name, dialect),
        providerName: canonicalProvider(name),
        target: address,
        credential: { kind: 'none' },
        weight: 1,
        headers: {},
        ...(dialect === 'openai' ? { api: 'chat' } : {}),
      },
    ],
  };
}

/** How the table of providers calls the API: a server of the OpenAI form at its own address has a row where it is known. */
function wordOf(name: string, dialect: GatewayDialect): ConfiguredProvider {
  if (dialect !== 'openai') return dialect;
  return Object.hasOwn(PROVIDER_ROWS, name) && name !== 'mock' ? (name as ConfiguredProvider) : 'openai';
}
