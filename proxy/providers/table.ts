import { PROTOCOLS } from '../protocols/table.ts';
import type { Protocol, ProtocolFamily } from '../protocols/types.ts';
import { anthropic } from './anthropic.ts';
import { azure } from './azure.ts';
import { compatible, compatibleServers } from './compatible.ts';
import { gemini } from './gemini.ts';
import { mock } from './mock.ts';
import { openai } from './openai.ts';
import { speaks } from './operations.ts';
import type { Provider, ProviderEndpoint, ProviderId } from './types.ts';

export const PROVIDERS: Readonly<Record<ProviderId, Provider>> = {
  openai,
  anthropic,
  gemini,
  azure,
  ...compatibleServers,
  compatible,
  mock,
};

const OPENAI_ORIGIN = 'https://api.openai.com';

/** Who stands behind the endpoint: `openai` at an address of others is a compatible server. */
export function providerOf({ provider, origin }: Pick<ProviderEndpoint, 'provider' | 'origin'>): Provider {
  if (provider === 'openai') return origin === OPENAI_ORIGIN ? openai : compatible;
  return Object.hasOwn(PROVIDERS, provider) ? PROVIDERS[provider as ProviderId] : compatible;
}

/** Whether the endpoint speaks this protocol itself. */
export function endpointSpeaks(
  endpoint: Pick<ProviderEndpoint, 'provider' | 'origin' | 'api'>,
  protocol: Pick<Protocol, 'id'>,
): boolean {
  return speaks(providerOf(endpoint), endpoint, protocol);
}

/** Whether the endpoint serves the API of that family, which has routes beside the operations. */
export function servesFamily(endpoint: Pick<ProviderEndpoint, 'provider' | 'origin'>, family: ProtocolFamily): boolean {
  return providerOf(endpoint).protocols.some((id) => PROTOCOLS[id].family === family);
}
