import { canonicalProvider } from '../core/provider-names.ts';

/** Whose models have names that begin so. */
const FAMILIES: readonly (readonly [prefix: string, provider: string])[] = [
  ['claude', 'anthropic'],
  ['gemini', 'gemini'],
  ['deepseek', 'deepseek'],
  ['mistral', 'mistral'],
  ['meta-llama/', 'llama'],
];

const OPENAI = 'openai';
const OPENAI_ORIGIN = 'https://api.openai.com';

/** What an endpoint's provider is known by. */
export interface NamedEndpoint {
  readonly provider: string;
  readonly origin: string;
  /** `provider_name` of the configuration. */
  readonly providerName?: string | undefined;
}

/**
 * The canonical name of the provider behind an endpoint: what the configuration says, else the `provider` itself. A mock
 * and a compatible server at an address of others stand for the provider whose models are named like `model`.
 */
export function providerNameOf({ provider, origin, providerName }: NamedEndpoint, model: string): string {
  if (providerName !== undefined) return canonicalProvider(providerName);
  return standsForOthers({ provider, origin }) ? familyOf(model) : canonicalProvider(provider);
}

/** Whether the models alone tell whose they are: at a mock, and at a compatible server at an address of others. */
export function standsForOthers({ provider, origin }: Pick<NamedEndpoint, 'provider' | 'origin'>): boolean {
  return provider === 'mock' || (provider === OPENAI && origin !== OPENAI_ORIGIN);
}

function familyOf(model: string): string {
  const lower = model.toLowerCase();
  return FAMILIES.find(([prefix]) => lower.startsWith(prefix))?.[1] ?? OPENAI;
}
