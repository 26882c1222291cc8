import { type Outcome, OUTCOMES } from '../core/outcome.ts';
import type { Candidates } from './candidates.ts';
import type { FailedAttempt } from './failure.ts';

type Pairs = readonly (readonly [string, string])[];

/** What is known of the endpoints that a request could go to. */
export type Prospects = Pick<Candidates, 'subject' | 'retryAfterMs' | 'isOverBudget'>;

/** The official SDKs wait for a `retry-after` of a minute at the most; after a longer one they repeat within seconds. */
const LONGEST_WAIT_MS = 60_000;
/** Time that has passed since an endpoint named its own pause. */
const SLACK_MS = 50;
const PAUSE_HEADERS = ['retry-after', 'retry-after-ms'];

/** Says to clients which repeat requests by themselves how long to wait. */
export function pauseHeaders(ms: number): Record<string, string> {
  const wait = { 'retry-after': String(Math.max(1, Math.ceil(ms / 1_000))) };
  return ms > LONGEST_WAIT_MS ? { ...wait, ...DO_NOT_RETRY } : wait;
}

export const DO_NOT_RETRY = { 'x-should-retry': 'false' } as const;

/** Whether repeating the request cannot help, or costs another generation. */
export function isPointless({ outcome }: FailedAttempt, { isOverBudget }: Prospects): boolean {
  return isOverBudget || OUTCOMES[outcome.kind].advice === 'do-not-retry';
}

/**
 * The headers of the answer that is shown: where endpoints have asked for patience, with the least of their pauses, and with
 * the advice not to repeat what is pointless. What the endpoint itself said about repeating stands.
 */
export function withAdvice(last: FailedAttempt, prospects: Prospects, attempts: number): Pairs {
  const headers = last.answer?.headers ?? [];
  const least = leastPauseMs(last, prospects, attempts);
  const shown = least === undefined ? headers : withPause(headers, least);
  const waitsLong = (least ?? askedMs(last.outcome) ?? 0) > LONGEST_WAIT_MS;
  const isStatedAlready = headers.some(([name]) => name === 'x-should-retry');
  if (isStatedAlready || !(waitsLong || isPointless(last, prospects))) return shown;
  return [...shown, ...Object.entries(DO_NOT_RETRY)];
}

/** The pause to show in place of the answer's own; undefined where that one stands. */
function leastPauseMs({ outcome, answer }: FailedAttempt, prospects: Prospects, attempts: number): number | undefined {
  if (OUTCOMES[outcome.kind].pause !== 'retry-after') return undefined;
  const asked = askedMs(outcome);
  const least = prospects.retryAfterMs();
  // 0: an endpoint that was not asked takes requests. Then nothing is known of when this request may be repeated.
  if (least > 0 && (asked === undefined ? attempts > 1 : least < asked - SLACK_MS)) return least;
  const isStated = answer?.headers.some(([name]) => PAUSE_HEADERS.includes(name));
  return isStated ? undefined : asked;
}

/** What the endpoint asked for, where its refusal is about patience. */
function askedMs({ kind, retryAfterMs }: Outcome): number | undefined {
  return OUTCOMES[kind].pause === 'retry-after' ? retryAfterMs : undefined;
}

function withPause(headers: Pairs, ms: number): Pairs {
  const precise = headers.some(([name]) => name === 'retry-after-ms');
  return [
    ...headers.filter(([name]) => !PAUSE_HEADERS.includes(name)),
    ['retry-after', String(Math.max(1, Math.ceil(ms / 1_000)))],
    ...(precise ? [['retry-after-ms', String(Math.ceil(ms))] as const] : []),
  ];
}
