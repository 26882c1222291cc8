import type { Config } from '../../config/config.ts';
import type { CredentialDirectory } from '../../governance/credentials/types.ts';
import type { GatewayDirectory } from '../../governance/gateway/types.ts';
import type { Counters } from '../../governance/limits/types.ts';
import type { UserLookup } from '../../governance/lookup.ts';
import { GATEWAY_STAGES } from '../../pipeline/gateway/stages.ts';
import type { GatewayTools } from '../../pipeline/gateway/types.ts';
import { type AssembleModel, GatewayProviders } from './gateway-providers.ts';

export interface GatewayOptions {
  readonly counters: Pick<Counters, 'reserve' | 'charge'>;
  /** Stored providers and overrides; left out = there are none. */
  readonly directory?: Pick<GatewayDirectory, 'provider' | 'override'>;
  readonly credentials?: Pick<CredentialDirectory, 'ofProvider' | 'open'>;
  /** By external id, then by id. */
  readonly user: (name: string) => UserLookup;
}

const NOTHING_STORED = {
  provider: () => undefined,
  override: () => undefined,
  ofProvider: () => undefined,
  open: () => undefined,
};

/** What `/api/v1/generate` has of a running proxy. Outlives configurations. */
export class Gateway {
  readonly #directory: Pick<GatewayDirectory, 'override'>;
  readonly #user: GatewayOptions['user'];
  readonly #providers: GatewayProviders;

  constructor(options: GatewayOptions) {
    const { directory = NOTHING_STORED, credentials = NOTHING_STORED, counters, user } = options;
    this.#directory = directory;
    this.#user = user;
    this.#providers = new GatewayProviders({ directory, credentials, counters });
  }

  /** Takes a configuration over, and gives what its requests need; nothing where no service has a key. */
  configure(config: Config, assemble: AssembleModel): { readonly gateway?: GatewayTools } {
    this.#providers.configure(config, assemble);
    const { gateway } = config;
    if (gateway?.serviceKey === undefined) return {};
    return {
      gateway: {
        stages: GATEWAY_STAGES,
        serviceKey: gateway.serviceKey,
        defaultProvider: gateway.defaultProvider,
        defaultModel: gateway.defaultModel,
        promptPreview: gateway.promptPreview,
        directory: this.#directory,
        user: (name) => this.#user(name),
        provider: (name) => this.#providers.find(name),
      },
    };
  }

  close(): void {
    this.#providers.close();
  }
}
