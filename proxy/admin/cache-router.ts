import { json, Router } from 'express';

import type { PurgeTarget } from '../cache/tiers.ts';
import { ProxyError } from '../core/errors.ts';
import { isJsonObject } from '../core/json.ts';
import { CACHE_TARGETS, isCacheTarget } from './cache-target.ts';
import type { AdminDeps } from './deps.ts';

/**
 * What to purge, from `?model=` or `?key=` or a JSON body with the same names. Throws on anything else: a misspelt
 * name must not purge everything.
 */
function targetOf(query: Readonly<Record<string, unknown>>, body: unknown): PurgeTarget {
  if (body !== undefined && !isJsonObject(body)) throw new ProxyError('invalid_json', 'The body is not a JSON object.');
  const given = Object.entries({ ...query, ...body });
  for (const [name, value] of given) {
    if (!isCacheTarget(name)) {
      const known = Object.keys(CACHE_TARGETS).join(', ');
      throw new ProxyError('invalid_value', `Unknown parameter '${name}': expected ${known}, or nothing.`, {
        param: name,
      });
    }
    if (typeof value !== 'string' || value === '') {
      throw new ProxyError('invalid_type', `Invalid ${name}: expected text that is not empty.`, { param: name });
    }
  }
  if (given.length > 1) throw new ProxyError('invalid_value', 'Expected model or key, not both.', { param: 'key' });
  const [first] = given;
  if (first === undefined) return 'all';
  const [name, value] = first;
  return name === 'model' ? { model: String(value) } : { key: String(value) };
}

/** `DELETE /cache`: removes stored answers, all of them or those of a model or a key, and nothing else. */
export function cacheRouter({ clock, cache }: AdminDeps): Router {
  const router = Router();

  // oxlint-disable-next-line oxc/no-async-endpoint-handlers -- Express 5 takes rejections to the error exit
  router.delete('/cache', json({ limit: '16kb', type: () => true }), async (request, response) => {
    const { deleted, complete } = await cache.purge(targetOf(request.query, request.body));
    response.json({
      timestamp: new Date(clock.now()).toISOString(),
      deleted_entries: deleted,
      // Redis cannot be reached: it is purged before anything is read from it again.
      status: complete ? 'success' : 'partial',
    });
  });

  return router;
}
