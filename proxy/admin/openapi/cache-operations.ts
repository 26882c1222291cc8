import { FIND_BODY } from '../dashboard/cache-router.ts';
import { GUARDED, error } from './control-operations.ts';
import { amount, answer, arrayOf, object, text, whole } from './parts.ts';
import type { Operations } from './parts.ts';

const flag = { type: 'boolean' };
const textOrNull = { type: ['string', 'null'] };

const cache = object({
  memory: object({ entries: whole, bytes: whole, limit_bytes: amount, evictions: whole }),
  redis: object({ configured: flag, connected: flag, refuses: textOrNull }),
  stored: whole,
  found_in: object({ memory: whole, redis: whole }),
  ages: {
    ...object({
      looked: whole,
      counts: arrayOf(
        object({
          up_to_seconds: { type: ['number', 'null'], description: 'Null = older than all others.' },
          entries: whole,
        }),
      ),
    }),
    description: 'Of the entries in memory; of more than 131,072 a sample, of so many as `looked` says.',
  },
  models: arrayOf(
    object({
      model: text(),
      hits: whole,
      misses: whole,
      joined: whole,
      stale: whole,
      bypassed: whole,
      hit_share: { type: ['number', 'null'], minimum: 0, maximum: 1 },
      entries: whole,
      bytes: whole,
    }),
  ),
});

const found = object({
  model: textOrNull,
  keys: arrayOf(text()),
  answers: { ...flag, description: 'Whether a request like this is answered from the cache now.' },
  reads: { ...flag, description: 'Whether it may be answered from the cache.' },
  writes: { ...flag, description: 'Whether its answer may be stored.' },
  why: { ...textOrNull, description: 'Why the cache is passed over.' },
  entries: arrayOf(
    object({
      key: text(),
      tier: { type: 'string', enum: ['memory', 'redis'] },
      answers: flag,
      why: { ...textOrNull, description: 'Why the entry does not answer the request.' },
      age_seconds: whole,
      ttl_seconds: { type: 'integer', description: 'Until its end; negative once that is past.' },
      bytes: whole,
      shape: { type: 'string', enum: ['body', 'stream'] },
      events: whole,
      status: whole,
      model: text(),
      endpoint: text(),
    }),
  ),
});

/** The cache, as the dashboard shows it. */
export const CACHE_OPERATIONS: Operations = {
  'GET /api/admin/cache': {
    id: 'getCache',
    summary: 'How full the cache is, how old its entries are, and what it did for each model',
    tag: 'dashboard',
    answers: { '200': answer('The cache of all processes of this proxy.', cache), ...GUARDED },
  },
  'POST /api/admin/cache/find': {
    id: 'findCacheEntry',
    summary: 'What the cache has for a request',
    description:
      'The request goes through the stages of a real one as far as the look-up: no endpoint is asked, and nothing counts.',
    tag: 'dashboard',
    body: { schema: FIND_BODY, isRequired: true },
    answers: {
      '200': answer('The keys that are looked for, and the entries that are there.', found),
      '400': answer('The body is not as it should be.', error),
      '413': answer('The body exceeds 1 MiB.', error),
      ...GUARDED,
    },
  },
};
