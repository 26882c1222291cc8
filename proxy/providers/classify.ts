import type { Outcome, OutcomeKind } from '../core/outcome.ts';
import { readErrorBody } from './error-body.ts';
import { retryAfterMs } from './retry-after.ts';
import { type Dialect, type Sign, signReader } from './signs.ts';
import type { EndpointAnswer } from './types.ts';

type Has = (sign: Sign) => boolean;

interface Rule {
  /** Absent = any status. */
  readonly status?: readonly number[];
  readonly sign?: Sign;
  readonly kind: OutcomeKind;
  /** The same with a credential of the caller. */
  readonly own?: OutcomeKind;
}

/** Statuses with which servers report trouble of the account beside the ones that are made for it. */
const REFUSALS = [400, 413];

/** In their order: the first rule that fits names the outcome. */
const RULES: readonly Rule[] = [
  { status: [400, 404], sign: 'reference', kind: 'unknown_previous_response' },
  { status: [...REFUSALS, 429], sign: 'limit-size', kind: 'too_large_for_limit' },
  { status: [402], kind: 'insufficient_quota', own: 'credential_refused' },
  { status: [...REFUSALS, 403, 429], sign: 'quota', kind: 'insufficient_quota', own: 'credential_refused' },
  { status: [429], kind: 'rate_limited', own: 'credential_limited' },
  { status: [408, 424, 425, 498], kind: 'busy' },
  { status: [400, 403, 404], sign: 'model', kind: 'model_not_here' },
  { status: [403], sign: 'filter', kind: 'client_error' },
  { status: [401, 403], sign: 'permission', kind: 'not_permitted', own: 'credential_refused' },
  { status: [401, 403], kind: 'unauthorized', own: 'credential_refused' },
  { status: REFUSALS, sign: 'key', kind: 'unauthorized', own: 'credential_refused' },
  { sign: 'context', kind: 'context_too_long' },
];

/** Names the outcome of an answer whose status is not 2xx, as servers of these dialects word it. */
export function classifyWith(dialects: readonly Dialect[], answer: EndpointAnswer): Outcome {
  const { status, headers, body, now } = answer;
  const error = readErrorBody(body);
  const wait = retryAfterMs(headers, now);
  return {
    kind: kindOf(answer, signReader(error, dialects)),
    status,
    reason: `status ${status}${error.code === undefined ? '' : `, code ${error.code}`}`,
    ...(wait === undefined ? {} : { retryAfterMs: wait }),
  };
}

function kindOf({ status, callersCredential }: EndpointAnswer, has: Has): OutcomeKind {
  if (status >= 500) return 'server_error';
  if (status < 400) return 'bad_answer';
  const rule = RULES.find((one) => (one.status?.includes(status) ?? true) && (one.sign === undefined || has(one.sign)));
  if (rule === undefined) return 'client_error';
  return (callersCredential ? rule.own : undefined) ?? rule.kind;
}
