import { secondsUntil, type Refusal } from './gates.ts';
import type { Admission, Reading, Unit } from './types.ts';

/** Whose clients read the headers; Gemini's API has none. Azure's are OpenAI's. */
export type HeaderForm = 'openai' | 'anthropic' | 'gemini';

/** Names of limit, remaining and reset. */
const NAMES = {
  openai: { requests: openaiNames('requests'), tokens: openaiNames('tokens') },
  anthropic: { requests: anthropicNames('requests'), tokens: anthropicNames('tokens') },
} as const;

function openaiNames(unit: string) {
  return [`x-ratelimit-limit-${unit}`, `x-ratelimit-remaining-${unit}`, `x-ratelimit-reset-${unit}`] as const;
}

function anthropicNames(unit: string) {
  const begin = `anthropic-ratelimit-${unit}`;
  return [`${begin}-limit`, `${begin}-remaining`, `${begin}-reset`] as const;
}

/**
 * Our own limits as response headers: of requests and of tokens the one that is nearest to its end. Nothing for what has no
 * limit. `now` is the time of the readings.
 */
export function limitHeaders(readings: readonly Reading[], now: number, form: HeaderForm): Record<string, string> {
  if (form === 'gemini') return {};
  const headers: Record<string, string> = {};
  for (const unit of ['requests', 'tokens'] as const) {
    const tightest = tightestOf(readings, unit);
    if (tightest === undefined) continue;
    const { max, left, end } = tightest;
    const [limitName, leftName, resetName] = NAMES[form][unit];
    headers[limitName] = String(max);
    headers[leftName] = String(left);
    headers[resetName] = form === 'openai' ? durationText(secondsUntil(end, now)) : timeText(end);
  }
  return headers;
}

function tightestOf(readings: readonly Reading[], unit: Unit): { max: bigint; left: bigint; end: number } | undefined {
  let tightest: { max: bigint; left: bigint; end: number } | undefined;
  for (const { limit, used, end } of readings) {
    if (limit.unit !== unit || limit.max === null) continue;
    const left = used < limit.max ? limit.max - used : 0n;
    const isTighter = tightest === undefined || left < tightest.left || (left === tightest.left && end > tightest.end);
    if (isTighter) tightest = { max: limit.max, left, end };
  }
  return tightest;
}

/** As OpenAI writes them, after Go: `1s`, `6m0s`, `24h0m0s`. */
function durationText(seconds: number): string {
  const [hours, minutes] = [Math.floor(seconds / 3_600), Math.floor((seconds % 3_600) / 60)];
  if (hours > 0) return `${hours}h${minutes}m${seconds % 60}s`;
  return minutes > 0 ? `${minutes}m${seconds % 60}s` : `${seconds}s`;
}

/** RFC 3339 in whole seconds, rounded up: not before the window has ended. The last time that can be written is in 9999. */
function timeText(end: number): string {
  const latest = Date.UTC(9999, 11, 31, 23, 59, 59);
  return new Date(Math.min(latest, Math.ceil(end / 1_000) * 1_000)).toISOString().replace('.000Z', 'Z');
}

/**
 * Headers of a refusal: with 429 the pause and the limits, with 402 that asking again is pointless. `admission` is the one
 * that the refusal was made of.
 */
export function refusalHeaders(refusal: Refusal, admission: Admission, form: HeaderForm): Record<string, string> {
  const { retryAfterSeconds } = refusal;
  if (retryAfterSeconds === undefined) return { 'x-should-retry': 'false' };
  return { 'retry-after': String(retryAfterSeconds), ...limitHeaders(admission.readings, admission.now, form) };
}
