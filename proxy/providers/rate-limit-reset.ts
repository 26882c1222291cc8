import type { IncomingHttpHeaders } from 'node:http';

const RESET = 'x-ratelimit-reset';
const REMAINING = 'x-ratelimit-remaining';
const LIMIT = 'x-ratelimit-limit';
const ANTHROPIC = 'anthropic-ratelimit-';
/** `anthropic-ratelimit-requests-reset`, `anthropic-ratelimit-input-tokens-reset` … */
const ANTHROPIC_RESET = /^(anthropic-ratelimit-.{1,64})-reset$/;
/** A limit of which more is left was not what the request met, unless it was a very large one. */
const SCARCE = 0.2;
/** A number beyond it is a point in time, not a duration: seconds since 2001, and the same in milliseconds. */
const EPOCH_SECONDS = 1e9;
const EPOCH_MS = 1e12;
const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const DURATION = /^(?:\d+(?:\.\d+)?(?:ms|[smhd]))+$/;

interface Limit {
  /** `requests`, `tokens`, `input-tokens`, `requests-day` …; empty where there is one. */
  readonly name: string;
  readonly resetMs: number;
  /** What is left of the limit, from 0 to 1; undefined where that is not said. */
  readonly left: number | undefined;
  readonly remaining: number | undefined;
  readonly limit: number | undefined;
}

/**
 * Milliseconds until the limits that are exhausted begin anew: `x-ratelimit-reset`, `…-requests`, `…-tokens`,
 * `…-requests-day` and their like, each beside the `x-ratelimit-remaining…` and `x-ratelimit-limit…` of the same limit, and the
 * `anthropic-ratelimit-…-reset` headers.
 * Where none is said to be exhausted, a request that was too large for what is left met the scarcest one; of limits that say
 * no more than when they begin anew, the first is taken: the next refusal names a longer time if that was too early.
 */
export function rateLimitResetMs(headers: IncomingHttpHeaders, now: number): number | undefined {
  const limits = limitsOf(headers, now);
  const exhausted = limits.filter(({ left }) => left === 0);
  if (exhausted.length > 0) return Math.max(...exhausted.map(({ resetMs: ms }) => ms));
  const met = limits.filter(({ left = 0 }) => left < SCARCE);
  const [scarcest] = met.toSorted((a, b) => (a.left ?? 1) - (b.left ?? 1) || a.resetMs - b.resetMs);
  return scarcest?.resetMs;
}

/**
 * What an answer says of the limits of its key, in the headers of OpenAI, Azure and others, and of Anthropic: of each one that has a
 * number of what is left and of the whole, and a time when it begins anew.
 */
export function readRateLimits(
  headers: IncomingHttpHeaders,
  now: number,
): { readonly name: string; readonly limit: number; readonly remaining: number; readonly resetMs: number }[] {
  return limitsOf(headers, now).flatMap(({ name, resetMs: ms, remaining, limit }) => {
    const isSaid = remaining !== undefined && remaining >= 0 && limit !== undefined && limit > 0;
    return isSaid ? [{ name, limit, remaining, resetMs: ms }] : [];
  });
}

function limitsOf(headers: IncomingHttpHeaders, now: number): Limit[] {
  const limits: Limit[] = [];
  for (const name in headers) {
    const beside = namesBeside(name);
    const ms = beside === undefined ? undefined : resetMs(headers[name], now);
    if (ms === undefined || beside === undefined) continue;
    const [remaining, limit] = [headers[beside.remaining], headers[beside.limit]];
    const numbers = { remaining: numberOf(remaining), limit: numberOf(limit) };
    limits.push({ name: beside.name, resetMs: ms, left: leftOf(remaining, limit), ...numbers });
  }
  return limits;
}

/** The headers that say how much is left of the limit that this one says the reset of; undefined for every other header. */
function namesBeside(
  name: string,
): { readonly name: string; readonly remaining: string; readonly limit: string } | undefined {
  if (name.startsWith(RESET)) {
    const what = name.slice(RESET.length);
    return { name: what.replace(/^-/, ''), remaining: REMAINING + what, limit: LIMIT + what };
  }
  const [, limit] = ANTHROPIC_RESET.exec(name) ?? [];
  if (limit === undefined) return undefined;
  return { name: limit.slice(ANTHROPIC.length), remaining: `${limit}-remaining`, limit: `${limit}-limit` };
}

function numberOf(value: string | string[] | undefined): number | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN;
  return Number.isFinite(number) ? number : undefined;
}

function leftOf(remaining: string | string[] | undefined, limit: string | string[] | undefined): number | undefined {
  if (typeof remaining !== 'string' || remaining.trim() === '') return undefined;
  if (Number(remaining) <= 0) return 0;
  const left = Number(remaining) / Number(limit);
  return left > 0 && left <= 1 ? left : undefined;
}

/** `6m0s`, `20ms`, `1.5` (seconds), a point in time in seconds or milliseconds, or a date. */
function resetMs(value: string | string[] | undefined, now: number): number | undefined {
  if (typeof value !== 'string' || value.trim() === '') return undefined;
  const text = value.trim();
  const number = Number(text);
  if (!Number.isNaN(number)) return number < 0 ? undefined : numberMs(number, now);
  if (DURATION.test(text)) return durationMs(text);
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

function numberMs(number: number, now: number): number {
  if (number >= EPOCH_MS) return Math.max(0, number - now);
  return number >= EPOCH_SECONDS ? Math.max(0, number * 1_000 - now) : number * 1_000;
}

function durationMs(text: string): number {
  let ms = 0;
  for (const [, amount, unit = ''] of text.matchAll(/(\d+(?:\.\d+)?)(ms|[smhd])/g))
    ms += Number(amount) * (UNITS[unit] ?? 0);
  return ms;
}
