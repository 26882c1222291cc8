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
  readonly directory: Pick<GatewayDirectory, 'provider' | 'override'>;
  readonly credentials: Pick<CredentialDirectory, 'ofProvider' | 'open'>;
  /** By external id, then by id. */
  user(name: string): UserLookup;
}

/** What `/api/v1/generate` has of a running proxy. Outlives configurations. */
export class Gateway {
  readonly #options: GatewayOptions;
  readonly #providers: GatewayProviders;

  constructor(options: GatewayOptions) {
    this.#options = options;
    this.#providers = new GatewayProviders(options);
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
        directory: this.#options.directory,
        user: (name) => this.#options.user(name),
        provider: (name) => this.#providers.find(name),
      },
    };
  }

  close(): void {
    this.#providers.close();
  }
}
