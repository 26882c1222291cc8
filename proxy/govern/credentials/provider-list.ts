import type { Config } from '../../config/config.ts';
import { credentialProviders, type CredentialProvider } from '../../providers/credential-names.ts';
import { canonicalProvider } from '../../core/provider-names.ts';
import { providerNameOf } from '../../providers/names.ts';
import type { BundledModels } from '../../usage/bundled-prices.ts';

/** Names of models that are listed for one provider. */
const MOST_MODELS = 200;

export interface ListedProvider {
  readonly provider: string;
  readonly display_name: string;
  /** Null = none is known. */
  readonly default_model: string | null;
  readonly models: readonly string[];
}

/** What users may store keys for, each with its models: the default one, those of the configuration's catalogue, then the bundled. */
export function listedProviders(
  { providers, catalog }: Pick<Config, 'providers' | 'catalog'>,
  bundled: BundledModels,
): readonly ListedProvider[] {
  return credentialProviders(providers).map((provider) => ({
    provider: provider.word,
    display_name: provider.display,
    default_model: provider.defaultModel ?? null,
    models: modelsOf(provider, catalog, bundled),
  }));
}

function modelsOf(
  { canonical, defaultModel }: CredentialProvider,
  catalog: Config['catalog'],
  bundled: BundledModels,
): readonly string[] {
  const written = Object.entries(catalog ?? {}).flatMap(([name, { provider }]) =>
    !name.includes('*') && ownerOf(name, provider) === canonical ? [name] : [],
  );
  const names = [...(defaultModel === undefined ? [] : [defaultModel]), ...written, ...bundled.names(canonical)];
  return [...new Set(names)].slice(0, MOST_MODELS);
}

/** A model whose entry names no provider is its family's. */
function ownerOf(name: string, provider: string | undefined): string {
  return provider === undefined ? providerNameOf({ provider: 'mock', origin: '' }, name) : canonicalProvider(provider);
}
