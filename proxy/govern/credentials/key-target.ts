import type { Config } from '../../config/config.ts';
import { defaultAddress, dialectOf, type ProviderConfig } from '../../config/gateway.ts';
import { providerNamed, takesKeysOf, withoutAccount } from '../../providers/key-places.ts';
import { PROVIDERS } from '../../providers/table.ts';
import type { ProviderEndpoint } from '../../providers/types.ts';
import type { Place } from '../batches/batch-price.ts';
import { type EndpointTls, tlsOf } from '../../upstream/tls.ts';

/** Where a user's key may be tried, and as whom. It has no credential: the key that is tried takes its place. */
export interface KeyTarget extends Omit<ProviderEndpoint, 'credential'>, EndpointTls {
  /** Id of an endpoint, or `provider/NAME`. */
  readonly id: string;
  /** The API that the provider speaks. */
  readonly dialect: 'openai' | 'anthropic' | 'gemini';
  /** Headers of the configuration that name no account. */
  readonly headers: Readonly<Record<string, string>>;
  readonly place?: Place;
}

/**
 * The address for keys of the provider of that canonical name: the one that is written under `providers`, else that of an endpoint
 * that such keys may go to (one of the model, where there is one), else the provider's own. Undefined where it has none. What the
 * caller of the proxy says chooses among these and adds none.
 */
export function keyTarget(
  provider: string,
  model: string | undefined,
  config: Pick<Config, 'providers'>,
  places: readonly Place[],
): KeyTarget | undefined {
  const configured = providerNamed(config.providers, provider);
  const own = defaultAddress(provider);
  if (configured?.address !== undefined && configured.address.origin !== own?.origin) {
    return targetAt(provider, configured.address, configured);
  }
  const taking = places.filter(({ model: name, endpoint }) => takesKeysOf(provider, endpoint, name));
  const place = taking.find((one) => one.model === model) ?? taking[0];
  if (place !== undefined) return targetOf(provider, place, model);
  const address = configured?.address ?? own;
  return address === undefined ? undefined : targetAt(provider, address, configured);
}

function targetAt(
  provider: string,
  { origin, basePath }: { readonly origin: string; readonly basePath: string },
  configured: ProviderConfig | undefined,
): KeyTarget {
  const name = configured?.name ?? provider;
  const dialect = configured?.dialect ?? dialectOf(provider);
  const isKnown = dialect === 'openai' && Object.hasOwn(PROVIDERS, provider) && dialectOf(provider) === dialect;
  return { id: `provider/${name}`, provider: isKnown ? provider : dialect, origin, basePath, dialect, headers: {} };
}

function targetOf(provider: string, place: Place, model: string | undefined): KeyTarget {
  const { id, origin, basePath, upstreamModel, query, authHeader, api, headers } = place.endpoint;
  return {
    id,
    provider: place.endpoint.provider,
    origin,
    basePath,
    dialect: dialectOf(provider),
    headers: withoutAccount(headers, authHeader),
    place,
    ...(place.model === model && upstreamModel !== undefined ? { upstreamModel } : {}),
    ...(query === undefined ? {} : { query: withoutAccount(query, authHeader) }),
    ...(authHeader === undefined ? {} : { authHeader }),
    ...(api === undefined ? {} : { api }),
    ...tlsOf(place.endpoint),
  };
}
