import { z } from 'zod';

import { parseDuration } from '../../core/duration.ts';
import { choice, duration, flag, integer, overrides, parsed, percent } from './fields.ts';

const DAY = 86_400_000;

const timeouts = {
  connect: duration('Until the connection to an endpoint stands.', { min: 1, max: DAY }).prefault('5s'),
  first_byte: duration('From the request to the head of an answer that streams.', { min: 1, max: DAY }).prefault(
    '120s',
  ),
  first_content: duration(
    'From the request to the first content event of a stream. Comments, role chunks, white space and interim responses do not prolong it.',
    { min: 1, max: DAY },
  ).prefault('300s'),
  answer: duration(
    'From the request to the end of an answer that does not stream; where the proxy does not interpret the answer, to its beginning.',
    { min: 1, max: DAY },
  ).prefault('600s'),
  idle: duration('Between two pieces of a stream or a download.', { min: 1, max: DAY }).prefault('120s'),
  total: duration(
    'Until an answer begins to reach the client, all attempts and pauses included. Streams that flow, uploads and tunnels are not bounded by it.',
    { min: 1, max: DAY },
  ).prefault('15m'),
};

const counts = {
  retry_budget: percent(
    'Attempts beyond the second of a request that may run at the same time, in percent of the active requests of the model; three always may. The first move to another endpoint is not counted.',
  ).prefault('20%'),
  attempts: integer('Endpoints tried for one request, the first included; each at most once.', {
    min: 1,
    max: 100,
  }).prefault(3),
  translation: choice(
    'What happens to fields of a request that only tune its answer and have no counterpart in the protocol of the endpoint: lenient = they are dropped and named in `x-llmproxy-dropped`, strict = the request is refused. What would change the meaning of the answer is refused in any case.',
    ['lenient', 'strict'],
  ).prefault('lenient'),
  rate_limit_shares: flag(
    'What providers say of the limits of their keys (`x-ratelimit-…`, `anthropic-ratelimit-…`) counts: with the strategies that go by weights an endpoint gets its weight × the part that is left of its scarcest limit, and with each one it is left out, until the limit begins anew and for a minute at the most, when one more request would get 429, as long as another endpoint admits. Endpoints with one key and one model share what is left.',
  ).prefault(false),
  allowed_fails: integer('Failures in a row after which an endpoint is ejected.', { min: 1, max: 1_000 }).prefault(3),
  cooldown: duration('How long it stays out the first time; doubled each time again, up to ten times this.', {
    min: 1,
    max: DAY,
  }).prefault('30s'),
};

const AFTER_EXPECTED = '`off`, `p95` or a duration from 1ms to 1d';

function parseAfter(text: string): 'off' | 'p95' | number | undefined {
  if (text === 'off' || text === 'p95') return text;
  const ms = parseDuration(text);
  return ms !== undefined && ms >= 1 && ms <= DAY ? ms : undefined;
}

const hedging = {
  after: parsed(
    'When a generation gets a second attempt, at another endpoint beside the first one: as long as that has no content after this time (of an answer that does not stream: no byte). The first to have content is the answer, the other is closed; both are paid for, and what the loser cost is estimated. `p95`: as long as 95 % of the latest answers of the model took, streams and others apart, once 20 were seen; `off`: never. Only endpoints that admit and have room are asked. Requests that name or keep something at the provider (`store`, `background`, `conversation`, `previous_response_id`, encrypted reasoning, an `idempotency-key`), use keys of users’ own or are passed through have one attempt at a time.',
    AFTER_EXPECTED,
    parseAfter,
  ).prefault('off'),
  at_least: duration('The least that `p95` counts for.', { min: 1, max: DAY }).prefault('100ms'),
  budget: percent('Generations of the model that may have a second attempt. Ten can be saved up.').prefault('5%'),
};

export const routingSchema = z.strictObject({
  ...counts,
  timeouts: z.strictObject(timeouts).prefault({}),
  hedging: z.strictObject(hedging).prefault({}),
});

export const routingOverridesSchema = z.strictObject({
  ...overrides(counts),
  timeouts: z.strictObject(overrides(timeouts)).optional(),
  hedging: z.strictObject(overrides(hedging)).optional(),
});
