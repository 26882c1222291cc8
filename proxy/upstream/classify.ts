import type { IncomingHttpHeaders } from 'node:http';
import type { Outcome, OutcomeKind } from '../core/outcome.ts';
import { type EndpointError, readErrorBody } from '../protocols/openai/error-body.ts';
import { retryAfterMs } from './headers.ts';

export interface UnwelcomeAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** The endpoint was called with the client's own credential: a refusal of it is the client's affair. */
  readonly forwardsCredential: boolean;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** Names the outcome of an answer whose status is not 2xx. */
export function classifyAnswer(answer: UnwelcomeAnswer): Outcome {
  const { status, headers, body, now } = answer;
  const error = readErrorBody(body);
  const wait = retryAfterMs(headers, now);
  return {
    kind: kindOf(answer, error),
    status,
    reason: `status ${status}${error.code === undefined ? '' : `, code ${error.code}`}`,
    ...(wait === undefined ? {} : { retryAfterMs: wait }),
  };
}

function kindOf({ status, forwardsCredential }: UnwelcomeAnswer, told: EndpointError): OutcomeKind {
  if (status >= 500) return 'server_error';
  if (status === 429) {
    if (!told.insufficientQuota) return 'rate_limited';
    return forwardsCredential ? 'client_error' : 'insufficient_quota';
  }
  if (status === 408 || status === 425) return 'busy';
  if (status === 401 || status === 403) return forwardsCredential ? 'client_error' : 'unauthorized';
  if (told.contextTooLong) return 'context_too_long';
  return status < 400 ? 'bad_answer' : 'client_error';
}
