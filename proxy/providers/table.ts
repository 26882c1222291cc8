import { compatible } from './compatible.ts';
import { mock } from './mock.ts';
import { openai } from './openai.ts';
import type { Provider, ProviderEndpoint, ProviderId } from './types.ts';

export const PROVIDERS: Readonly<Record<ProviderId, Provider>> = { openai, compatible, mock };

const OPENAI_ORIGIN = 'https://api.openai.com';

/** Who stands behind the endpoint: `openai` at an address of others is a compatible server. */
export function providerOf({ provider, origin }: Pick<ProviderEndpoint, 'provider' | 'origin'>): Provider {
  if (provider === 'mock') return PROVIDERS.mock;
  return origin === OPENAI_ORIGIN ? PROVIDERS.openai : PROVIDERS.compatible;
}
