import { ProxyError } from '../core/errors.ts';
import { OUTCOMES, type Outcome } from '../core/outcome.ts';
import type { Endpoint } from '../routing/types.ts';
import type { GenerationFailure, RefusedAnswer } from './answer.ts';
import { cleanHeaderPairs } from './own-headers.ts';
import { withoutOwnSecrets } from './own-secrets.ts';

/** The latest attempt that failed, and the answer of its endpoint where there was one. */
export interface FailedAttempt {
  readonly outcome: Outcome;
  readonly endpoint: string;
  readonly answer?: RefusedAnswer;
}

/** Takes note of an attempt; the answer loses what must not reach the client. */
export function failedAttempt(outcome: Outcome, endpoint: Endpoint, answer?: RefusedAnswer): FailedAttempt {
  const shown = answer && {
    ...answer,
    body: withoutOwnSecrets(answer.body, endpoint),
    headers: cleanHeaderPairs(answer.headers, endpoint),
  };
  return { outcome, endpoint: endpoint.id, ...(shown ? { answer: shown } : {}) };
}

/** What the client is shown once no endpoint is left: the last answer of an endpoint, else what became of the last attempt. */
export function failureAfter(last: FailedAttempt, subject: string, attempts: number): GenerationFailure {
  if (last.answer) {
    return { kind: 'answer', ...last.answer, headers: withRetryAdvice(last), endpoint: last.endpoint, attempts };
  }
  const timeout = last.outcome.kind.startsWith('timeout');
  const error = new ProxyError(
    timeout ? 'upstream_timeout' : 'upstream_failed',
    `Endpoint '${last.endpoint}' failed (${last.outcome.kind}: ${last.outcome.reason ?? 'no reason given'}) ` +
      `and no other endpoint of ${subject} was left to try.`,
  );
  return { kind: 'error', error, attempts, endpoint: last.endpoint };
}

/** Where trying again cannot help, clients that repeat requests by themselves are told so. */
function withRetryAdvice(last: FailedAttempt): RefusedAnswer['headers'] {
  const headers = last.answer?.headers ?? [];
  const { advice } = OUTCOMES[last.outcome.kind];
  if (advice === 'none' || headers.some(([name]) => name === 'x-should-retry')) return headers;
  return [...headers, ['x-should-retry', 'false']];
}
