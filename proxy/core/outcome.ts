/**
 * How an attempt at an endpoint ended, and what follows from it. One table decides retry, blame, cache and bill:
 * routing, pipeline and telemetry read it and decide nothing of their own.
 */
export type OutcomeKind =
  | 'ok'
  | 'client_left'
  | 'refused'
  | 'dead_connection'
  | 'timeout_connect'
  | 'timeout_first_byte'
  | 'timeout_idle'
  | 'rate_limited'
  | 'busy'
  | 'insufficient_quota'
  | 'unauthorized'
  | 'server_error'
  | 'context_too_long'
  | 'client_error'
  | 'bad_answer'
  | 'proxy_fault'
  | 'cut';

export interface OutcomeRule {
  /** Whether the next endpoint is tried, as long as no content event has reached the client. */
  readonly retry: 'no' | 'next' | 'same-once' | 'larger-context';
  /** What the endpoint's health makes of it: `eject` ejects at once, `failure` counts towards `allowed_fails`. */
  readonly blame: 'none' | 'success' | 'failure' | 'eject' | 'eject-long';
  readonly cache: boolean;
  /** Whether the provider bills for it, at least for what it generated. */
  readonly billed: boolean;
  readonly meaning: string;
}

export const OUTCOMES = {
  ok: { retry: 'no', blame: 'success', cache: true, billed: true, meaning: 'A complete answer.' },
  client_left: { retry: 'no', blame: 'none', cache: false, billed: true, meaning: 'The last client left first.' },
  refused: {
    retry: 'next',
    blame: 'failure',
    cache: false,
    billed: false,
    meaning: 'No connection, or it broke before an answer.',
  },
  dead_connection: {
    retry: 'same-once',
    blame: 'none',
    cache: false,
    billed: false,
    meaning: 'A reused connection was dead before any byte.',
  },
  timeout_connect: {
    retry: 'next',
    blame: 'failure',
    cache: false,
    billed: false,
    meaning: 'No connection in `timeouts.connect`.',
  },
  timeout_first_byte: {
    retry: 'next',
    blame: 'failure',
    cache: false,
    billed: false,
    meaning: 'No answer in `timeouts.first_byte`.',
  },
  timeout_idle: {
    retry: 'next',
    blame: 'failure',
    cache: false,
    billed: true,
    meaning: 'The answer stood still for `timeouts.idle`.',
  },
  rate_limited: { retry: 'next', blame: 'eject', cache: false, billed: false, meaning: '429: out for `Retry-After`.' },
  busy: { retry: 'next', blame: 'failure', cache: false, billed: false, meaning: '408 or 425.' },
  insufficient_quota: {
    retry: 'next',
    blame: 'eject-long',
    cache: false,
    billed: false,
    meaning: '429 `insufficient_quota`: out for long.',
  },
  unauthorized: {
    retry: 'next',
    blame: 'eject-long',
    cache: false,
    billed: false,
    meaning: '401 or 403: the endpoint refuses our key.',
  },
  server_error: { retry: 'next', blame: 'failure', cache: false, billed: false, meaning: 'Any 5xx.' },
  context_too_long: {
    retry: 'larger-context',
    blame: 'none',
    cache: false,
    billed: false,
    meaning: 'The prompt exceeds the context window.',
  },
  client_error: {
    retry: 'no',
    blame: 'none',
    cache: false,
    billed: false,
    meaning: 'Any other 4xx: the request is at fault.',
  },
  bad_answer: {
    retry: 'next',
    blame: 'failure',
    cache: false,
    billed: false,
    meaning: 'A redirect, or a 200 that is empty, starts with an error or is not what was asked for.',
  },
  proxy_fault: {
    retry: 'no',
    blame: 'none',
    cache: false,
    billed: false,
    meaning: 'The proxy itself failed on the answer; the log has the fault.',
  },
  cut: {
    retry: 'no',
    blame: 'failure',
    cache: false,
    billed: true,
    meaning: 'The stream broke off after its first content event.',
  },
} as const satisfies Record<OutcomeKind, OutcomeRule>;

/** One attempt's end, as routing and telemetry are told of it. */
export interface Outcome {
  readonly kind: OutcomeKind;
  /** HTTP status of the endpoint's answer, when there was one. */
  readonly status?: number;
  /** What the endpoint asked for with `retry-after` or `retry-after-ms`, in milliseconds. */
  readonly retryAfterMs?: number;
  /** A sentence for operators; holds no prompt and no credential. */
  readonly reason?: string;
}
