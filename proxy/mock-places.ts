import type { MockPlace } from './admin/dashboard/mock-relay.ts';
import type { MockOrigins } from './bundled-mocks.ts';
import type { Config, EndpointConfig } from './config/config.ts';

/** The part of an address that chooses a tenant of a mock. */
const TENANT = /^\/t\/([\w.-]+)(?:\/|$)/;

/** The mocks of a configuration, each once: bundled ones by their name, connected ones by their host, with `~NAME` of the tenant that is used. */
export function mockPlaces({ models }: Pick<Config, 'models'>, origins: MockOrigins): MockPlace[] {
  const places = new Map<string, MockPlace>();
  for (const { endpoints } of models) {
    for (const endpoint of endpoints) {
      const place = endpoint.provider === 'mock' ? placeOf(endpoint, origins) : undefined;
      if (place === undefined) continue;
      const known = places.get(place.address);
      places.set(place.address, known ? { ...place, ...known, endpoints: [...known.endpoints, endpoint.id] } : place);
    }
  }
  return [...places.values()];
}

/** Undefined while a bundled mock has no address. */
function placeOf({ id, target, controlToken }: EndpointConfig, origins: MockOrigins): MockPlace | undefined {
  if (target.kind === 'bundled') {
    const address = origins.origin(target.server);
    return address === undefined ? undefined : { name: target.server, bundled: true, address, endpoints: [id] };
  }
  const tenant = TENANT.exec(target.basePath)?.[1];
  const { host } = new URL(target.origin);
  return {
    name: tenant === undefined ? host : `${host}~${tenant}`,
    bundled: false,
    address: tenant === undefined ? target.origin : `${target.origin}/t/${tenant}`,
    endpoints: [id],
    ...(controlToken ? { token: controlToken } : {}),
  };
}
