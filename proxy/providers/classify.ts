import type { Outcome, OutcomeKind } from '../core/outcome.ts';
import { type EndpointError, readErrorBody } from './error-body.ts';
import { retryAfterMs } from './retry-after.ts';
import { waitIn } from './wait-in-words.ts';
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

/** No capacity at the moment; 498 is Groq's, 529 Anthropic's. */
const BUSY = [408, 424, 425, 498, 529];

/** In their order: the first rule that fits names the outcome. */
const RULES: readonly Rule[] = [
  { status: [400, 403, 404], sign: 'reference', kind: 'unknown_previous_response' },
  { status: [...REFUSALS, 429], sign: 'limit-size', kind: 'too_large_for_limit' },
  { status: [402], kind: 'insufficient_quota', own: 'credential_quota' },
  { status: [429], sign: 'passing', kind: 'rate_limited', own: 'credential_limited' },
  { status: [...REFUSALS, 401, 403, 412, 429], sign: 'quota', kind: 'insufficient_quota', own: 'credential_quota' },
  { status: [429], kind: 'rate_limited', own: 'credential_limited' },
  { status: BUSY, kind: 'busy' },
  { status: [400, 403, 404], sign: 'model', kind: 'model_not_here' },
  { status: [400, 403], sign: 'filter', kind: 'content_refused' },
  { status: [400, 403], sign: 'region', kind: 'not_permitted' },
  { status: [401, 403], sign: 'permission', kind: 'not_permitted', own: 'credential_refused' },
  { status: [401, 403], kind: 'unauthorized', own: 'credential_refused' },
  { status: REFUSALS, sign: 'key', kind: 'unauthorized', own: 'credential_refused' },
  { sign: 'context', kind: 'context_too_long' },
];

/** Names the outcome of an answer whose status is not 2xx, as servers of these dialects word it. */
export function classifyWith(dialects: readonly Dialect[], answer: EndpointAnswer): Outcome {
  const error = readErrorBody(answer.body);
  return outcomeOf(answer, error, kindOf(answer, signReader(error, dialects)));
}

/**
 * The same for an error that stood in an answer of status 200, in a body or in a stream. What it does not say plainly is a
 * bad answer: that it begins with an error is then all that is known.
 */
export function classifyEmbeddedWith(dialects: readonly Dialect[], answer: EndpointAnswer): Outcome {
  const error = readErrorBody(answer.body);
  const named = error.status ?? statusNamed(error);
  // A code that names the prompt is more than a type that says no more than that something failed.
  const status = named !== undefined && named < 500 ? named : UNNAMED;
  const kind = kindOf({ ...answer, status }, signReader(error, dialects));
  const plain = kind !== 'client_error' || INVALID_REQUEST.includes(error.type ?? '');
  return outcomeOf({ ...answer, status: plain ? status : answer.status }, error, plain ? kind : 'bad_answer');
}

/** What an error is taken for that names neither a status nor a kind. */
const UNNAMED = 400;
const INVALID_REQUEST = ['invalid_request_error', 'INVALID_ARGUMENT'];

/** Statuses for which codes and types of errors stand. */
const STATUSES: Readonly<Record<string, number>> = {
  authentication_error: 401,
  invalid_api_key: 401,
  UNAUTHENTICATED: 401,
  permission_error: 403,
  PERMISSION_DENIED: 403,
  model_not_found: 404,
  not_found_error: 404,
  NOT_FOUND: 404,
  insufficient_quota: 429,
  rate_limit_error: 429,
  rate_limit_exceeded: 429,
  RateLimitReached: 429,
  RESOURCE_EXHAUSTED: 429,
  overloaded_error: 503,
  server_error: 500,
  internal_server_error: 500,
  InternalServerError: 500,
};

function statusNamed({ code, type }: EndpointError): number | undefined {
  return (code === undefined ? undefined : STATUSES[code]) ?? (type === undefined ? undefined : STATUSES[type]);
}

function outcomeOf({ status, headers, now }: EndpointAnswer, error: EndpointError, kind: OutcomeKind): Outcome {
  const wait = retryAfterMs(headers, now) ?? waitSaid(error);
  return {
    kind,
    status,
    reason: `status ${status}${error.code === undefined ? '' : `, code ${error.code}`}`,
    ...(wait === undefined ? {} : { retryAfterMs: wait }),
  };
}

/** The longer one, where an error says it twice: Gemini rounds one of them down. */
function waitSaid({ retryMs, message }: EndpointError): number | undefined {
  const waits = [retryMs, waitIn(message)].filter((ms) => ms !== undefined);
  return waits.length === 0 ? undefined : Math.max(...waits);
}

function kindOf({ status, callersCredential }: EndpointAnswer, has: Has): OutcomeKind {
  // Some servers give a prompt that is too long the status of a crash.
  if (status >= 500 && has('context')) return 'context_too_long';
  if (status >= 500) return BUSY.includes(status) ? 'busy' : 'server_error';
  if (status < 400) return 'bad_answer';
  const rule = RULES.find((one) => (one.status?.includes(status) ?? true) && (one.sign === undefined || has(one.sign)));
  if (rule === undefined) return 'client_error';
  return (callersCredential ? rule.own : undefined) ?? rule.kind;
}
