import type { Config } from '../../config/config.ts';
import { DEFAULT_PLAN } from '../../config/gateway.ts';
import type { Clock } from '../../core/clock.ts';
import type { ProviderKeys } from '../../governance/provider-keys.ts';
import type { CredentialTools, DefaultModel } from '../../pipeline/governed/own-keys.ts';
import { credentialProvider } from '../../providers/credential-names.ts';
import { providerNamed } from '../../providers/key-places.ts';
import { canonicalProvider } from '../../core/provider-names.ts';

/** What requests need to use stored keys, under this configuration. */
export function credentialTools(
  { plans, providers, credentials }: Pick<Config, 'plans' | 'providers' | 'credentials'>,
  { directory, use, pauses }: Pick<ProviderKeys, 'directory' | 'use' | 'pauses'>,
  clock: Clock,
): CredentialTools {
  const defaultModel = (provider: string): DefaultModel | undefined => {
    const configured = providerNamed(providers, provider)?.defaultModel;
    if (configured !== undefined) return { name: configured, configured: true };
    const known = credentialProvider(providers, provider)?.defaultModel;
    return known === undefined ? undefined : { name: known, configured: false };
  };
  return {
    directory,
    use,
    pauses,
    fallback: credentials.fallbackOnReject,
    allowsOwn: (plan) => plans.get(plan ?? DEFAULT_PLAN)?.ownCredentials !== false,
    defaultModel: (provider = canonicalProvider(credentials.systemDefault)) => defaultModel(provider),
    clock,
  };
}
