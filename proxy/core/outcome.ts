/**
 * How an attempt at an endpoint ended, and what follows from it. One table decides retry, blame, pause, cache and bill:
 * routing, generation and telemetry read it and decide nothing of their own.
 */
export type OutcomeKind =
  | 'ok'
  | 'client_left'
  | 'hedge_lost'
  | 'refused'
  | 'dead_connection'
  | 'timeout_connect'
  | 'timeout_first_byte'
  | 'timeout_first_content'
  | 'timeout_answer'
  | 'timeout_total'
  | 'timeout_idle'
  | 'rate_limited'
  | 'too_large_for_limit'
  | 'busy'
  | 'insufficient_quota'
  | 'unauthorized'
  | 'not_permitted'
  | 'credential_limited'
  | 'credential_refused'
  | 'credential_quota'
  | 'model_not_here'
  | 'unknown_previous_response'
  | 'server_error'
  | 'context_too_long'
  | 'content_refused'
  | 'client_error'
  | 'untranslatable'
  | 'bad_answer'
  | 'invalid_output'
  | 'proxy_fault'
  | 'cut';

/**
 * Whose trouble it is. `account`: the operator's account at the endpoint (key, quota, limit). `credential`: one that the
 * caller brought. `model-here`: the endpoint lacks this one model. `client`: the request or its sender. `none`: normal.
 */
export type Fault = 'endpoint' | 'account' | 'credential' | 'model-here' | 'client' | 'none';

/** What the verdict is about: requests outside of the scope go on as if nothing had happened. */
export type BlameScope = 'endpoint' | 'operation' | 'model' | 'credential' | 'none';

export interface OutcomeRule {
  /**
   * Where the request goes next, as long as no content event has reached the client. `other-account`: to an endpoint of
   * an account that was not asked yet.
   */
  readonly retry: 'no' | 'next' | 'same-once' | 'larger-context' | 'other-account';
  readonly fault: Fault;
  /** What health makes of it: `eject` ejects at once, `failure` counts towards `allowed_fails`. */
  readonly blame: 'none' | 'success' | 'failure' | 'eject';
  readonly scope: BlameScope;
  /** How long an ejection lasts: what the endpoint asked for (else the cooldown), the cooldown, or minutes. */
  readonly pause: 'retry-after' | 'cooldown' | 'long' | 'none';
  /** Whether a client that repeats requests by itself is advised against it (`x-should-retry: false`). */
  readonly advice: 'do-not-retry' | 'none';
  /** Whether the answer may be stored. */
  readonly cache: boolean;
  /** Whether the provider bills for it, at least for what it generated. */
  readonly billed: boolean;
  readonly meaning: string;
}

/** A failure of the endpoint in one operation, unless a row says otherwise. */
const FAILURE = {
  retry: 'next',
  fault: 'endpoint',
  blame: 'failure',
  scope: 'operation',
  pause: 'cooldown',
  advice: 'none',
  cache: false,
  billed: false,
} as const;

/** Nothing that health learns from. */
const BLAMELESS = {
  fault: 'none',
  blame: 'none',
  scope: 'none',
  pause: 'none',
  advice: 'none',
  cache: false,
  billed: false,
} as const;

export const OUTCOMES = {
  ok: {
    retry: 'no',
    fault: 'none',
    blame: 'success',
    scope: 'operation',
    pause: 'none',
    advice: 'none',
    cache: true,
    billed: true,
    meaning: 'A complete answer.',
  },
  client_left: { ...BLAMELESS, retry: 'no', fault: 'client', billed: true, meaning: 'The last client left first.' },
  hedge_lost: {
    ...BLAMELESS,
    retry: 'no',
    billed: true,
    meaning: 'Another attempt of the same generation had content first (`routing.hedging`).',
  },
  refused: { ...FAILURE, scope: 'endpoint', meaning: 'No connection, or it broke before an answer.' },
  dead_connection: { ...BLAMELESS, retry: 'same-once', meaning: 'A reused connection was dead before any byte.' },
  timeout_connect: { ...FAILURE, scope: 'endpoint', meaning: 'No connection in `timeouts.connect`.' },
  timeout_first_byte: { ...FAILURE, meaning: 'No head of a stream in `timeouts.first_byte`.' },
  timeout_first_content: {
    ...FAILURE,
    advice: 'do-not-retry',
    meaning: 'A stream, and no content in `timeouts.first_content`.',
  },
  timeout_answer: {
    ...FAILURE,
    advice: 'do-not-retry',
    billed: true,
    meaning: 'No whole answer, or none that begins where it is not interpreted, in `timeouts.answer`.',
  },
  timeout_total: {
    ...BLAMELESS,
    retry: 'no',
    advice: 'do-not-retry',
    meaning: 'No answer in `timeouts.total`: this endpoint had only the rest of it.',
  },
  timeout_idle: { ...FAILURE, billed: true, meaning: 'The answer stood still for `timeouts.idle`.' },
  rate_limited: {
    retry: 'next',
    fault: 'account',
    blame: 'eject',
    scope: 'operation',
    pause: 'retry-after',
    advice: 'none',
    cache: false,
    billed: false,
    meaning: '429: no request of this operation for `retry-after`.',
  },
  too_large_for_limit: {
    ...BLAMELESS,
    retry: 'next',
    advice: 'do-not-retry',
    meaning: 'The request alone exceeds the tokens per minute of this account.',
  },
  busy: { ...FAILURE, meaning: '408, 424, 425, 498 or 529: no capacity at the moment.' },
  insufficient_quota: {
    retry: 'next',
    fault: 'account',
    blame: 'eject',
    scope: 'endpoint',
    pause: 'long',
    advice: 'do-not-retry',
    cache: false,
    billed: false,
    meaning: 'The account has no money or quota left.',
  },
  unauthorized: {
    retry: 'next',
    fault: 'account',
    blame: 'eject',
    scope: 'endpoint',
    pause: 'long',
    advice: 'do-not-retry',
    cache: false,
    billed: false,
    meaning: 'The endpoint refuses the configured credential.',
  },
  not_permitted: {
    retry: 'next',
    fault: 'account',
    blame: 'eject',
    scope: 'operation',
    pause: 'long',
    advice: 'do-not-retry',
    cache: false,
    billed: false,
    meaning: 'The configured credential lacks the permission for this operation.',
  },
  credential_limited: {
    retry: 'next',
    fault: 'credential',
    blame: 'eject',
    scope: 'credential',
    pause: 'retry-after',
    advice: 'none',
    cache: false,
    billed: false,
    meaning: '429 for the credential of the caller.',
  },
  credential_refused: {
    ...BLAMELESS,
    retry: 'no',
    fault: 'credential',
    advice: 'do-not-retry',
    meaning: 'The credential of the caller is refused.',
  },
  credential_quota: {
    ...BLAMELESS,
    retry: 'no',
    fault: 'credential',
    advice: 'do-not-retry',
    meaning: 'The account of the caller’s credential has no money or quota left.',
  },
  model_not_here: {
    retry: 'next',
    fault: 'model-here',
    blame: 'eject',
    scope: 'model',
    pause: 'long',
    advice: 'none',
    cache: false,
    billed: false,
    meaning: 'The endpoint does not have this model or deployment.',
  },
  unknown_previous_response: {
    ...BLAMELESS,
    retry: 'other-account',
    meaning: 'The request goes on from a response or item that another account holds.',
  },
  server_error: { ...FAILURE, meaning: 'Any 5xx.' },
  context_too_long: { ...BLAMELESS, retry: 'larger-context', meaning: 'The prompt exceeds the context window.' },
  content_refused: {
    ...BLAMELESS,
    retry: 'no',
    fault: 'client',
    meaning: 'A content filter of the provider refuses the prompt with an error.',
  },
  client_error: { ...BLAMELESS, retry: 'no', fault: 'client', meaning: 'Any other 4xx: the request is at fault.' },
  untranslatable: {
    ...BLAMELESS,
    retry: 'next',
    fault: 'client',
    advice: 'do-not-retry',
    meaning: 'The request asks for what cannot be told in the protocol of the endpoint; it was not sent.',
  },
  bad_answer: {
    ...FAILURE,
    meaning: 'A redirect, or a 200 that is empty, starts with an error or is not what was asked for.',
  },
  invalid_output: {
    ...BLAMELESS,
    retry: 'no',
    advice: 'do-not-retry',
    billed: true,
    meaning: 'A whole answer that does not fit the JSON schema of the request.',
  },
  proxy_fault: { ...BLAMELESS, retry: 'no', meaning: 'The proxy itself failed on the answer; the log has the fault.' },
  cut: { ...FAILURE, retry: 'no', billed: true, meaning: 'The stream broke off after its first content event.' },
} as const satisfies Record<OutcomeKind, OutcomeRule>;

/** The end of one attempt, as routing and telemetry learn of it. */
export interface Outcome {
  readonly kind: OutcomeKind;
  /** HTTP status of the endpoint's answer, when there was one. */
  readonly status?: number;
  /** What the endpoint asked for with `retry-after` or `retry-after-ms`, in milliseconds. */
  readonly retryAfterMs?: number;
  /** A sentence for operators; holds no prompt and no credential. */
  readonly reason?: string;
}
