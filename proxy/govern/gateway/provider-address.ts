import { addressAt, type ApiAddress, parseBaseUrl } from '../../config/base-url.ts';
import { defaultAddress, dialectOf } from '../../config/gateway.ts';
import { providerRow } from '../../core/provider-rows.ts';

/** What may stand behind the version in a base URL that names an endpoint. */
const ENDPOINT = /\/(?:chat\/completions|completions|responses|messages|models(?:\/[^/]*)?)\/?$/;

/** Where a stored provider is: its `base_url`, with or without the path of an endpoint, else its own host. Undefined = nowhere. */
export function providerAddress(name: string, baseUrl: string | null): ApiAddress | undefined {
  if (baseUrl === null || baseUrl === '') return defaultAddress(name);
  const written = parseBaseUrl(baseUrl.replace(ENDPOINT, ''));
  if (written?.kind !== 'written') return undefined;
  return addressAt(written, false, providerRow(dialectOf(name)).version);
}
