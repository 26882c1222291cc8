import { z } from 'zod';

import { choice, duration, flag, integer, overrides, size, text } from './fields.ts';

const YEAR = 365 * 86_400_000;

const IGNORABLE = ['user', 'metadata', 'safety_identifier', 'prompt_cache_key'] as const;

const perModel = {
  enabled: flag('Whether answers are stored and served again.').prefault(true),
  ttl: duration('How long an answer is served.', { min: 1_000, max: YEAR }).prefault('7d'),
  stale: duration(
    'How much longer it is kept for requests that say `Cache-Control: stale-if-error` or `stale-while-revalidate`.',
    { min: 0, max: YEAR },
  ).prefault('1h'),
  swr: duration(
    'How long after its end an answer is still served at once (`x-llmproxy-cache: stale`), while one request to an endpoint renews it (RFC 5861 stale-while-revalidate). The caller whose request starts the renewal pays for it. 0 = an expired answer is not served.',
    { min: 0, max: YEAR },
  ).prefault('0s'),
  stale_if_error: duration(
    'How long after its end an answer is served where every endpoint fails or refuses for its rate limit, also to requests that do not ask for it. What a request says of `stale-if-error`, `max-age` or `min-fresh` goes first.',
    { min: 0, max: YEAR },
  ).prefault('0s'),
  negative: duration(
    'How long a refusal is served again to requests of the same bytes: 400, 413, 415 and 422 by which an endpoint says that the request itself is at fault. 0 = refusals are not stored.',
    { min: 0, max: 3_600_000 },
  ).prefault('0s'),
  variants: integer(
    'Different answers that are kept for a request that says a `temperature` above 0. Until there are so many, a request asks an endpoint for another one; from then on it gets one of them at random.',
    { min: 1, max: 16 },
  ).prefault(1),
  split_embeddings: flag(
    'Whether each input of an embeddings request is stored by itself, so that of a list only the inputs that are not known are asked for.',
  ).prefault(false),
  max_entry: size('Largest answer that is stored.', { min: 1, max: 2 ** 29 }).prefault('8MiB'),
  scope: choice(
    'Whose answers a caller sees. `shared`: those of all callers. With any other value callers share, except where an endpoint passes the caller’s own credential on (`api_key: forward`): there a caller sees what the same credential, organisation and project has stored. `principal`, `customer`, `team`, `user` and `key` name the group that a caller with a virtual key shares with; callers without one are treated alike by all five.',
    ['principal', 'shared', 'customer', 'team', 'user', 'key'],
  ).prefault('principal'),
  namespace: text('Part of every cache key: another namespace never sees these entries.', {
    expected: 'up to 128 letters, digits, `-`, `_`, `.`, `:` or `/`',
    pattern: /^[\w.:/-]{1,128}$/,
  }).prefault('default'),
  ignore: z
    .array(choice('A request field that is left out of the cache key.', IGNORABLE))
    .meta({
      kind: `list of ${IGNORABLE.map((name) => `\`${name}\``).join(' ')}`,
      description: 'Request fields that do not distinguish requests. Every other field always does.',
      choices: IGNORABLE,
    })
    .prefault([...IGNORABLE]),
};

export const cacheSchema = z.strictObject({
  ...perModel,
  memory: size('Memory for stored answers; the least recently used go first. 0 = none (Redis only).', {
    min: 0,
    max: 2 ** 36,
  }).prefault('256MiB'),
  share_generations: choice(
    'Which equal requests of one moment cost one call to an endpoint. `process`: those that reach the same process. `replicas`: those of all replicas with the same `redis` and `redis.prefix`; one of them asks the endpoint, the others follow its answer over Redis from the first event on; without Redis those of all `server.workers`, which follow it through the primary process. A request that finds no stored answer then waits for one more answer of Redis, `redis.timeout` at the longest, or of the primary, 50 ms.',
    ['process', 'replicas'],
  ).prefault('process'),
  key_file: text(
    'File with a secret of at least 32 bytes, the same on all replicas: answers on Redis are then sealed with it (HMAC-SHA-256), and an entry that was not sealed with it is not served. Without it a checksum finds damage, not forgery. The path is relative to the working directory; a new secret makes old entries misses.',
  ).prefault(''),
});

export const cacheOverridesSchema = z.strictObject(overrides(perModel));
