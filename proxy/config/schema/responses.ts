import { z } from 'zod';

import { duration, integer, size } from './fields.ts';

const YEAR = 365 * 86_400_000;

export const responsesSchema = z.strictObject({
  ttl: duration('How long a response or conversation is kept after it was made or changed.', {
    min: 1_000,
    max: YEAR,
  }).prefault('30d'),
  memory: size(
    'Memory for them; the least recently used go first. With Redis it holds copies for the time that Redis is away.',
    {
      min: 1_024,
      max: 2 ** 36,
    },
  ).prefault('64MiB'),
  max_entry: size(
    'Largest response, with the whole input that it goes on from, and largest conversation. A larger response is not kept.',
    { min: 1_024, max: 2 ** 28 },
  ).prefault('8MiB'),
  background: integer('Responses that may run in the background at once; one more is refused with 429.', {
    min: 0,
    max: 100_000,
  }).prefault(100),
});
