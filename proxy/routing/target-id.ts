import { createHash } from 'node:crypto';

import type { Endpoint } from './types.ts';

/**
 * The endpoint's id with a digest of where it leads to. What was found out about an address, credential or upstream model
 * says nothing about the ones that replaced them: an operator who mends a key is not kept waiting by the old one's ejection.
 */
export function targetId({
  id,
  provider,
  origin,
  basePath,
  credential,
  upstreamModel,
  query,
  authHeader,
}: Endpoint): string {
  const secret = credential.kind === 'key' ? credential.value : null;
  const more = [query, authHeader].filter((value) => value !== undefined);
  const target = JSON.stringify([provider, origin, basePath, credential.kind, secret, upstreamModel ?? null, ...more]);
  return `${id}@${createHash('sha256').update(target).digest('hex').slice(0, 12)}`;
}
