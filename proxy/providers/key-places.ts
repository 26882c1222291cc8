import { isLoopback } from '../core/loopback.ts';
import { canonicalProvider, type NamedEndpoint, providerNameOf } from './names.ts';

/**
 * Whether a user's key for the provider of that canonical name may go to an endpoint of the model `model`: where the configuration
 * says who stands behind it (`providerName`), at the provider's own address, at a mock, and on this machine. What a model's name
 * suggests is not enough. `ownOrigin`: where the provider's API is; undefined = it has no address of its own.
 */
export function takesKeysOf(
  provider: string,
  { endpoint, model, ownOrigin }: { endpoint: NamedEndpoint; model: string; ownOrigin: string | undefined },
): boolean {
  if (providerNameOf(endpoint, model) !== provider) return false;
  if (endpoint.providerName !== undefined || endpoint.provider === 'mock') return true;
  return endpoint.origin === ownOrigin || isLoopback(new URL(endpoint.origin).hostname);
}

/** The first of these that is the provider of that canonical name. */
export function providerNamed<T extends { readonly name: string }>(
  list: readonly T[],
  provider: string,
): T | undefined {
  return list.find(({ name }) => canonicalProvider(name) === provider);
}
