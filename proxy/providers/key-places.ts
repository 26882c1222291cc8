import { defaultAddress } from '../config/gateway.ts';
import { isLoopback } from '../core/loopback.ts';
import { canonicalProvider } from '../core/provider-names.ts';
import { type NamedEndpoint, providerNameOf } from './names.ts';

interface ConfiguredAddress {
  readonly name: string;
  readonly address?: { readonly origin: string };
}

/**
 * Whether keys of users may go to an endpoint of the model `model`: where the configuration says who stands behind it
 * (`providerName`), at the provider's own address, at a mock, and on this machine. What a model's name suggests is not enough.
 * `configured`: the section `providers`.
 */
export function takesUsersKeys(
  endpoint: NamedEndpoint,
  model: string,
  configured: readonly ConfiguredAddress[],
): boolean {
  const { provider, providerName, origin } = endpoint;
  if (providerName !== undefined || provider === 'mock') return true;
  const isOwn = isProvidersOrigin(origin, providerNameOf(endpoint, model), configured);
  return isOwn || isLoopback(new URL(origin).hostname);
}

/** Whether keys of users for the provider of that canonical name go to this endpoint of the model. */
export function takesKeysOf(
  provider: string,
  endpoint: NamedEndpoint & { readonly takesOwnKeys?: true },
  model: string,
): boolean {
  return endpoint.takesOwnKeys === true && providerNameOf(endpoint, model) === provider;
}

/** Whether the address is that of the provider: the one that is written under `providers`, or the provider's own. */
export function isProvidersOrigin(origin: string, provider: string, configured: readonly ConfiguredAddress[]): boolean {
  const canonical = canonicalProvider(provider);
  return (
    defaultAddress(canonical)?.origin === origin || providerNamed(configured, canonical)?.address?.origin === origin
  );
}

/** Headers and parameters by which an endpoint knows the operator's account. */
const OF_ACCOUNT =
  /^(?:authorization|proxy-authorization|cookie|(?:x-(?:goog-)?)?api-key|openai-(?:organization|project)|x-goog-user-project|key)$/;

/** Configured headers or parameters, without those that name the operator's account: they do not go along with a user's key. */
export function withoutAccount(
  given: Readonly<Record<string, string>>,
  authHeader: string | undefined,
): Readonly<Record<string, string>> {
  const names = Object.keys(given);
  if (names.length === 0) return given;
  const kept = names.filter((name) => !OF_ACCOUNT.test(name.toLowerCase()) && name !== authHeader);
  return Object.fromEntries(kept.map((name) => [name, given[name] ?? '']));
}

/** The first of these that is the provider of that canonical name. */
export function providerNamed<T extends { readonly name: string }>(
  list: readonly T[],
  provider: string,
): T | undefined {
  return list.find(({ name }) => canonicalProvider(name) === provider);
}
