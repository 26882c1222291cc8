import type { IncomingHttpHeaders } from 'node:http';
import { rateLimitResetMs } from './rate-limit-reset.ts';

/**
 * Milliseconds that `retry-after-ms` or `retry-after` (seconds or HTTP date, RFC 9110 section 10.2.3) asks for. The
 * finer header decides, unless it says 0 beside a `retry-after` that does not. Without either, the time at which an
 * exhausted limit begins anew (`x-ratelimit-reset…`, `anthropic-ratelimit-…-reset`).
 */
export function retryAfterMs(headers: IncomingHttpHeaders, now: number): number | undefined {
  const precise = headers['retry-after-ms'];
  const fine = typeof precise === 'string' && precise.trim() !== '' ? Number(precise) : Number.NaN;
  if (fine > 0) return fine;
  return coarseMs(headers['retry-after'], now) ?? (fine === 0 ? 0 : rateLimitResetMs(headers, now));
}

function coarseMs(text: string | undefined, now: number): number | undefined {
  if (text === undefined || text.trim() === '') return undefined;
  const seconds = Number(text);
  if (!Number.isNaN(seconds)) return seconds >= 0 ? seconds * 1_000 : undefined;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
