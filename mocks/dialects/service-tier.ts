import type { Body } from './validate.ts';

/** The tier that served the request: the asked one where it is a tier, else the default. */
export function servedTier(body: Body): string {
  const asked = body['service_tier'];
  return asked === 'flex' || asked === 'priority' || asked === 'scale' ? asked : 'default';
}
