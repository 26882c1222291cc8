import { ownKeyOf } from '../core/credential.ts';
import { ProxyError } from '../core/errors.ts';
import type { Outcome } from '../core/outcome.ts';
import type { Endpoint } from '../routing/types.ts';
import type { GenerationFailure, RefusedAnswer } from './answer.ts';
import { cleanHeaderPairs } from './own-headers.ts';
import { ownKeyError } from './own-key-error.ts';
import { withoutOwnSecrets } from './own-secrets.ts';
import { DO_NOT_RETRY, isPointless, type Prospects, withAdvice } from './retry-advice.ts';

/** The latest attempt that failed, and the answer of its endpoint where there was one. */
export interface FailedAttempt {
  readonly outcome: Outcome;
  readonly endpoint: string;
  /** Id of the user's own key that it was asked with. */
  readonly credential?: string;
  /** What is shown in place of the answer: it concerns a key of the user's own. */
  readonly error?: ProxyError;
  readonly answer?: RefusedAnswer;
}

/** Takes note of an attempt; the answer loses what must not reach the client. */
export function failedAttempt(outcome: Outcome, endpoint: Endpoint, answer?: RefusedAnswer): FailedAttempt {
  const shown = answer && {
    ...answer,
    body: withoutOwnSecrets(answer.body, endpoint),
    headers: cleanHeaderPairs(answer.headers, endpoint),
  };
  const failed = { outcome, endpoint: endpoint.id, ...(shown ? { answer: shown } : {}) };
  const own = ownKeyOf(endpoint.credential);
  if (own === undefined) return failed;
  const error = ownKeyError(outcome, own);
  return { ...failed, credential: own.id, ...(error ? { error } : {}) };
}

/** What the client is shown once no endpoint is left: the last answer of an endpoint, else what became of the last attempt. */
export function failureAfter(last: FailedAttempt, prospects: Prospects, attempts: number): GenerationFailure {
  const { endpoint, credential, error: ownKey } = last;
  const about = { attempts, endpoint, credential, outcome: last.outcome.kind };
  if (ownKey) return { kind: 'error', error: ownKey, ...about };
  if (last.answer) {
    const headers = withAdvice(last, prospects, attempts);
    return { kind: 'answer', ...last.answer, headers, ...about };
  }
  return { kind: 'error', error: errorOf(last, prospects), ...about };
}

function errorOf(last: FailedAttempt, prospects: Prospects): ProxyError {
  const { endpoint, outcome } = last;
  const { subject, isOverBudget } = prospects;
  if (outcome.kind === 'invalid_output') {
    const message = `The answer of ${subject} does not fit the schema of the request: ${outcome.reason}.`;
    return new ProxyError('invalid_structured_output', message, { headers: DO_NOT_RETRY });
  }
  const timeout = outcome.kind.startsWith('timeout');
  return new ProxyError(
    timeout ? 'upstream_timeout' : 'upstream_failed',
    `Endpoint '${endpoint}' failed (${outcome.kind}: ${outcome.reason ?? 'no reason given'}) ` +
      (isOverBudget
        ? `and the retry budget of ${subject} is spent.`
        : `and no other endpoint of ${subject} was left to try.`),
    isPointless(last, prospects) ? { headers: DO_NOT_RETRY } : {},
  );
}
