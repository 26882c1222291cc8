import type { CacheView, FoundView } from '../../admin/dashboard/cache-view.ts';
import { ask } from '../client.ts';

/** What the page of the cache asks. */
export const cacheApi = {
  get: () => ask<CacheView>('GET', '/api/admin/cache'),
  find: (sought: object) => ask<FoundView>('POST', '/api/admin/cache/find', sought),
  /** `target`: a model or a key; without one all entries go. */
  purge: (target: object = {}) => ask<{ readonly deleted_entries: number }>('DELETE', '/cache', target),
};
